from django.urls import path

from analytics import feedback, rule_segment_views, settings_views, value_views, views

app_name = "analytics"
urlpatterns = [
    path("", views.runs, name="runs"),
    path("recompute/", views.recompute, name="recompute"),
    path("segments/", rule_segment_views.segment_list, name="segments"),
    path("segments/new/", rule_segment_views.segment_create, name="segment_create"),
    path("segments/<int:pk>/", rule_segment_views.segment, name="segment"),
    path("segments/<int:pk>/change/", rule_segment_views.segment_change, name="segment_change"),
    path("segments/<int:pk>/delete/", rule_segment_views.segment_delete, name="segment_delete"),
    path("segments/<int:pk>/restore/", rule_segment_views.segment_restore, name="segment_restore"),
    path("settings/", settings_views.settings, name="settings"),
    path("settings/labels/", settings_views.label_settings, name="label_settings"),
    path("settings/recommendations/", settings_views.recommendation_settings, name="recommendation_settings"),
    path("settings/<slug:name>/", settings_views.analysis_settings, name="analysis_settings"),
    path("settings/<slug:name>/undo/", settings_views.undo, name="undo_settings"),
    path("settings/<slug:name>/off/", settings_views.switch_off, name="switch_off"),
    path("settings/<slug:name>/on/", settings_views.switch_on, name="switch_on"),
    path("value/", value_views.group_value, name="group_value"),
    path("feedback/<int:pk>/", feedback.recommendation_feedback, name="feedback"),
    path("<int:pk>/", views.run, name="run"),
    path("<slug:name>/model/", views.model, name="model"),
    path("<int:pk>/roll-back/", views.roll_back, name="roll_back"),
]
