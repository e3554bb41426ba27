"""The API itself below /api/v1/, and the pages about it."""

from django.urls import include, path, re_path

from api.views import customer_batches, customers, events, orders, products, schema, unmasking

app_name = "api"

v1 = [
    path("schema.json", schema.SchemaJson.as_view(), name="schema"),
    path("customers", customers.Customers.as_view(), name="customers"),
    path("customers/search", customers.CustomersSearch.as_view(), name="customers_search"),
    path("customers/bulk", customer_batches.CustomersBulk.as_view(), name="customers_bulk"),
    path("customers/<int:pk>", customers.CustomerDetail.as_view(), name="customer"),
    path("customers/<int:pk>/unmask", unmasking.CustomerUnmask.as_view(), name="customer_unmask"),
    path("products", products.Products.as_view(), name="products"),
    path("products/<int:pk>", products.ProductDetail.as_view(), name="product"),
    path("orders", orders.Orders.as_view(), name="orders"),
    path("orders/<int:pk>", orders.OrderDetail.as_view(), name="order"),
    path("orders/<int:pk>/refunds", orders.OrderRefunds.as_view(), name="order_refunds"),
    path("events", events.Events.as_view(), name="events"),
    path("events/batch", events.EventBatch.as_view(), name="events_batch"),
    re_path(r"^(?P<unknown>.*)$", schema.Unknown.as_view(), name="unknown"),
]

urlpatterns = [
    path("api/v1/", include((v1, "v1"))),
]
