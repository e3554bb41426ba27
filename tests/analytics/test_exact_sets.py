"""Who did what, out of a snapshot and the changes since: the same customers as the database finds at this moment."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import psycopg
import pytest
from django.db import connection

from accounts.models import Role
from analytics import present_facts
from analytics.models import ChangeMark, SnapshotManifest
from analytics.snapshot import take_snapshot
from analytics.snapshot_files import sum_paths
from core.id_sets import IdArray
from customers.filters import parse
from customers.filters.compiling import condition, moment_of
from customers.filters.exact import exact_mask
from customers.filters.expression import Leaf, Moment
from customers.merging.actions import merge_customers, undo_merge
from customers.models import Category, Customer, Event, Order, OrderLine, Product, Refund
from tests.factories import create_customer, create_event, create_order, create_product, create_refund, create_user

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = dt.date(2026, 6, 30)
NOON = dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)
LINE_AGAIN = (
    "INSERT INTO customers_orderline SELECT again.* FROM customers_orderline AS line, jsonb_populate_record(line,"
    " jsonb_build_object('id', nextval(pg_get_serial_sequence('customers_orderline', 'id')),"
    " 'line_key', gen_random_uuid(), 'order_id', %s::bigint)) AS again LIMIT 1"
)
CHANNELS = ["", "web", "store", "Web"]


def leaf_of(data: dict[str, Any]) -> Leaf:
    leaf = parse(data)
    assert isinstance(leaf, Leaf)
    return leaf


ORDERED = leaf_of({"field": "first_order", "op": ">=", "value": "2000-01-01"})


@dataclass
class Shop:
    """Customers who do something at random, in the last two years and in the next days."""

    rng: random.Random = field(default_factory=lambda: random.Random(7))
    people: list[Customer] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)

    def __post_init__(self) -> None:
        root = Category.objects.create(name="All")
        part, other = Category.objects.create(name="Part", parent=root), Category.objects.create(name="Other")
        self.products = [create_product(category=category) for category in (root, part, part, other, None)]
        self.people = [create_customer() for _ in range(14)]
        for _ in range(60):
            self.sell()
        for order in Order.objects.order_by("pk")[::5]:
            create_refund(order=order, on=self.day(), amount=self.rng.choice(["100.00", "20.00"]))

    def day(self) -> dt.date:
        return TODAY - dt.timedelta(days=self.rng.choice([self.rng.randrange(-3, 700), self.rng.randrange(40)]))

    def sell(self) -> Order:
        # Some buy nothing, and some orders are nobody's.
        customer = self.rng.choice([*self.people[:-3], None])
        products = self.rng.sample(self.products, self.rng.randrange(4))
        sold = create_order(
            customer,
            on=self.day(),
            products=[*products, *products[:1]],
            channel=self.rng.choice(CHANNELS),
            kind=self.rng.choice([*3 * [Order.Kind.SALE], *Order.Kind]),
        )
        create_event(customer, self.rng.choice(["visit", "click"]), on=self.day(), product=self.products[0])
        create_event(self.rng.choice(self.people), "visit", on=self.day())
        return sold

    def leaves(self) -> Iterator[dict[str, Any]]:
        """Each comparison of each field, and what was done, of which days and times are drawn."""
        days = list(Order.objects.order_by("ordered_date").values_list("ordered_date", flat=True))
        for key in ("first_order", "last_order"):
            for op in ("is", "is_not", "<", "<=", ">", ">="):
                yield {"field": key, "op": op, "value": self.rng.choice(days).isoformat()}
            yield {"field": key, "op": "between", "value": sorted([self.day().isoformat(), self.day().isoformat()])}
        for op in ("is", "is_not", "<", "<=", ">", ">="):
            yield {"field": "orders", "op": op, "value": self.rng.choice([-1, 0, 1, 2, 5])}
        yield {"field": "orders", "op": "between", "value": [2, 5]}
        for op, value in (("is", "web"), ("is", "fax"), ("is_not", "web"), ("in", ["Web", "store"])):
            yield {"field": "channel", "op": op, "value": value}
        for key in ("first_order", "last_order", "orders", "channel"):
            yield {"field": key, "op": "is_empty"}
        things: list[dict[str, Any]] = [
            {},
            {"product": self.products[0].pk},
            {"product": 2**62},
            *({"category": pk} for pk in Category.objects.order_by("pk").values_list("pk", flat=True)),
        ]
        for thing in things:
            for times in (1, 2):
                yield {"bought": {**thing, "at_least": times}}
                yield {"bought": {**thing, "at_least": times, **self.period()}}
        for event in ({"event": "visit"}, {"event": "click", "product": self.products[0].pk}, {"event": "review"}):
            for times in (1, 3):
                yield {"did": {**event, "at_least": times}}
                yield {"did": {**event, "at_least": times, **self.period()}}

    def period(self) -> dict[str, Any]:
        since, until = sorted([self.day(), self.day()])
        limits = {"since": since.isoformat(), "until": until.isoformat()}
        return {name: limits[name] for name in self.rng.choice([["since"], ["until"], ["since", "until"]])}


def now(leaf: Leaf, moment: Moment) -> IdArray | None:
    mask = exact_mask(leaf, moment, condition(leaf, moment))
    return None if mask is None else np.flatnonzero(mask)


def agree(shop: Shop, *, today: dt.date = TODAY, every: int = 1) -> None:
    moment, told = moment_of(today), set()
    everybody = set(Customer.objects.values_list("pk", flat=True))
    for data in islice(shop.leaves(), 0, None, every):
        leaf = leaf_of(data)
        found = now(leaf, moment)
        assert found is not None, data
        expected = set(Customer.objects.filter(condition(leaf, moment)).values_list("pk", flat=True))
        assert set(found.tolist()) & everybody == expected, data
        told.add(frozenset(expected))
    assert len(told) > 12 / every, "the leaves tell customers apart"


def taken(context: Any, step: Any = lambda table: None) -> None:
    take_snapshot(context(), step=step)


def marked(kind: str) -> set[int]:
    return {pk for mark in ChangeMark.objects.filter(kind=kind) for pk in mark.whose or ()}


def test_they_are_those_of_the_database_whatever_is_written_since(context):
    shop = Shop()
    taken(context)
    agree(shop, every=2)
    # As seen from an earlier day, refunds and orders were still to come.
    agree(shop, today=TODAY - dt.timedelta(days=200), every=3)
    admin = create_user(Role.ADMIN)
    shop.people.append(create_customer("Came later"))
    for _ in range(5):
        shop.sell()
    orders = list(Order.objects.order_by("pk"))
    create_refund(order=orders[7], on=TODAY)
    create_refund(order=orders[8], on=TODAY + dt.timedelta(days=1))
    Refund.objects.filter(pk=Refund.objects.order_by("pk")[2].pk).delete()
    Order.objects.filter(pk=orders[11].pk).update(ordered_date=TODAY, ordered_at=NOON, channel="fax")
    OrderLine.objects.filter(pk=OrderLine.objects.order_by("pk")[3].pk).update(product=shop.products[4])
    OrderLine.objects.filter(order=orders[14]).delete()
    Event.objects.filter(pk__in=list(Event.objects.order_by("pk").values_list("pk", flat=True)[:4])).delete()
    Product.objects.filter(pk=shop.products[3].pk).update(category=shop.products[1].category)
    merge = merge_customers(survivor_id=shop.people[0].pk, absorbed_ids=[shop.people[1].pk], picks={}, by=admin)
    agree(shop)
    taken(context)
    assert not ChangeMark.objects.exists()
    agree(shop, every=3)
    undo_merge(merge_id=merge.pk, by=admin)
    assert {shop.people[0].pk, shop.people[1].pk} <= marked("orders")
    agree(shop, every=3)


def test_who_is_written_about_while_a_snapshot_is_taken_stays_changed(context):
    shop = Shop()
    taken(context)
    before, late = shop.people[2], shop.people[-1]
    stays, moved = (Order.objects.filter(customer=each)[0] for each in (before, shop.people[4]))
    with psycopg.connect(**connection.get_connection_params()) as writer:
        writer.execute("UPDATE customers_order SET customer_id = %s WHERE id = %s", [late.pk, stays.pk])
        writer.execute(LINE_AGAIN, [moved.pk])
        Order.objects.filter(pk=moved.pk).update(customer=shop.people[3])
        taken(context, step=lambda table: shop.sell() if table == "lines" else None)
        assert late.pk not in marked("orders"), "it is not committed"
    assert {before.pk, late.pk} <= marked("orders")
    assert marked("lines") >= {moved.pk}, "whose it is by now, the writer did not see"
    agree(shop)
    taken(context)
    assert not ChangeMark.objects.exists()
    agree(shop, every=4)


def test_nothing_is_said_where_the_snapshot_does_not_tell(context, monkeypatch):
    moment = moment_of(TODAY)
    buyer = create_customer()
    create_order(buyer, on=TODAY)
    assert now(ORDERED, moment) is None, "before any snapshot"
    taken(context)
    assert now(ORDERED, moment) == np.array([buyer.pk])
    assert now(leaf_of({"field": "name", "op": "is", "value": "Ada"}), moment) is None
    create_order(create_customer(), on=TODAY)
    with monkeypatch.context() as few:
        few.setattr(present_facts, "MOST_CHANGED", 0)
        assert now(ORDERED, moment) is None, "too many have changed"
    ChangeMark.objects.create(kind="orders")
    assert now(ORDERED, moment) is None, "anybody may have changed"
    assert now(leaf_of({"did": {"event": "visit"}}), moment) is not None
    taken(context)
    assert now(ORDERED, moment) is not None
    [sums] = sum_paths(SnapshotManifest.objects.latest("pk").files)
    present_facts._latest.clear()
    sums.write_bytes(b"")
    assert now(ORDERED, moment) is None, "a file is broken"
    sums.unlink()
    assert now(ORDERED, moment) is None, "a file is gone"
    taken(context)
    assert now(ORDERED, moment) is not None
