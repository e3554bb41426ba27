from django.urls import path

from privacy import views

app_name = "privacy"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("customers/<int:pk>/erase/", views.erase, name="erase"),
    path("customers/<int:pk>/package/", views.package, name="package"),
    path("customers/<int:pk>/consents/", views.consents, name="consents"),
    path("customers/<int:pk>/profiling/", views.profiling, name="profiling"),
    path("packages/<int:pk>/", views.package_download, name="package_download"),
    path("suppression/lift/", views.suppression_lift, name="suppression_lift"),
    path("retention/", views.retention_rules, name="retention"),
]
