"""What can be measured."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reports.charts.drawing import ColumnKind
from reports.semantics.subjects import Subject

Label = str | Promise


@dataclass(frozen=True)
class Measure:
    """`sql` adds up the facts `f` of the subject; those for which `where` holds play a part in it. One that is not
    `adds_up` says nothing about parts put together: two shares or two counts of different buyers are no third one."""

    key: str
    label: Label
    definition: Label
    subject: Subject
    sql: str
    kind: ColumnKind = ColumnKind.COUNT
    adds_up: bool = True
    # Amounts of lines are in whole units, those of documents in minor ones.
    in_whole_units: bool = False
    where: str = "TRUE"
    # The same of cells (`reports.semantics.cells`), where `sql` counts different customers.
    in_cells: str = ""

    @property
    def counts_customers(self) -> bool:
        return self.key in {"customers", "buyers", "product_buyers"}


def _times(where: str) -> str:
    return f"COALESCE(SUM(f.times) FILTER (WHERE {where}), 0)"


def _of_events(key: str, label: Label, definition: Label) -> Measure:
    where = f"f.event = '{key}'"
    return Measure(f"{key}s", label, definition, Subject.EVENTS, _times(where), where=where)


MEASURES: tuple[Measure, ...] = (
    Measure(
        "revenue",
        _("Revenue"),
        _("The totals of orders, converted at the rate of their day, less refunds, on the day of the refund."),
        Subject.SALES,
        "SUM(f.gross_minor - f.refunded_minor)",
        ColumnKind.MONEY,
    ),
    Measure(
        "ordered",
        _("Ordered amount"),
        _("The totals of orders, converted at the rate of their day, before refunds."),
        Subject.SALES,
        "SUM(f.gross_minor)",
        ColumnKind.MONEY,
        where="f.orders > 0",
    ),
    Measure(
        "refunded",
        _("Refunded amount"),
        _("What was paid back, on the day of the refund, whenever it had been ordered."),
        Subject.SALES,
        "SUM(f.refunded_minor)",
        ColumnKind.MONEY,
        where="f.refunded_minor > 0",
    ),
    Measure(
        "refund_share",
        _("Share refunded"),
        _("What was refunded against what was ordered in the same time."),
        Subject.SALES,
        "SUM(f.refunded_minor) / NULLIF(SUM(f.gross_minor), 0)",
        ColumnKind.SHARE,
        adds_up=False,
    ),
    Measure(
        "orders",
        _("Orders"),
        _("Orders, refunded or not."),
        Subject.SALES,
        "SUM(f.orders)",
        where="f.orders > 0",
    ),
    Measure(
        "buyers",
        _("Buyers"),
        _("Different known customers with an order, refunded or not."),
        Subject.SALES,
        "COUNT(DISTINCT CASE WHEN f.orders > 0 THEN f.customer_id END)",
        in_cells="COALESCE(SUM(f.buyers), 0)",
        adds_up=False,
        where="f.orders > 0",
    ),
    Measure(
        "basket",
        _("Average order"),
        _("What was ordered, before refunds, by the number of orders."),
        Subject.SALES,
        "SUM(f.gross_minor) / NULLIF(SUM(f.orders), 0)",
        ColumnKind.MONEY,
        adds_up=False,
        where="f.orders > 0",
    ),
    Measure(
        "orders_a_buyer",
        _("Orders a buyer"),
        _("Orders of known customers by the number of these customers."),
        Subject.SALES,
        "COUNT(CASE WHEN f.orders > 0 THEN f.customer_id END)"
        " / NULLIF(COUNT(DISTINCT CASE WHEN f.orders > 0 THEN f.customer_id END), 0)",
        ColumnKind.COUNT,
        adds_up=False,
        where="f.orders > 0",
    ),
    Measure(
        "line_amount",
        _("Amount of products"),
        _("The amounts of order lines, converted at the rate of the day, before refunds."),
        Subject.LINES,
        "SUM(f.amount)",
        ColumnKind.MONEY,
        in_whole_units=True,
    ),
    Measure("quantity", _("Quantity"), _("Pieces in order lines, before refunds."), Subject.LINES, "SUM(f.quantity)"),
    Measure(
        "product_buyers",
        _("Buyers of products"),
        _("Different known customers with an order line."),
        Subject.LINES,
        "COUNT(DISTINCT f.customer_id)",
        in_cells="COALESCE(SUM(f.buyers), 0)",
        adds_up=False,
    ),
    _of_events("visit", _("Visits"), _("Events of the kind visit.")),
    _of_events("click", _("Clicks"), _("Events of the kind click.")),
    _of_events("view", _("Views"), _("Events of the kind view: somebody looked at a product.")),
    Measure(
        "carts",
        _("Put into the cart"),
        _("Events of the kind add to cart."),
        Subject.EVENTS,
        _times("f.event = 'add_to_cart'"),
        where="f.event = 'add_to_cart'",
    ),
    Measure(
        "rating",
        _("Average rating"),
        _("The mean of all ratings, as they were given."),
        Subject.EVENTS,
        "AVG(CASE WHEN f.event = 'rating' THEN CAST(f.value AS DOUBLE) END)",
        ColumnKind.COUNT,
        adds_up=False,
        where="f.event = 'rating'",
    ),
    Measure(
        "customers",
        pgettext_lazy("measure", "Customers"),
        _(
            "Customers as they are now, without archived and deleted ones, whatever the days; compared with those of "
            "them who were there on the earlier day already."
        ),
        Subject.CUSTOMERS,
        "COUNT(*)",
    ),
)
MEASURE = {measure.key: measure for measure in MEASURES}
