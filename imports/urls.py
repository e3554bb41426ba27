from django.urls import path

from imports.exporting import views as exporting

app_name = "imports"
urlpatterns = [
    path("exports/new/", exporting.export, name="export"),
    path("exports/orders/", exporting.export_goods, {"subject": "orders"}, name="export_orders"),
    path("exports/products/", exporting.export_goods, {"subject": "products"}, name="export_products"),
    path("exports/<int:pk>/", exporting.export_detail, name="export_detail"),
    path("exports/<int:pk>/file/", exporting.export_download, name="export_download"),
]
