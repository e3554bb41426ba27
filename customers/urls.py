from django.urls import path

from customers import (
    cell_editing,
    column_pages,
    deleted,
    field_editing,
    filter_pages,
    history,
    saved_views,
    timeline,
    views,
)
from customers.bulk import views as bulk
from customers.duplicates import creating
from customers.duplicates import views as duplicates
from customers.listing import neighbours
from customers.merging import views as merging

app_name = "customers"
urlpatterns = [
    path("", views.customer_list, name="list"),
    path("columns/", column_pages.column_edit, name="columns"),
    path("filter/", filter_pages.filter_edit, name="filter"),
    path("filter/names/", filter_pages.filter_names, name="filter_names"),
    path("views/", saved_views.view_list, name="views"),
    path("views/new/", saved_views.view_create, name="view_create"),
    path("views/<int:pk>/edit/", saved_views.view_edit, name="view_edit"),
    path("views/<int:pk>/save/", saved_views.view_save, name="view_save"),
    path("views/<int:pk>/delete/", saved_views.view_delete, name="view_delete"),
    path("views/<int:pk>/restore/", saved_views.view_restore, name="view_restore"),
    path("views/<int:pk>/place/", saved_views.view_place, name="view_place"),
    path("suggestions/", views.customer_suggestions, name="suggestions"),
    path("bulk/", bulk.bulk, name="bulk"),
    path("bulk/<int:pk>/", bulk.bulk_change, name="bulk_change"),
    path("bulk/<int:pk>/undo/", bulk.bulk_undo, name="bulk_undo"),
    path("new/", views.customer_create, name="create"),
    path("duplicates/", duplicates.customer_duplicates, name="duplicates"),
    path("duplicates/find/", duplicates.customer_duplicates_find, name="duplicates_find"),
    path("duplicates/<int:pk>/dismiss/", duplicates.customer_duplicates_dismiss, name="duplicates_dismiss"),
    path("duplicates/check/", creating.customer_duplicates_check, name="duplicates_check"),
    path("merge/", merging.customer_merge, name="merge"),
    path("merges/<int:pk>/undo/", merging.customer_merge_undo, name="merge_undo"),
    path("deleted/", deleted.deleted_customers, name="deleted"),
    path("<int:pk>/", views.customer_detail, name="detail"),
    path("<int:pk>/orders/", views.customer_orders, name="orders"),
    path("<int:pk>/next/", neighbours.customer_neighbour, {"backward": False}, name="next"),
    path("<int:pk>/previous/", neighbours.customer_neighbour, {"backward": True}, name="previous"),
    path("<int:pk>/timeline/", timeline.customer_timeline, name="timeline"),
    path("<int:pk>/history/", history.customer_history, name="history"),
    path("<int:pk>/edit/", views.customer_edit, name="edit"),
    path("<int:pk>/cells/<str:key>/", cell_editing.customer_cell, name="cell"),
    path("<int:pk>/fields/<str:name>/", field_editing.customer_field, name="field"),
    path("<int:pk>/unmask/", views.customer_unmask, name="unmask"),
    path("<int:pk>/archive/", views.customer_archive, name="archive"),
    path("<int:pk>/delete/", views.customer_delete, name="delete"),
    path("<int:pk>/restore/", deleted.customer_restore, name="restore"),
]
