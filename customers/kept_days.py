"""The kept days of last contacts and purchases: of whom they are sure, and how they become so again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from core.once_a_request import once_a_request

# So many customers are named one by one in what asks for the others; more make it ask the orders of everybody.
FEW = 500
ON_A_LOAD = (
    "customers_customer {} TRIGGER purchase_days_begin",
    "customers_order {} TRIGGER purchase_days_insert",
    "customers_refund {} TRIGGER purchase_days_insert",
)
UNSURE_CONTACTS = """
(SELECT customer_id FROM customers_unsurecontactday LIMIT %(many)s)
UNION (SELECT customer_id FROM customers_contactday WHERE day > %(today)s LIMIT %(many)s)
"""
UNSURE_BUYERS = """
(SELECT customer_id FROM customers_unsurepurchaseday LIMIT %(many)s)
UNION (SELECT customer_id FROM customers_purchaseday WHERE day > %(today)s LIMIT %(many)s)
UNION (
    SELECT sale.customer_id FROM customers_refund AS refund JOIN customers_order AS sale ON sale.id = refund.order_id
    WHERE refunded_date > %(today)s AND sale.customer_id IS NOT NULL LIMIT %(many)s
)
"""


def settle_kept_days() -> int:
    """Look again at the days that may have stayed behind, where nobody is writing any more who knew less. Returns how
    many are still to be found out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT customers_settle_purchase_days() + customers_settle_contact_days()")
        (unsure,) = cursor.fetchone()
    return int(unsure)


def unsure_buyers(today: dt.date) -> list[int] | None:
    """Of whom the kept day does not tell when they bought last, seen from that day; None where these are many.

    They are looked up before what asks for the others. So of whoever is noted in between the answer is what it was.
    """
    return _few(UNSURE_BUYERS, today)


def unsure_contacts(today: dt.date) -> list[int] | None:
    """The same of the last contact."""
    return _few(UNSURE_CONTACTS, today)


def _few(sql: str, today: dt.date) -> list[int] | None:
    found = _looked_up()
    if (sql, today) not in found:
        with connection.cursor() as cursor:
            cursor.execute(sql, {"today": today, "many": FEW + 1})
            found[sql, today] = sorted(pk for (pk,) in cursor.fetchall())
    ids = found[sql, today]
    return ids if len(ids) <= FEW else None


@once_a_request
def _looked_up() -> dict[tuple[str, dt.date], list[int]]:
    return {}


@contextmanager
def filled_in_the_end() -> Iterator[None]:
    """Within the transaction that fills empty tables, which have no indexes meanwhile."""
    with connection.cursor() as cursor:
        for trigger in ON_A_LOAD:
            cursor.execute(f"ALTER TABLE {trigger.format('DISABLE')}")
        yield
        for trigger in ON_A_LOAD:
            cursor.execute(f"ALTER TABLE {trigger.format('ENABLE')}")
        cursor.execute("SELECT customers_fill_purchase_days()")
