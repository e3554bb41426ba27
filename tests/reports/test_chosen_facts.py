"""Charts of some customers are made of columns beside the files of facts; they say what the facts themselves say."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.visibility import EVERYTHING
from analytics import snapshot_columns
from analytics.engine import facts_folder
from analytics.snapshot_columns import ENDING
from customers.filters import EVERYBODY, parse
from customers.models import Customer
from reports import (
    advice_frames,
    behaviour_frames,
    customer_frames,
    funnel_frames,
    map_frames,
    organisation_frames,
    purchase_frames,
    spending_frames,
)
from reports.frames import Published
from reports.scope import Scope
from reports.semantics.answers import answer
from reports.semantics.facts import facts_of
from reports.semantics.subjects import sales_wanted
from tests.factories import create_customer, create_product
from tests.reports.facts import publish_facts
from tests.reports.runs import AS_OF, publish_scores
from tests.reports.sayings import CUP, SAUCER, publish_rules

pytestmark = pytest.mark.django_db


def what_segments_buy(published: Published) -> pd.DataFrame:
    return map_frames.segments_and_categories(published, published.scores)


FRAMES = (
    purchase_frames.sales, purchase_frames.margins, purchase_frames.buyers, purchase_frames.top_customers,
    purchase_frames.concentration, purchase_frames.cohorts, purchase_frames.purchase_counts,
    spending_frames.purchase_rates, spending_frames.spending, funnel_frames.funnel, behaviour_frames.over_time,
    behaviour_frames.per_customer, behaviour_frames.paths, customer_frames.countries, organisation_frames.largest,
    what_segments_buy, advice_frames.product_rules,
)  # fmt: skip
QUESTIONS = (
    ("refund_share", "month", ""), ("revenue", "channel", ""), ("orders", "quarter", "country"),
    ("line_amount", "category", ""), ("quantity", "product", ""), ("product_buyers", "week", ""),
    ("visits", "event", ""), ("rating", "month", ""), ("buyers", "segment", "country"), ("buyers", "day", "source"),
    ("revenue", "source", "segment"), ("line_amount", "product", "kind"), ("views", "category", ""),
    ("orders_a_buyer", "week", ""),
)  # fmt: skip
SCOPE = Scope(AS_OF - dt.timedelta(days=200), AS_OF, "before")
OF_FAIR = {"or": [{"field": "source", "op": "is", "value": "fair"}, {"not": {"bought": {"at_least": 3}}}]}
NEARLY_EVERYBODY = {"not": {"field": "country", "op": "is", "value": "FR"}}
# That of midnight stands for an hour that nobody knows.
SECONDS = [None, 0, 30_000, 80_000]
PEOPLE, ORDERED, HAPPENED = 40, 160, 300


@pytest.fixture
def people(settings, tmp_path) -> list[Customer]:
    settings.SNAPSHOT_DIR = tmp_path
    cache.clear()
    chance = np.random.default_rng(6)
    shop = create_customer("Shop", kind=Customer.Kind.ORGANISATION)
    everybody = [shop] + [
        create_customer(f"P{number}", organisation=shop if number % 5 == 0 else None) for number in range(PEOPLE)
    ]
    ids = [each.pk for each in everybody]

    def day() -> dt.date:
        return AS_OF - dt.timedelta(days=int(chance.integers(0, 240)))

    def some(values: list[Any]) -> Any:
        return values[int(chance.integers(0, len(values)))]

    orders = [
        {"order_id": number, "customer_id": some([*ids, None]), "ordered_date": day(), "channel": some(["web", "shop"]),
         "second": some(SECONDS),
         "kind": some(["sale"] * 6 + ["adjustment"]), "total_minor": int(chance.integers(0, 50_000))}
        for number in range(1, ORDERED)
    ]  # fmt: skip
    publish_facts(
        customer_dim=[
            {"customer_id": pk, "kind": "organisation" if pk == shop.pk else "person",
             "source": some(["fair", "web"]), "country": some(["DE", "FR", ""])}
            | ({"source": "fair", "country": "DE"} if pk == shop.pk else {})
            for pk in ids
        ],
        orders=orders,
        lines=[
            {"order_id": each["order_id"], "customer_id": each["customer_id"], "ordered_date": each["ordered_date"],
             "product_id": some([CUP, SAUCER, 3, None]), "amount": int(chance.integers(1, 900)) / 4, "quantity": 1.5,
             "cost": some([None, 2.25])}
            for each in orders for _ in range(2)
        ],
        # Some are of an order that is not theirs.
        refunds=[
            {"refund_id": number, "order_id": some([None, each["order_id"]]), "refunded_date": day(),
             "customer_id": some([each["customer_id"], some(ids)]), "total_minor": some([each["total_minor"], 99])}
            for number, each in enumerate(orders[::3])
        ],
        events=[
            {"customer_id": some([*ids, None]), "occurred_date": day(), "product_id": some([1, None]),
             "second": some(SECONDS),
             "kind": some(["visit", "click", "view", "add_to_cart", "rating"]), "value": 4}
            for _ in range(HAPPENED)
        ],
        products=[{"product_id": pk, "category_id": pk % 2} for pk in (CUP, SAUCER, 3)],
    )  # fmt: skip
    publish_scores([(pk, 3, 9, 1_000, 5, 5, ("loyal", "lost")[pk % 2]) for pk in ids])
    publish_rules([(create_product(pk=CUP).pk, create_product(pk=SAUCER).pk)])
    return everybody


def all_frames(scope: Scope) -> list[pd.DataFrame]:
    cache.clear()
    published = Published.now(EVERYTHING, scope=scope)
    frames = [frame(published) for frame in FRAMES]
    answers = [
        answer(published.question(measure, by, split=split, compares=not split), run=published.facts_run,
               sight=EVERYTHING, minor_units=100)
        for measure, by, split in QUESTIONS
    ]  # fmt: skip
    return [*frames, *(each.frame.assign(counted=each.counted) for each in answers)]


@pytest.mark.parametrize("among", [OF_FAIR, NEARLY_EVERYBODY, {}], ids=["fair", "nearly", "everybody"])
def test_columns_and_facts_say_the_same_of_any_customers(people, among, monkeypatch):
    monkeypatch.setattr(behaviour_frames, "DRAWN_CUSTOMERS", 15)  # paths of every third
    scope = replace(SCOPE, among=parse(among) if among else EVERYBODY)
    of_columns = all_frames(scope)
    columns = list(facts_folder().glob(f"*/*{ENDING}"))
    assert {file.parent.name for file in columns} == {"orders", "lines", "events"}
    for file in columns:
        file.unlink()
    of_facts = all_frames(scope)
    assert [place for place, frame in enumerate(of_facts) if not len(frame)] == []
    for told, expected in zip(of_columns, of_facts, strict=True):
        pd.testing.assert_frame_equal(told, expected)
        assert told.attrs == expected.attrs


def test_a_month_without_columns_is_read_from_its_file_whatever_was_read_before(people, monkeypatch):
    run = Published.now(EVERYTHING).facts_run
    bought = "SELECT count(*) FROM orders WHERE kind = 'sale' AND is_chosen(customer_id)"
    with facts_of(run, parse(OF_FAIR), EVERYTHING) as facts:
        everything = facts.engine.rows(bought)
        facts.only(sales_wanted(AS_OF, AS_OF))
        assert facts.engine.rows(bought) < everything
        monkeypatch.setattr(snapshot_columns, "MOST_BYTES", 0)
        facts.only(sales_wanted(dt.date.min, AS_OF))
        assert facts.engine.rows(bought) == everything


def test_ids_beyond_those_of_a_mask_are_chosen_all_the_same(people, monkeypatch):
    run = Published.now(EVERYTHING).facts_run
    bought = "SELECT DISTINCT customer_id FROM orders WHERE is_chosen(customer_id) ORDER BY 1"
    found = []
    for most in (snapshot_columns.MOST_IDS, 1):
        monkeypatch.setattr(snapshot_columns, "MOST_IDS", most)
        with facts_of(run, parse(NEARLY_EVERYBODY), EVERYTHING) as facts:
            found.append((facts.mask is None, facts.engine.rows(bought)))
    assert [is_without_mask for is_without_mask, _ in found] == [False, True]
    assert found[0][1] == found[1][1] != []


def test_who_has_gone_since_the_facts_were_read_is_not_among_those_chosen(people):
    run = Published.now(EVERYTHING).facts_run
    among = parse({"not": {"field": "country", "op": "is", "value": "AF"}})
    now = timezone.now()
    Customer.objects.filter(pk=people[1].pk).update(deleted_at=now)
    Customer.objects.filter(pk=people[2].pk).update(archived_at=now)
    with facts_of(run, among, EVERYTHING) as facts:
        assert facts.engine.numbers("SELECT customer_id FROM customer_dim WHERE is_chosen(customer_id)").tolist() == [
            each.pk for each in people if each not in people[1:3]
        ]
