"""Pages by our own names. Those that django-allauth looks up by a name of its own are in `login_urls`."""

from django.urls import path

from accounts import login_views, people_views, views

app_name = "accounts"
urlpatterns = [
    path("login/", login_views.login, name="login"),
    path("logout/", login_views.logout, name="logout"),
    path("profile/", views.profile, name="profile"),
    path("sessions/end/", views.session_end, name="session_end"),
    path("sessions/end-others/", views.other_sessions_end, name="other_sessions_end"),
    path("language/", views.language, name="language"),
    path("theme/", views.theme, name="theme"),
    path("users/", people_views.users, name="users"),
    path("users/new/", people_views.user_create, name="user_create"),
    path("users/<int:pk>/", people_views.user_edit, name="user_edit"),
    path("users/<int:pk>/link/", people_views.user_link, name="user_link"),
    path("users/<int:pk>/reset-second-factor/", people_views.user_reset_second_factor, name="user_reset_second_factor"),
    path("users/teams/", people_views.teams, name="teams"),
    path("users/teams/<int:pk>/", people_views.team_edit, name="team_edit"),
    path("users/teams/<int:pk>/delete/", people_views.team_delete, name="team_delete"),
    path("users/rights/", people_views.access_rules, name="access_rules"),
    path("users/rights/<slug:role>/", people_views.access_rule, name="access_rule"),
]
