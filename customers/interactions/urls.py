from django.urls import path

from customers.interactions import views

app_name = "interactions"
urlpatterns = [
    path("customers/<int:pk>/add/<slug:kind>/", views.interaction_add, name="add"),
    path("customers/<int:pk>/colleagues/", views.mention_suggestions, name="colleagues"),
    path("interactions/<int:pk>/", views.interaction_edit, name="edit"),
    path("interactions/<int:pk>/delete/", views.interaction_delete, name="delete"),
    path("interactions/<int:pk>/restore/", views.interaction_restore, name="restore"),
    path("files/<int:pk>/", views.file_download, name="file"),
]
