"""Who is what, out of a snapshot and the changes since: the same customers as the database finds at this moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np
import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Role, Team, User
from analytics import customer_columns, present_facts
from analytics.models import ChangeMark, SnapshotManifest
from analytics.snapshot import take_snapshot
from analytics.snapshot_columns import columns_path
from analytics.snapshot_files import paths
from analytics.snapshot_tables import CUSTOMER_DIM
from core.id_sets import IdArray, Told
from customers.filters import kinds, parse, registry
from customers.filters.compiling import condition, moment_of, sets_of
from customers.filters.exact import exact_mask
from customers.filters.expression import Comparison, Leaf
from customers.merging.actions import merge_customers, undo_merge
from customers.models import Address, Customer
from tests.factories import create_customer, create_team, create_user

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = dt.date(2026, 6, 30)
SINCE = [None, *(TODAY - dt.timedelta(days=days) for days in (0, 30, 31, 4000, 50_000))]
# The last is nothing once its accents are taken off.
TEXTS = ["", "Zoë", "zoe", "Zoé & Co", "a%_\\b", "ab", "\u00b4"]
SAID: dict[str, list[Any]] = {
    "kind": ["person", "organisation"],
    "lifecycle": ["lead", "customer"],
    "sex": ["female", "male"],
    "education": ["none", "master"],
    "country": ["DE", "FR"],
    "region": ["ZOE", "a%_\\"],
    "source": ["ZOE", "\u00b4"],
    "customer_since": ["2026-05-31", {"days_ago": 30}],
    "created": ["2026-05-31", {"days_ago": 29}],
}
PERSON = {"field": "kind", "op": "is", "value": "person"}


def people() -> list[Customer]:
    owners, teams = [None, create_user(), create_user(Role.MANAGER)], [None, create_team()]
    made = [
        create_customer(
            kind=("person", "organisation")[number % 5 == 0],
            lifecycle=("lead", "customer", "prospect")[number % 3],
            sex=("", "female", "male")[number % 4 % 3],
            education=("", "none", "master")[number % 5 % 3],
            source=TEXTS[number % 7],
            owner=owners[number % 3],
            team=teams[number % 2],
            customer_since=SINCE[number % 6],
        )
        for number in range(16)
    ]
    midnight = dt.datetime(2026, 5, 31, tzinfo=moment_of(TODAY).zone)
    for customer, hours in zip(made, (-0.001, 0, 23, 24, 48, 72), strict=False):
        Customer.objects.filter(pk=customer.pk).update(created_at=midnight + dt.timedelta(hours=hours))
    for number, customer in enumerate(made[2:]):
        city, code = ("", "Köln")[number % 2], ("", "1")[number % 3 % 2]
        place = {
            "country": ["DE", "FR", ""][number % 3],
            "region": TEXTS[-number % 7],
            "city": city,
            "postal_code": code,
        }
        Address.objects.create(customer=customer, deleted_at=timezone.now() if number == 5 else None, **place)
        if number % 2:
            Address.objects.create(
                customer=customer, country="FR", region="Zoë", is_primary=number % 4 == 1, city="Rom"
            )
    return made


def leaves() -> Iterator[Leaf]:
    owner, team = User.objects.order_by("pk").last(), Team.objects.get()
    assert owner is not None
    said = {**SAID, "owner": [owner.pk, 2**62], "team": [2**62, team.pk]}
    fields = registry.fields()
    yield from (Comparison(key, kinds.EMPTY, None) for key in customer_columns.FLAGS)
    for key in customer_columns.FIELDS:
        for op in fields.get(key).kind.ops:
            given: dict[str, Any] = {"value": said[key] if op in kinds.LISTS | kinds.PAIRS else said[key][0]}
            leaf = parse({"field": key, "op": op, **(given if op not in kinds.NO_VALUE else {})})
            assert isinstance(leaf, Leaf)
            yield leaf


def now(leaf: Leaf) -> IdArray | None:
    moment = moment_of(TODAY)
    mask = exact_mask(leaf, moment, condition(leaf, moment))
    return None if mask is None else np.flatnonzero(mask)


def agree() -> None:
    everybody, told = set(Customer.objects.values_list("pk", flat=True)), set()
    living = set(Customer.objects.filter(deleted_at=None).values_list("pk", flat=True))
    for leaf in leaves():
        found = now(leaf)
        assert found is not None, leaf
        expected = set(Customer.objects.filter(condition(leaf, moment_of(TODAY))).values_list("pk", flat=True))
        among = living if isinstance(leaf, Comparison) and leaf.field == "created" else everybody
        assert set(found.tolist()) & among == expected & among, leaf
        told.add(frozenset(expected))
    assert len(told) > 25, "the leaves tell customers apart"


def taken(context: Any, step: Any = lambda table: None) -> None:
    take_snapshot(context(), step=step)


def named() -> set[int]:
    return {pk for mark in ChangeMark.objects.filter(kind="customers") for pk in mark.whose or ()}


def test_they_are_those_of_the_database_whatever_is_written_since(context):
    made = people()
    Customer.objects.filter(pk=made[3].pk).update(deleted_at=timezone.now())
    taken(context)
    agree()
    Customer.objects.filter(pk=made[0].pk).update(kind="organisation", lifecycle="customer", source="Zoë", sex="other")
    Customer.objects.filter(pk=made[1].pk).update(customer_since=TODAY, team=None, education="school")
    Customer.objects.filter(pk=made[3].pk).update(deleted_at=None)
    User.objects.filter(owned_customers=made[2]).delete()
    first, second = made[9].addresses.order_by("pk")
    Address.objects.filter(pk=first.pk).update(is_primary=False, region="ab")
    Address.objects.filter(pk=second.pk).update(is_primary=True)
    Address.objects.filter(customer=made[5]).update(deleted_at=timezone.now())
    Address.objects.filter(customer=made[3])[0].delete()
    Address.objects.filter(customer=made[4]).update(customer=made[0])
    Address.objects.filter(customer=made[6]).update(city="Bonn", postal_code="")
    Address.objects.filter(customer=made[7]).update(city="", postal_code="53111")
    Address.objects.create(customer=made[1], country="FR", region="ZOÉ")
    create_customer("Came later", source="zoe")
    made[8].delete()
    merge = merge_customers(survivor_id=made[11].pk, absorbed_ids=[made[13].pk], picks={}, by=create_user(Role.ADMIN))
    agree()
    taken(context)
    assert not named()
    agree()
    undo_merge(merge_id=merge.pk, by=create_user(Role.ADMIN))
    assert {made[11].pk, made[13].pk} <= named()
    agree()


def test_who_is_written_about_while_a_snapshot_is_taken_stays_changed(context):
    made = people()
    with psycopg.connect(**connection.get_connection_params()) as writer:
        writer.execute("UPDATE customers_customer SET source = 'late' WHERE id = %s", [made[0].pk])
        writer.execute("UPDATE customers_address SET country = 'CH' WHERE customer_id = %s", [made[4].pk])
        lead = {"lifecycle": "lead", "sex": "male"}
        taken(context, step=lambda table: Customer.objects.filter(pk=made[2].pk).update(**lead))
        assert named() == {made[2].pk}, "the rest is not committed"
        agree()
    assert named() == {made[0].pk, made[2].pk, made[4].pk}
    agree()


def test_nothing_is_said_where_the_snapshot_does_not_tell(context, monkeypatch):
    leaf, moment = parse(PERSON), moment_of(TODAY)
    assert isinstance(leaf, Leaf)
    person = create_customer(source="one")
    assert isinstance(sets_of(leaf, moment), Told)
    assert now(leaf) is None, "before any snapshot"
    monkeypatch.setattr(customer_columns, "MOST_TEXTS", 3)
    for source in ("other", "further"):
        create_customer(kind="organisation", source=source)
    taken(context)
    assert now(leaf) == [person.pk]
    assert now(Comparison("source", "is", "one")) is None, "there are too many texts"
    ChangeMark.objects.create(kind="customers")
    assert now(leaf) is None, "anybody may have changed"
    taken(context)
    present_facts._latest.clear()
    [file] = paths(SnapshotManifest.objects.latest("pk").files, CUSTOMER_DIM)
    columns_path(file).write_bytes(b"")
    assert now(leaf) is None, "a file is broken"
    columns_path(file).unlink()
    assert now(leaf) is None, "a file is gone"
    taken(context)
    assert now(leaf) == [person.pk]
