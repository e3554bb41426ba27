"""The API itself below /api/v1/, and the pages about it."""

from django.urls import include, path, re_path

from api.pages import views
from api.views import (
    charts,
    customer_batches,
    customers,
    dashboards,
    events,
    interactions,
    jobs,
    merging,
    orders,
    products,
    reports,
    results,
    schema,
    surveys,
    unmasking,
)

app_name = "api"

v1 = [
    path("schema.json", schema.SchemaJson.as_view(), name="schema"),
    path("customers", customers.Customers.as_view(), name="customers"),
    path("customers/search", customers.CustomersSearch.as_view(), name="customers_search"),
    path("customers/bulk", customer_batches.CustomersBulk.as_view(), name="customers_bulk"),
    path("customers/<int:pk>", customers.CustomerDetail.as_view(), name="customer"),
    path("customers/<int:pk>/merge", merging.CustomerMerge.as_view(), name="customer_merge"),
    path("merges/<int:pk>/undo", merging.MergeUndo.as_view(), name="merge_undo"),
    path("customers/<int:pk>/unmask", unmasking.CustomerUnmask.as_view(), name="customer_unmask"),
    path("products", products.Products.as_view(), name="products"),
    path("products/bulk", products.ProductsBulk.as_view(), name="products_bulk"),
    path("products/<int:pk>", products.ProductDetail.as_view(), name="product"),
    path("orders", orders.Orders.as_view(), name="orders"),
    path("orders/bulk", orders.OrdersBulk.as_view(), name="orders_bulk"),
    path("orders/<int:pk>", orders.OrderDetail.as_view(), name="order"),
    path("orders/<int:pk>/refunds", orders.OrderRefunds.as_view(), name="order_refunds"),
    path("events", events.Events.as_view(), name="events"),
    path("events/batch", events.EventBatch.as_view(), name="events_batch"),
    path("questionnaires", surveys.Questionnaires.as_view(), name="questionnaires"),
    path("questionnaires/<int:pk>", surveys.QuestionnaireDetail.as_view(), name="questionnaire"),
    path("invitations", surveys.Invitations.as_view(), name="invitations"),
    path("invitations/<int:pk>", surveys.InvitationDetail.as_view(), name="invitation"),
    path("invitations/<int:pk>/answers", surveys.InvitationAnswers.as_view(), name="invitation_answers"),
    path("interactions", interactions.Interactions.as_view(), name="interactions"),
    path("tasks", interactions.Tasks.as_view(), name="tasks"),
    path("results", results.Results.as_view(), name="results"),
    path("results/<slug:analysis>", results.ResultDetail.as_view(), name="result"),
    path("results/<slug:analysis>/rows", results.ResultRows.as_view(), name="result_rows"),
    path("reports", reports.Reports.as_view(), name="reports"),
    path("reports/measures", reports.Measures.as_view(), name="measures"),
    path("reports/answer", reports.ReportAnswer.as_view(), name="report_answer"),
    path("reports/charts", charts.ReportCharts.as_view(), name="report_charts"),
    path("reports/charts/<slug:key>", charts.ReportChart.as_view(), name="report_chart"),
    path("dashboards", dashboards.Dashboards.as_view(), name="dashboards"),
    path("dashboards/<int:pk>", dashboards.DashboardDetail.as_view(), name="dashboard"),
    path("jobs", jobs.Jobs.as_view(), name="jobs"),
    path("jobs/<int:pk>", jobs.JobDetail.as_view(), name="job"),
    path("jobs/<int:pk>/cancel", jobs.JobCancel.as_view(), name="job_cancel"),
    path("recompute", jobs.Recompute.as_view(), name="recompute"),
    re_path(r"^(?P<unknown>(?s:.*))\Z", schema.Unknown.as_view(), name="unknown"),
]

urlpatterns = [
    path("api/v1/docs/", views.docs, name="docs"),
    path("api/v1/", include((v1, "v1"))),
    path("tokens/", views.tokens, name="tokens"),
    path("tokens/<int:pk>/revoke/", views.token_revoke, name="token_revoke"),
    path("webhooks/", views.webhooks, name="webhooks"),
    path("webhooks/<int:pk>/", views.webhook, name="webhook"),
    path("webhooks/<int:pk>/test/", views.webhook_test, name="webhook_test"),
    path("webhooks/<int:pk>/delete/", views.webhook_delete, name="webhook_delete"),
]
