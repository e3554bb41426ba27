"""The kept days of last contacts and purchases: of whom they are sure, and how they become so again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import Model, QuerySet

from core.once_a_request import once_a_request
from customers.models import ContactDay, PurchaseDay, Refund, UnsureContactDay, UnsurePurchaseDay

# So many customers are named one by one in what asks for the others; more make it ask the orders of everybody.
FEW = 500
ON_A_LOAD = (
    "customers_customer {} TRIGGER purchase_days_begin",
    "customers_order {} TRIGGER purchase_days_insert",
    "customers_refund {} TRIGGER purchase_days_insert",
)


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
    sold_later = PurchaseDay.objects.filter(day__gt=today).values_list("customer_id")
    paid_back = Refund.objects.filter(refunded_date__gt=today, order__customer__isnull=False)
    return _few(today, UnsurePurchaseDay, sold_later, paid_back.values_list("order__customer_id"))


def unsure_contacts(today: dt.date) -> list[int] | None:
    """The same of the last contact."""
    return _few(today, UnsureContactDay, ContactDay.objects.filter(day__gt=today).values_list("customer_id"))


def _few(today: dt.date, unsure: type[Model], *ways: QuerySet[Any, Any]) -> list[int] | None:
    found, noted = _looked_up(), unsure._default_manager.values_list("customer_id")
    if (unsure, today) not in found:
        several = [way.order_by()[: FEW + 1] for way in (noted, *ways)]
        found[unsure, today] = sorted(pk for (pk,) in several[0].union(*several[1:]))
    ids = found[unsure, today]
    return ids if len(ids) <= FEW else None


@once_a_request
def _looked_up() -> dict[tuple[type[Model], dt.date], list[int]]:
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
