from django.urls import path

from reports import explorer_views, views
from reports.subscriptions import views as subscriptions

app_name = "reports"
urlpatterns = [
    path("", views.home, name="home"),
    path("reports/explore/", explorer_views.explore, name="explore"),
    path("reports/explore/table.<slug:file_format>", explorer_views.explored_file, name="explored_file"),
    path("reports/explore/save/", explorer_views.save_report, name="save_report"),
    path("reports/explore/<int:pk>/delete/", explorer_views.delete_report, name="delete_report"),
    path("reports/explore/<int:pk>/subscribe/", subscriptions.subscribe, name="subscribe"),
    path("reports/subscriptions/<int:pk>/", subscriptions.subscription, name="subscription"),
    path("reports/subscriptions/<int:pk>/pause/", subscriptions.pause, name="subscription_pause"),
    path("reports/subscriptions/<int:pk>/delete/", subscriptions.delete, name="subscription_delete"),
    path("demand/", views.demand, name="demand"),
    path("reports/<slug:key>/", views.chart, name="chart"),
    path("reports/<slug:key>/table.<slug:file_format>", views.table, name="table"),
]
