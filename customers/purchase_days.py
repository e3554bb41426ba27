"""The kept days of last purchases: of whom they are sure, and how they become so again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

from core.once_a_request import once_a_request
from customers.models import PurchaseDay, Refund, UnsurePurchaseDay

# So many customers are named one by one in what asks for the others; more make it ask the orders of everybody.
FEW = 500
ON_A_LOAD = (
    "customers_customer {} TRIGGER purchase_days_begin",
    "customers_order {} TRIGGER purchase_days_insert",
    "customers_refund {} TRIGGER purchase_days_insert",
)


def settle_purchase_days() -> int:
    """Look again at the days that may have stayed behind, where nobody is writing any more who knew less. Returns of
    how many that is still to be found out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT customers_settle_purchase_days()")
        (unsure,) = cursor.fetchone()
    return int(unsure)


def unsure_customers(today: dt.date) -> list[int] | None:
    """Of whom the kept day does not tell when they bought last, seen from that day; None where these are many.

    They are looked up before what asks for the others. So of whoever is noted in between the answer is what it was.
    """
    known = _by_day()
    if today not in known:
        noted = UnsurePurchaseDay.objects.values_list("customer_id")
        sold_later = PurchaseDay.objects.filter(day__gt=today).values_list("customer_id")
        paid_back = Refund.objects.filter(refunded_date__gt=today, order__customer__isnull=False)
        paid_back_later = paid_back.values_list("order__customer_id")
        ways = [way.order_by()[: FEW + 1] for way in (noted, sold_later, paid_back_later)]
        known[today] = sorted(pk for (pk,) in ways[0].union(*ways[1:]))
    return known[today] if len(known[today]) <= FEW else None


_by_day: Callable[[], dict[dt.date, list[int]]] = once_a_request(dict)


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
