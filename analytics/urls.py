from django.urls import path

from analytics import feedback, views

app_name = "analytics"
urlpatterns = [
    path("", views.runs, name="runs"),
    path("recompute/", views.recompute, name="recompute"),
    path("settings/", views.settings, name="settings"),
    path("settings/labels/", views.label_settings, name="label_settings"),
    path("settings/recommendations/", views.recommendation_settings, name="recommendation_settings"),
    path("feedback/<int:pk>/", feedback.recommendation_feedback, name="feedback"),
    path("<int:pk>/", views.run, name="run"),
    path("<int:pk>/roll-back/", views.roll_back, name="roll_back"),
]
