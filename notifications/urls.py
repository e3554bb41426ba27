from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [
    path("", views.notification_list, name="list"),
    path("bell/", views.bell, name="bell"),
    path("read/", views.read, name="read"),
    path("<int:pk>/open/", views.open_notification, name="open"),
    path("digest/", views.digest, name="digest"),
]
