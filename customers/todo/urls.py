from django.urls import path

from customers.todo import views

app_name = "todo"
urlpatterns = [
    path("my-day/", views.my_day, name="my_day"),
    path("tasks/", views.task_list, name="list"),
    path("tasks/<int:pk>/", views.task_edit, name="edit"),
    path("tasks/<int:pk>/done/", views.task_done, name="done"),
    path("tasks/<int:pk>/schedule/", views.task_schedule, name="schedule"),
    path("tasks/<int:pk>/delete/", views.task_delete, name="delete"),
    path("tasks/<int:pk>/restore/", views.task_restore, name="restore"),
    path("customers/<int:pk>/add-task/", views.task_add, name="add"),
]
