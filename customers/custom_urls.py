from django.urls import path

from customers import custom_views as views

app_name = "custom_fields"
urlpatterns = [
    path("", views.field_list, name="list"),
    path("new/", views.field_create, name="create"),
    path("<int:pk>/", views.field_edit, name="edit"),
    path("<int:pk>/move/", views.field_move, name="move"),
    path("<int:pk>/retire/", views.field_retire, name="retire"),
    path("<int:pk>/bring-back/", views.field_bring_back, name="bring_back"),
    path("<int:pk>/delete/", views.field_delete, name="delete"),
]
