from django.urls import path

from reports import explorer_views, report_views, views
from reports.dashboards import arranging_views, managing_views, tab_views
from reports.dashboards import views as dashboard_views
from reports.subscriptions import views as subscriptions

app_name = "reports"
urlpatterns = [
    path("", dashboard_views.start, name="home"),
    path("dashboards/", managing_views.dashboard_list, name="dashboards"),
    path("dashboards/overview/", views.overview, name="overview"),
    path("dashboards/new/", managing_views.dashboard_create, name="dashboard_create"),
    path("dashboards/start/", managing_views.own_start, name="own_start"),
    path("dashboards/tabs/", tab_views.tab_order, name="tab_order"),
    path("dashboards/roles/", managing_views.role_starts, name="role_starts"),
    path("dashboards/<int:pk>/", dashboard_views.dashboard, name="dashboard"),
    path("dashboards/<int:pk>/edit/", managing_views.dashboard_edit, name="dashboard_edit"),
    path("dashboards/<int:pk>/arrange/", arranging_views.arrange, name="arrange"),
    path("dashboards/<int:pk>/filter/", dashboard_views.dashboard_filter, name="dashboard_filter"),
    path("dashboards/<int:pk>/place/", managing_views.dashboard_place, name="dashboard_place"),
    path("dashboards/<int:pk>/wall/", dashboard_views.wall, name="wall"),
    path("dashboards/<int:pk>/take-over/", managing_views.dashboard_take_over, name="dashboard_take_over"),
    path("dashboards/<int:pk>/delete/", managing_views.dashboard_delete, name="dashboard_delete"),
    path("dashboards/<int:pk>/cards/<int:card_pk>/", dashboard_views.dashboard_card, name="dashboard_card"),
    path("reports/", report_views.index, name="index"),
    path("reports/about/<slug:subject>/", report_views.report, name="report"),
    path("reports/explore/", explorer_views.explore, name="explore"),
    path("reports/explore/table.<slug:file_format>", explorer_views.explored_file, name="explored_file"),
    path("reports/explore/save/", explorer_views.save_report, name="save_report"),
    path("reports/explore/<int:pk>/edit/", explorer_views.edit_report, name="edit_report"),
    path("reports/explore/<int:pk>/delete/", explorer_views.delete_report, name="delete_report"),
    path("reports/explore/<int:pk>/subscribe/", subscriptions.subscribe, name="subscribe"),
    path("dashboards/<int:pk>/subscribe/", subscriptions.subscribe_dashboard, name="subscribe_dashboard"),
    path("reports/about/<slug:subject>/subscribe/", subscriptions.subscribe_page, name="subscribe_page"),
    path("reports/subscriptions/<int:pk>/", subscriptions.subscription, name="subscription"),
    path("reports/subscriptions/<int:pk>/pause/", subscriptions.pause, name="subscription_pause"),
    path("reports/subscriptions/<int:pk>/delete/", subscriptions.delete, name="subscription_delete"),
    path("demand/", views.demand, name="demand"),
    path("reports/<slug:key>/", views.chart, name="chart"),
    path("reports/<slug:key>/card/", views.chart_card, name="card"),
    path("reports/<slug:key>/table.<slug:file_format>", views.table, name="table"),
]
