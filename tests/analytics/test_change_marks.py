"""What the triggers on facts say to the next snapshot."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection, transaction

from analytics.models import ChangeMark
from customers.models import Event, Order, OrderLine, Refund
from tests.factories import create_customer, create_event, create_order, create_product, create_refund

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY, MARCH = (dt.date(2026, month, 10) for month in (1, 2, 3))


@pytest.fixture(autouse=True)
def three_months() -> list[Order]:
    """Facts of each kind in January, February and March, and no mark of them."""
    lamp = create_product("Lamp")
    orders = []
    for day in (JANUARY, FEBRUARY, MARCH):
        order = create_order(create_customer(), on=day, products=[lamp])
        create_refund(order=order, on=day)
        create_event(order.customer, on=day)
        orders.append(order)
    ChangeMark.objects.all().delete()
    return orders


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (lambda order: order.lines.update(amount=1), {"lines"}),
        (lambda order: OrderLine.objects.all().delete(), {"lines"}),
        (lambda order: create_order(order.customer, on=JANUARY), {"orders"}),
        (lambda order: Order.objects.update(customer=None), {"orders"}),
        (lambda order: Refund.objects.update(total_base_minor=1), {"refunds"}),
        (lambda order: Refund.objects.all().delete(), {"refunds"}),
        (lambda order: Event.objects.update(kind="click"), {"events"}),
        (lambda order: Event.objects.all().delete(), {"events"}),
    ],
)
def test_each_kind_of_change_is_marked_by_its_kind(three_months, change, changed):
    change(three_months[0])
    assert set(ChangeMark.objects.values_list("kind", flat=True)) == changed
    assert JANUARY.replace(day=1) in ChangeMark.objects.values_list("month", flat=True)


def test_a_statement_marks_a_month_once(three_months):
    Order.objects.update(channel="web")
    months = ChangeMark.objects.order_by("month").values_list("month", flat=True)
    assert list(months) == [day.replace(day=1) for day in (JANUARY, FEBRUARY, MARCH)]


def test_the_session_time_zone_moves_no_mark(three_months):
    with connection.cursor() as cursor:
        cursor.execute("SET TimeZone = 'Pacific/Kiritimati'")
        create_event(None, on=dt.date(2026, 4, 30))
        cursor.execute("RESET TimeZone")
    assert ChangeMark.objects.get().month == dt.date(2026, 4, 1)


def test_truncation_marks_all_months_of_its_kind():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE customers_event")
    mark = ChangeMark.objects.get()
    assert (mark.kind, mark.month) == ("events", None)


def test_what_is_rolled_back_is_not_marked():
    with transaction.atomic():
        create_order(on=MARCH)
        transaction.set_rollback(True)
    assert not ChangeMark.objects.exists()
