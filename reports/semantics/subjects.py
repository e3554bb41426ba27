"""The facts that measures count: statements over a snapshot (`analytics.snapshot_tables`), a row a fact.

Each has `customer_id`, NULL where nobody is known, and all but the customers themselves have `day`. `$since` and
`$until` limit the days, both included.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from analytics.snapshot_columns import Wanted
from analytics.snapshot_tables import EVENTS, LINES, ORDERS

SALE = "sale"


class Subject(StrEnum):
    SALES = "sales"
    LINES = "lines"
    EVENTS = "events"
    CUSTOMERS = "customers"


@dataclass(frozen=True)
class Facts:
    """`select` has what is asked of most facts, `in_full` also what takes a further table. `counted`: the sum that says
    what an answer rests on. `wanted`: what has to be read of a snapshot for some of the columns of `select`."""

    select: str
    in_full: str = ""
    only_in_full: str = ""
    counted: str = "SUM(f.times)"
    has_days: bool = True
    # Facts that are the customers need not be joined with them.
    name: str = "f"
    wanted: Callable[[Collection[str], dt.date, dt.date], Sequence[Wanted]] = lambda names, since, until: ()

    def select_for(self, names: Collection[str]) -> str:
        """The statement that has these columns."""
        return self.in_full if self.only_in_full in names else self.select


# A refund counts on its own day. What is no sale, as a correction of the stock, is left out everywhere.
SALES = """
    SELECT ordered_date AS day, customer_id, 1 AS orders, total_minor AS gross_minor, 0 AS refunded_minor
    FROM orders WHERE kind = 'sale' AND ordered_date BETWEEN $since AND $until
    UNION ALL
    SELECT refunded_date, customer_id, 0, 0, total_minor
    FROM refunds WHERE refunded_date BETWEEN $since AND $until
"""
SALES_BY_CHANNEL = """
    SELECT ordered_date AS day, customer_id, channel, 1 AS orders, total_minor AS gross_minor, 0 AS refunded_minor
    FROM orders WHERE kind = 'sale' AND ordered_date BETWEEN $since AND $until
    UNION ALL
    SELECT r.refunded_date, r.customer_id, COALESCE(o.channel, ''), 0, 0, r.total_minor
    FROM refunds AS r LEFT JOIN orders AS o ON o.order_id = r.order_id
    WHERE r.refunded_date BETWEEN $since AND $until
"""
LINES_OF_SALES = """
    SELECT l.ordered_date AS day, l.customer_id, l.product_id, l.quantity, l.amount, l.cost, 1 AS times
    FROM lines AS l
    ANTI JOIN (
        SELECT order_id FROM orders WHERE kind <> 'sale' AND ordered_date BETWEEN $since AND $until
    ) AS o ON o.order_id = l.order_id
    WHERE l.ordered_date BETWEEN $since AND $until
"""
DEEDS = """
    SELECT e.occurred_date AS day, e.customer_id, e.product_id, e.kind AS event, e.value, 1 AS times
    FROM events AS e WHERE e.occurred_date BETWEEN $since AND $until
"""
CUSTOMERS = "SELECT * FROM customer_dim WHERE is_live"


def with_category(select: str) -> str:
    """The same facts, with the category that their product is in now."""
    return f"""
        SELECT d.*, p.category_id FROM ({select}) AS d LEFT JOIN products AS p ON p.product_id = d.product_id
    """  # noqa: S608 - texts of this module


def _of_sales(names: Collection[str], since: dt.date, until: dt.date) -> Sequence[Wanted]:
    # The channel of a refund is that of an order which may be anybody's, of any day.
    return [] if "channel" in names else [sales_wanted(since, until, "total_minor")]


def sales_wanted(since: dt.date, until: dt.date, *columns: str) -> Wanted:
    """Sales of known customers with their day and these columns."""
    return Wanted(ORDERS, since, until, ("customer_id", "ordered_date", "kind", *columns), kinds=(SALE,))


def _of_lines(names: Collection[str], since: dt.date, until: dt.date) -> Sequence[Wanted]:
    asked = {"product_id" if name == "category_id" else name for name in names} & LINES.types.keys()
    always = {"customer_id", "ordered_date", "order_id"}
    return [
        Wanted(LINES, since, until, sorted(always | asked)),
        Wanted(ORDERS, since, until, ("order_id", "customer_id", "ordered_date", "kind"), but_kinds=(SALE,)),
    ]


def _of_events(names: Collection[str], since: dt.date, until: dt.date) -> Sequence[Wanted]:
    if "value" in names:
        return []
    of_product = ("product_id",) if {"product_id", "category_id"} & set(names) else ()
    return [Wanted(EVENTS, since, until, ("customer_id", "occurred_date", "kind", *of_product))]


def columns_of_facts(sql: str) -> set[str]:
    """Those that expressions over facts `f` name."""
    return set(re.findall(r"\bf\.(\w+)", sql))


FACTS: dict[Subject, Facts] = {
    Subject.SALES: Facts(SALES, SALES_BY_CHANNEL, "channel", counted="SUM(f.orders)", wanted=_of_sales),
    Subject.LINES: Facts(LINES_OF_SALES, with_category(LINES_OF_SALES), "category_id", wanted=_of_lines),
    Subject.EVENTS: Facts(DEEDS, with_category(DEEDS), "category_id", wanted=_of_events),
    Subject.CUSTOMERS: Facts(CUSTOMERS, counted="COUNT(*)", has_days=False, name="c"),
}
