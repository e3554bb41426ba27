"""Pages by our own names. Those that django-allauth looks up by a name of its own are in `login_urls`."""

from django.urls import path

from accounts import login_views, views

app_name = "accounts"
urlpatterns = [
    path("login/", login_views.login, name="login"),
    path("logout/", login_views.logout, name="logout"),
    path("profile/", views.profile, name="profile"),
    path("sessions/end/", views.session_end, name="session_end"),
    path("sessions/end-others/", views.other_sessions_end, name="other_sessions_end"),
    path("language/", views.language, name="language"),
    path("theme/", views.theme, name="theme"),
]
