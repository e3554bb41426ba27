"""The kept day of the last purchase: it agrees with orders and refunds, whatever is written; no sale waits for it."""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import connection

from accounts.models import Role
from accounts.visibility import EVERYTHING
from customers.filters import apply, parse
from customers.kept_days import settle_kept_days
from customers.models import Customer, Order, PurchaseDay, Refund, UnsurePurchaseDay
from tests.customers.merges import merge_two, undo_last_merge
from tests.factories import create_customer, create_order, create_refund, create_user

pytestmark = pytest.mark.django_db

NEVER, TODAY = dt.date.min, dt.date(2026, 6, 30)
DEEDS, SEEDS = 60, 2


def last_purchases(today: dt.date = dt.date.max) -> dict[int, dt.date]:
    """Of each customer, asked of the rows alone: of sales of which anything is left by that day."""
    found = dict.fromkeys(Customer.objects.values_list("pk", flat=True), NEVER)
    sales = Order.objects.filter(kind="sale", customer__isnull=False, ordered_date__lte=today)
    for order in sales.prefetch_related("refunds"):
        paid_back = (each.total_base_minor for each in order.refunds.all() if each.refunded_date <= today)
        if order.customer_id and order.total_base_minor > sum(paid_back):
            found[order.customer_id] = max(found[order.customer_id], order.ordered_date)
    return found


def found_by(data: dict[str, Any], today: dt.date) -> set[int]:
    return set(apply(Customer.objects.all(), parse(data), sight=EVERYTHING, today=today).values_list("pk", flat=True))


class Shop:
    """Customers who buy and give back, as the seed has it."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.manager = create_user(Role.MANAGER)
        self.customers = [create_customer() for _ in range(5)]

    def deeds(self) -> list[Callable[[], Any]]:
        one_of, some = self.rng.choice, self.some
        minor = {"total_base_minor": one_of([0, 3000, 10000])}
        return [
            *[self.sell] * 4,
            *[self.refund] * 2,
            lambda: some(Order.objects.all()).update(kind=one_of(Order.Kind.values), customer=self.whoever()),
            lambda: some(Order.objects.all()).update(**self.moved()),
            lambda: some(Order.objects.all()).update(**minor),
            lambda: some(Refund.objects.all()).update(**minor),
            lambda: some(Refund.objects.all()).update(order=Order.objects.order_by("pk").last()),
            lambda: some(Refund.objects.all()).delete(),
            lambda: some(Order.objects.filter(refunds=None)).delete(),
            self.merge,
            *[self.undo] * 2,
        ]

    def live(self) -> None:
        self.rng.choice(self.deeds())()

    def whoever(self) -> Customer | None:
        return self.rng.choice([None, *self.customers])

    def day(self) -> dt.date:
        return TODAY - dt.timedelta(days=self.rng.randrange(-5, 40))

    def moved(self) -> dict[str, Any]:
        day = self.day()
        return {"ordered_at": dt.datetime.combine(day, dt.time(9), dt.UTC), "ordered_date": day}

    def some(self, rows: Any) -> Any:
        ids = list(rows.order_by("pk").values_list("pk", flat=True).distinct())
        return rows.model.objects.filter(pk__in=self.rng.sample(ids, len(ids) // 2))

    def sell(self) -> None:
        create_order(self.whoever(), on=self.day(), kind=self.rng.choice(["sale", "sale", "adjustment"]))

    def refund(self) -> None:
        orders = list(Order.objects.order_by("pk"))
        if orders:
            order = self.rng.choice(orders)
            create_refund(order=order, on=self.day(), amount=self.rng.choice(["100.00", "60.00", "30.00"]))

    def merge(self) -> None:
        merge_two(self.rng, by=self.manager)

    def undo(self) -> None:
        undo_last_merge(by=self.manager)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_kept_day_is_that_of_the_last_purchase_whatever_happens(seed):
    shop, sizes, were_unsure = Shop(seed), set(), 0
    for number in range(DEEDS):
        shop.live()
        assert dict(PurchaseDay.objects.values_list("customer", "day")) == last_purchases()
        were_unsure += UnsurePurchaseDay.objects.exists()
        if number % 3 == 0:  # nobody else is writing
            UnsurePurchaseDay.objects.all().delete()
        days, today = shop.rng.choice([0, 3, 15, 400]), TODAY - dt.timedelta(days=15 * (number % 2))
        last = last_purchases(today)
        since = {pk for pk, day in last.items() if day >= today - dt.timedelta(days=days)}
        bought = {"bought": {"since": {"days_ago": days}}}
        assert found_by(bought, today) == since
        assert found_by({"not": bought}, today) == last.keys() - since
        assert found_by({"field": "last_order", "op": "is_empty"}, today) == {pk for pk in last if last[pk] == NEVER}
        sizes.add(len(since))
    assert len(sizes) > 2, "the question tells customers apart"
    assert were_unsure


def sell(link: psycopg.Connection, customer: Customer, day: dt.date) -> int:
    row = link.execute(
        "INSERT INTO customers_order (source, external_id, currency, exchange_rate, total_minor, total_base_minor,"
        " created_at, updated_at, kind, customer_id, ordered_at, ordered_date, channel)"
        " VALUES ('', %s, 'EUR', 1, 1000, 1000, now(), now(), 'sale', %s, %s, %s, '') RETURNING id",
        [f"{customer.pk} {day}", customer.pk, day, day],
    ).fetchone()
    assert row
    return int(row[0])


@pytest.mark.django_db(transaction=True)
def test_who_sells_waits_for_nobody_and_whoever_was_held_is_looked_at_again():
    """While a long import holds the day of a customer, another sells to them; then the import fails."""
    customer, last = create_customer(), TODAY - dt.timedelta(days=2)
    with psycopg.connect(**connection.get_connection_params()) as importing:
        sell(importing, customer, TODAY)
        with psycopg.connect(**connection.get_connection_params()) as selling:
            selling.execute("SET lock_timeout = '2s'")
            sell(selling, customer, last)
        assert settle_kept_days() == settle_kept_days() == 2, "not before the import is over"
        importing.rollback()
    bought = {"bought": {"since": {"days_ago": 2}}}
    assert PurchaseDay.objects.get(customer=customer).day == NEVER
    assert found_by(bought, TODAY) == {customer.pk}
    settle_kept_days()
    assert settle_kept_days() == 0
    assert PurchaseDay.objects.get(customer=customer).day == last
    assert found_by(bought, TODAY) == {customer.pk}
    assert found_by({"not": bought}, TODAY) == set()


@pytest.mark.django_db(transaction=True)
def test_an_earlier_sale_that_nobody_saw_when_the_last_one_went_is_found():
    customer, earlier = create_customer(), TODAY - dt.timedelta(days=9)
    order = create_order(customer, on=TODAY)
    with psycopg.connect(**connection.get_connection_params()) as selling:
        sell(selling, customer, earlier)
        create_refund(order=order, on=TODAY)
        selling.commit()
    assert PurchaseDay.objects.get(customer=customer).day == NEVER
    assert found_by({"bought": {"since": {"days_ago": 9}}}, TODAY) == {customer.pk}
    settle_kept_days()
    assert settle_kept_days() == 0
    assert PurchaseDay.objects.get(customer=customer).day == earlier


@pytest.mark.django_db(transaction=True)
def test_two_refunds_at_the_same_time_that_together_leave_nothing_leave_no_purchase():
    """Neither sees the other: the second waits for the first, and counts both."""
    customer = create_customer()
    order = create_order(customer, on=TODAY)
    started = threading.Event()
    refund = (
        "INSERT INTO customers_refund (source, external_id, currency, exchange_rate, total_minor, total_base_minor,"
        " created_at, updated_at, order_id, customer_id, refunded_at, refunded_date, reason)"
        " VALUES ('', %s, 'EUR', 1, 5000, 5000, now(), now(), %s, %s, now(), %s, '')"
    )

    def second() -> None:
        with psycopg.connect(**connection.get_connection_params()) as link:
            started.set()
            link.execute(refund, ["second", order.pk, customer.pk, TODAY])

    with psycopg.connect(**connection.get_connection_params()) as first:
        first.execute(refund, ["first", order.pk, customer.pk, TODAY])
        other = threading.Thread(target=second)
        other.start()
        started.wait(10)
    other.join(10)
    assert PurchaseDay.objects.get(customer=customer).day == NEVER
