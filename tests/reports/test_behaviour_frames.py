"""Frames of behaviour: who got how far, in which order, and how often."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.cache import cache

from core.models import OrganisationSettings
from reports import behaviour_frames, funnel_frames
from reports.frames import Published
from reports.scope import Scope
from tests.reports.facts import publish_facts
from tests.reports.runs import AS_OF

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.SNAPSHOT_DIR = tmp_path
    cache.clear()


def rows(frame, *columns):
    return list(frame[list(columns)].itertuples(index=False, name=None))


def deed(customer, kind, day):
    return {"customer_id": customer, "kind": kind, "occurred_date": AS_OF - dt.timedelta(days=day)}


def order(number, customer, day, **more):
    return {"order_id": number, "customer_id": customer, "ordered_date": AS_OF - dt.timedelta(days=day), **more}


def test_each_step_of_the_funnel_comes_after_the_one_before():
    events = [
        *(deed(1, kind, 5) for kind in ("visit", "view", "add_to_cart")),  # all on one day, bought later
        *(deed(2, kind, day) for kind, day in (("add_to_cart", 9), ("view", 8))),  # the cart before the product
        *(deed(3, kind, day) for kind, day in (("view", 9), ("add_to_cart", 7), ("add_to_cart", 3))),  # bought between
        *(deed(4, kind, day) for kind, day in (("view", 9), ("add_to_cart", 3))),  # bought before the cart
        deed(5, "click", 1),
        deed(None, "view", 1),
        deed(6, "view", 100),  # before these days
    ]
    orders = [order(1, 1, 4), order(2, 2, 1), order(3, 3, 5), order(4, 4, 8), order(5, 5, 1, kind="correction")]
    publish_facts(customer_dim=[{"customer_id": pk} for pk in range(1, 7)], events=events, orders=orders)
    scope = Scope(AS_OF - dt.timedelta(days=29), AS_OF, compare="before")
    steps = funnel_frames.funnel(Published.now(scope=scope))
    assert rows(steps, "step", "customers", "earlier") == [
        ("came", 5, 0),
        ("viewed", 4, 0),
        ("carted", 3, 0),
        ("bought", 2, 0),
    ]


def test_steps_of_one_day_are_in_the_order_of_its_hours_where_these_are_known():
    """In Berlin, where the days of January begin at 23:00 of UTC."""
    OrganisationSettings.objects.update_or_create(pk=1, defaults={"time_zone": "Europe/Berlin"})
    midnight = -3600

    def at(customer, kind, second):
        return deed(customer, kind, 0) | {"second": second}

    events = [
        *(at(1, kind, second) for kind, second in (("view", 100), ("add_to_cart", 200))),
        *(at(2, kind, second) for kind, second in (("add_to_cart", 100), ("view", 200))),
        *(at(3, kind, second) for kind, second in (("view", 100), ("add_to_cart", 200))),
        *(at(4, kind, second) for kind, second in (("view", 100), ("add_to_cart", midnight))),  # without an hour
        *(at(5, kind, second) for kind, second in (("view", 100), ("add_to_cart", 200))),
        *(at(6, kind, second) for kind, second in (("visit", 300), ("view", 200), ("view", 250), ("click", 260))),
    ]
    orders = [
        order(customer, customer, 0, second=second) for customer, second in ((1, 300), (3, 150), (4, 50), (5, midnight))
    ]
    publish_facts(customer_dim=[{"customer_id": pk} for pk in range(1, 7)], events=events, orders=orders)
    published = Published.now(scope=Scope(AS_OF - dt.timedelta(days=29), AS_OF))
    steps = funnel_frames.funnel(published)
    assert rows(steps, "step", "customers") == [("came", 6), ("viewed", 6), ("carted", 4), ("bought", 3)]
    paths = behaviour_frames.paths(published)
    assert sorted(rows(paths, "first", "second", "third", "customers")) == [
        ("carted", "bought", "viewed", 1),
        ("carted", "viewed", "gone", 1),
        ("viewed", "bought", "carted", 1),
        ("viewed", "came", "gone", 1),
        ("viewed", "carted", "bought", 2),
    ]


def test_paths_are_the_first_steps_in_the_order_of_time():
    events = [deed(1, "visit", 9), deed(1, "add_to_cart", 9), deed(1, "view", 3), deed(2, "click", 2)]
    orders = [order(1, 1, 3), order(2, 3, 8), order(3, 3, 7), order(4, 3, 6), order(5, 3, 5), order(6, 3, 1)]
    publish_facts(customer_dim=[{"customer_id": pk} for pk in (1, 2, 3)], events=events, orders=orders)
    paths = behaviour_frames.paths(Published.now())
    assert sorted(rows(paths, "first", "second", "third", "fourth", "customers", "of")) == [
        ("bought", "gone", "gone", "gone", 1, 3),
        ("came", "carted", "viewed", "bought", 1, 3),
        ("came", "gone", "gone", "gone", 1, 3),
    ]


def test_behaviour_is_counted_by_periods_without_gaps_beside_the_earlier_ones():
    events = [
        deed(1, "visit", 0),
        deed(1, "visit", 2),
        deed(2, "click", 2),
        deed(None, "visit", 1),
        deed(1, "visit", 3),
    ]
    publish_facts(customer_dim=[{"customer_id": 1}, {"customer_id": 2}], events=events, orders=[order(1, 1, 1)])
    scope = Scope(AS_OF - dt.timedelta(days=2), AS_OF, compare="before")
    frame = behaviour_frames.over_time(Published.now(scope=scope))
    by_measure = {measure: rows(part, "value", "earlier") for measure, part in frame.groupby("measure")}
    assert by_measure == {
        "visits": [(1, 0), (0, 0), (1, 1)],
        "clicks": [(1, 0), (0, 0), (0, 0)],
        "purchases": [(0, 0), (1, 0), (0, 0)],
    }
    assert set(frame["grain"]) == {"day"}


def test_deeds_are_counted_for_each_customer_who_did_any():
    events = [deed(1, "visit", 9), deed(1, "visit", 8), deed(1, "click", 7), deed(2, "view", 3), deed(3, "rating", 2)]
    publish_facts(customer_dim=[{"customer_id": pk} for pk in (1, 2, 3, 4)], events=events, orders=[order(1, 4, 1)])
    counts = behaviour_frames.per_customer(Published.now())
    assert rows(counts, "measure", "value", "customers") == [
        ("clicks", 0, 2),
        ("clicks", 1, 1),
        ("purchases", 0, 2),
        ("purchases", 1, 1),
        ("visits", 0, 2),
        ("visits", 2, 1),
    ]


@pytest.mark.parametrize(("customers", "every"), [(1, 1), (100_000, 1), (100_001, 3), (250_000, 3), (983_233, 11)])
def test_of_many_customers_every_so_many_th_is_drawn(customers, every):
    assert behaviour_frames._every(customers) == every
