"""The facts that measures count: statements over a snapshot (`analytics.snapshot_tables`), a row a fact.

Each has `customer_id`, NULL where nobody is known, and all but the customers themselves have `day`. `$since` and
`$until` limit the days, both included.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Subject(StrEnum):
    SALES = "sales"
    LINES = "lines"
    EVENTS = "events"
    CUSTOMERS = "customers"


@dataclass(frozen=True)
class Facts:
    """`counted`: the sum that says what an answer rests on."""

    select: str
    counted: str = "COUNT(*)"
    has_days: bool = True


# A refund counts on its own day. What is no sale, as a correction of the stock, is left out everywhere.
SALES = """
    SELECT ordered_date AS day, customer_id, channel, 1 AS orders, total_minor AS gross_minor, 0 AS refunded_minor
    FROM orders WHERE kind = 'sale' AND ordered_date BETWEEN $since AND $until
    UNION ALL
    SELECT r.refunded_date, r.customer_id, COALESCE(o.channel, ''), 0, 0, r.total_minor
    FROM refunds AS r LEFT JOIN orders AS o ON o.order_id = r.order_id
    WHERE r.refunded_date BETWEEN $since AND $until
"""
LINES = """
    SELECT l.ordered_date AS day, l.customer_id, l.product_id, p.category_id, l.quantity, l.amount, l.cost
    FROM lines AS l
    ANTI JOIN (
        SELECT order_id FROM orders WHERE kind <> 'sale' AND ordered_date BETWEEN $since AND $until
    ) AS o ON o.order_id = l.order_id
    LEFT JOIN products AS p ON p.product_id = l.product_id
    WHERE l.ordered_date BETWEEN $since AND $until
"""
EVENTS = """
    SELECT e.occurred_date AS day, e.customer_id, e.product_id, p.category_id, e.kind AS event, e.value, e.seconds
    FROM events AS e LEFT JOIN products AS p ON p.product_id = e.product_id
    WHERE e.occurred_date BETWEEN $since AND $until
"""
CUSTOMERS = "SELECT customer_id FROM customer_dim WHERE is_live"

FACTS: dict[Subject, Facts] = {
    Subject.SALES: Facts(SALES, counted="SUM(f.orders)"),
    Subject.LINES: Facts(LINES),
    Subject.EVENTS: Facts(EVENTS),
    Subject.CUSTOMERS: Facts(CUSTOMERS, has_days=False),
}
