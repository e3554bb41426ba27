"""A refreshed snapshot is the one that would be made from nothing, whatever has changed, and reads no more."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable

import pytest
from django.utils import timezone

from analytics.engine import Engine, open_engine, postgres_query
from analytics.models import SnapshotManifest
from analytics.snapshot import open_facts, take_snapshot
from analytics.snapshot_tables import TABLES
from customers.models import Address, Customer, Event, Order, OrderLine, Product, Refund
from tests.factories import create_customer, create_event, create_order, create_product, create_refund

pytestmark = pytest.mark.django_db(transaction=True)

FIRST_DAY = dt.date(2026, 1, 1)


def taken(context) -> SnapshotManifest:
    return take_snapshot(context(), step=lambda table: None)


Contents = dict[str, list[tuple]]


def contents(manifest: SnapshotManifest) -> Contents:
    with open_facts(manifest) as engine:
        return {table.name: rows_in_words(engine, table.name) for table in TABLES}


def contents_of_the_database() -> Contents:
    with open_engine() as engine, engine.postgres_snapshot():
        return {table.name: rows_in_words(engine, f"({postgres_query(table.select)})") for table in TABLES}


def rows_in_words(engine: Engine, source: str) -> list[tuple]:
    return sorted(engine.rows(f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM {source}"), key=repr)


def made_from_nothing(context) -> SnapshotManifest:
    SnapshotManifest.objects.update(fingerprints={})
    return taken(context)


@pytest.fixture
def house() -> list[Product]:
    """Five months with orders of two lines, refunds and events."""
    products = [create_product(f"Product {number}") for number in range(3)]
    for number in range(15):
        customer = create_customer()
        order = create_order(customer, on=some_day(number * 10), products=products[:2])
        create_event(customer, on=some_day(number * 10))
        if number % 3 == 0:
            create_refund(order=order, on=some_day(number * 10 + 3))
    return products


def some_day(number: int) -> dt.date:
    return FIRST_DAY + dt.timedelta(days=number % 150)


def any_of(model, rng: random.Random):
    return model.objects.order_by("pk")[rng.randrange(model.objects.count())]


def new_order(rng: random.Random) -> None:
    create_order(any_of(Customer, rng), on=some_day(rng.randrange(150)), products=[any_of(Product, rng)])


def moved_order(rng: random.Random) -> None:
    Order.objects.filter(pk=any_of(Order, rng).pk).update(ordered_date=some_day(rng.randrange(150)))


def corrected_line(rng: random.Random) -> None:
    OrderLine.objects.filter(pk=any_of(OrderLine, rng).pk).update(quantity=rng.randrange(2, 9))


def deleted_line(rng: random.Random) -> None:
    any_of(OrderLine, rng).delete()


def deleted_order(rng: random.Random) -> None:
    order = any_of(Order, rng)
    order.refunds.all().delete()
    order.delete()


def late_refund(rng: random.Random) -> None:
    order = any_of(Order, rng)
    create_refund(order=order, on=order.ordered_date + dt.timedelta(days=40))


def moved_refund(rng: random.Random) -> None:
    Refund.objects.filter(pk=any_of(Refund, rng).pk).update(refunded_date=some_day(rng.randrange(150)))


def new_event(rng: random.Random) -> None:
    create_event(any_of(Customer, rng), "view", on=some_day(rng.randrange(150)), product=any_of(Product, rng))


def deleted_events(rng: random.Random) -> None:
    Event.objects.filter(occurred_date__gt=some_day(rng.randrange(150))).delete()


def merged_customer(rng: random.Random) -> None:
    away, keeper = any_of(Customer, rng), any_of(Customer, rng)
    Order.objects.filter(customer=away).update(customer=keeper)
    Customer.objects.filter(pk=away.pk).update(deleted_at=timezone.now())


def new_address(rng: random.Random) -> None:
    Address.objects.create(customer=any_of(Customer, rng), country="DE", region="Hessen", is_primary=True)


def retired_product(rng: random.Random) -> None:
    Product.objects.filter(pk=any_of(Product, rng).pk).update(is_active=False)


CHANGES: tuple[Callable[[random.Random], None], ...] = (
    new_order,
    moved_order,
    corrected_line,
    deleted_line,
    deleted_order,
    late_refund,
    moved_refund,
    new_event,
    deleted_events,
    merged_customer,
    new_address,
    retired_product,
)


def test_each_change_is_in_the_refreshed_snapshot(context, house):
    rng = random.Random(7)
    before = contents(taken(context))
    for change in CHANGES:
        change(rng)
        refreshed = contents(taken(context))
        assert refreshed != before, f"{change.__name__} changes something"
        assert refreshed == contents_of_the_database(), change.__name__
        before = refreshed
    assert before == contents(made_from_nothing(context))


def test_tables_without_months_are_read_again_only_when_they_changed(context, house):
    first = taken(context)
    create_order(Customer.objects.earliest("pk"), on=FIRST_DAY)
    second = taken(context)
    assert second.files["customer_dim"] == first.files["customer_dim"]
    assert second.files["products"] == first.files["products"]
    Customer.objects.filter(pk=Customer.objects.earliest("pk").pk).update(source="fair")
    third = taken(context)
    assert third.files["customer_dim"] != second.files["customer_dim"]
    assert third.files["products"] == second.files["products"]


def test_a_statement_that_changes_no_row_marks_nothing(context, house):
    first = taken(context)
    Customer.objects.filter(pk=0).update(source="fair")
    Customer.objects.filter(pk=0).delete()
    assert taken(context).files == first.files
