from django.urls import path

from protection.audit import views

app_name = "protection"
urlpatterns = [
    path("", views.audit, name="audit"),
    path("accesses/", views.accesses, name="accesses"),
]
