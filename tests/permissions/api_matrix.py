"""Who may call what of the API. Each operation stands here once; one that does not fails the test.

`allowed` says what a viewer, a salesperson (of the customer's team), a manager and an admin are answered, each with a
token of all scopes. `stranger` is what a salesperson of another team is answered, where the call names a record of the
first team. `scope` is the one that the call needs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ROLES = ("viewer", "sales", "manager", "admin")
ALL_MAY_READ = (200, 200, 200, 200)
NOT_THE_VIEWER = (403, 200, 200, 200)
READ, WRITE, INGEST, RECOMPUTE, UNMASK = "read", "write", "ingest", "recompute", "unmask"


@dataclass(frozen=True)
class Call:
    name: str
    method: str = "GET"
    args: tuple[str, ...] = ()
    body: Any = None
    allowed: tuple[int, int, int, int] = ALL_MAY_READ
    stranger: int | None = None
    scope: str = READ
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.method} {self.name}"


MATCH_ANY = {"If-Match": "*"}
LINES = [{"description": "Tea", "quantity": 1, "unit_price": 2}]
A_REFUND = {"external_id": "R1", "refunded_at": "2026-06-02T12:00:00Z", "lines": LINES}


def an_order(customer: int) -> dict[str, Any]:
    return {"external_id": "1", "ordered_at": "2026-06-01T12:00:00Z", "customer": customer, "lines": LINES}


CALLS: tuple[Call, ...] = (
    Call("schema"),
    Call("customers"),
    Call("customers", "POST", body={"name": "Grace"}, allowed=(403, 201, 201, 201), scope=WRITE),
    Call(
        "customers_bulk",
        "POST",
        body={"records": [{"external_id": {"source": "shop", "value": "7"}, "name": "Grace"}]},
        allowed=NOT_THE_VIEWER,
        scope=WRITE,
    ),
    Call("customers_search", "POST", body={}),
    Call(
        "customer_unmask",
        "POST",
        ("customer",),
        {"member": "birth_date", "reason": "because of the matrix"},
        NOT_THE_VIEWER,
        404,
        UNMASK,
    ),
    Call(
        "customer_merge",
        "POST",
        ("customer",),
        lambda known: {"absorb": [known["double"]]},
        NOT_THE_VIEWER,
        404,
        WRITE,
    ),
    Call("merge_undo", "POST", ("merge",), None, NOT_THE_VIEWER, 404, WRITE),
    Call("customer", args=("customer",), stranger=404),
    Call("products"),
    Call("products", "POST", body={"sku": "T-1", "name": "Tea"}, allowed=(403, 403, 201, 201), scope=WRITE),
    Call(
        "products_bulk",
        "POST",
        body={"records": [{"sku": "T-1", "name": "Tea"}]},
        allowed=(403, 403, 200, 200),
        scope=WRITE,
    ),
    Call("product", args=("product",)),
    Call("product", "PATCH", ("product",), {"name": "Tea"}, (403, 403, 200, 200), None, WRITE, MATCH_ANY),
    Call("orders"),
    Call("orders", "POST", (), lambda known: an_order(known["customer"]), (403, 201, 201, 201), 400, WRITE),
    Call(
        "orders_bulk",
        "POST",
        (),
        lambda known: {"records": [an_order(known["customer"])]},
        NOT_THE_VIEWER,
        scope=WRITE,
    ),
    Call("events"),
    Call("events_batch", "POST", body=[], allowed=(400, 400, 400, 400), scope=INGEST),
    Call("questionnaires"),
    Call("questionnaire", args=("questionnaire",)),
    Call("invitations"),
    Call(
        "invitations",
        "POST",
        body=lambda known: {"questionnaire": known["questionnaire"], "customer": known["customer"]},
        allowed=(400, 200, 200, 200),
        stranger=400,
        scope=WRITE,
    ),
    Call("invitation", args=("invitation",), stranger=404),
    Call(
        "invitation_answers",
        "POST",
        ("invitation",),
        lambda known: {"answers": [{"question": known["question"], "number": 5}]},
        (403, 201, 201, 201),
        404,
        WRITE,
    ),
    Call("interactions"),
    Call(
        "interactions",
        "POST",
        (),
        lambda known: {"customer": known["customer"], "kind": "note", "text": "likes tea"},
        (400, 201, 201, 201),
        400,
        WRITE,
    ),
    Call("tasks"),
    Call(
        "tasks",
        "POST",
        (),
        lambda known: {"customer": known["customer"], "title": "call back", "due_date": "2026-12-01"},
        (400, 201, 201, 201),
        400,
        WRITE,
    ),
    Call("results"),
    Call("result", args=("analysis",)),
    Call("result_rows", args=("analysis",)),
    Call("reports"),
    Call("measures"),
    Call("report_answer"),
    Call("report_charts"),
    Call("report_chart", args=("chart",)),
    Call("dashboards"),
    Call("dashboards", "POST", body={"name": "Mine"}, allowed=(201, 201, 201, 201), scope=WRITE),
    Call("dashboard", args=("dashboard",), stranger=404),
    Call("dashboard", "PATCH", ("dashboard",), {"name": "Ours"}, (403, 403, 403, 200), 404, WRITE, MATCH_ANY),
    Call("dashboard", "DELETE", ("dashboard",), None, (403, 403, 403, 204), 404, WRITE, MATCH_ANY),
    Call("jobs"),
    Call("job", args=("job",), allowed=(404, 404, 200, 200), stranger=404),
    Call("job_cancel", "POST", ("job",), None, (404, 404, 403, 200), 404, WRITE),
    Call("recompute", "POST", body={"analyses": ["rfm"]}, allowed=(403, 403, 403, 202), scope=RECOMPUTE),
    Call("order", args=("order",), stranger=404),
    Call("order", "PATCH", ("order",), {"channel": "fair"}, NOT_THE_VIEWER, 404, WRITE, MATCH_ANY),
    Call("order_refunds", "POST", ("order",), lambda known: A_REFUND, (403, 201, 201, 201), 404, WRITE),
    Call("customer", "PATCH", ("customer",), {"name": "Grace"}, NOT_THE_VIEWER, 404, WRITE, MATCH_ANY),
    Call("customer", "PUT", ("customer",), {"name": "Grace"}, NOT_THE_VIEWER, 404, WRITE, MATCH_ANY),
    Call("customer", "DELETE", ("customer",), None, (403, 403, 403, 204), None, WRITE, MATCH_ANY),
)
