"""Every app's URLs, one line each."""

from django.contrib import admin
from django.urls import include, path

from accounts import login_urls
from core import palette_views
from core import views as core_views
from crm import palette
from operations import views as operations_views

palette.register()

urlpatterns = [
    path("healthz", core_views.healthz, name="healthz"),
    path("readyz", operations_views.readyz, name="readyz"),
    path("metrics", operations_views.metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("accounts/", include("accounts.urls")),
    *login_urls.urlpatterns,
    path("search/", palette_views.search, name="search"),
    path("customers/", include("customers.urls")),
    path("orders/", include("customers.shop.order_urls")),
    path("products/", include("customers.shop.product_urls")),
    path("", include("imports.urls")),
    path("settings/custom-fields/", include("customers.custom_urls")),
    path("", include("customers.interactions.urls")),
    path("", include("customers.todo.urls")),
    path("notifications/", include("notifications.urls")),
    path("jobs/", include("jobs.urls")),
    path("analytics/", include("analytics.urls")),
    path("audit/", include("protection.urls")),
    path("privacy/", include("privacy.urls")),
    path("", include("api.urls")),
    path("", include("reports.urls")),
]
