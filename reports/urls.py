from django.urls import path

from reports import views

app_name = "reports"
urlpatterns = [
    path("", views.home, name="home"),
    path("reports/<slug:key>/", views.chart, name="chart"),
    path("reports/<slug:key>/table.csv", views.table, name="table"),
]
