"""Frames of recommendations and rules, and of what is bought: exact counts, and what is not told of few."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.cache import cache

from accounts.models import FIRST_RULES, AccessRule, Confidential, Role
from accounts.visibility import EVERYTHING
from customers.filters import parse
from reports import advice_frames, behaviour_frames, map_frames
from reports.catalog import BY_KEY
from reports.frames import Published
from reports.scope import Scope
from reports.words import ReaderWords
from tests.factories import create_customer, create_product, create_user
from tests.reports.facts import publish_facts
from tests.reports.runs import AS_OF, publish_scores
from tests.reports.sayings import publish_advice, publish_rules

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.SNAPSHOT_DIR = tmp_path
    cache.clear()


def rows(frame, *columns):
    return list(frame[list(columns)].itertuples(index=False, name=None))


def test_what_was_noted_is_counted_by_the_days_of_the_runs_with_the_customers_behind_it():
    chosen, other = create_customer("chosen", source="fair"), create_customer("other")
    cup, saucer = create_product(), create_product()
    noted = (
        (chosen, cup, "offered", 30), (chosen, cup, "offered", 5), (chosen, saucer, "offered", 4),
        (chosen, saucer, "not_relevant", 2), (other, cup, "offered", 30),
    )  # fmt: skip
    lines = [(chosen, cup, 40), (chosen, cup, 20), (chosen, saucer, 3), (other, cup, 1)]
    ordered = [
        {"order_id": place, "customer_id": each.pk, "ordered_date": AS_OF - dt.timedelta(days=ago)}
        for place, (each, _product, ago) in enumerate(lines)
    ]
    publish_facts(
        customer_dim=[{"customer_id": each.pk, "source": each.source} for each in (chosen, other)],
        orders=ordered,
        lines=[{**order, "product_id": product.pk} for order, (_, product, _) in zip(ordered, lines, strict=True)],
        refunds=[{"refund_id": 1, "order_id": 2, "refunded_date": AS_OF, "total_minor": 1_000}],
        feedback=[
            {"customer_id": customer.pk, "product_id": product.pk, "answer": answer}
            | {"given_date": AS_OF - dt.timedelta(days=ago)}
            for customer, product, answer, ago in noted
        ],
    )
    for ago in (60, 10, 0, 0):
        publish_advice(offered=9, bought=9, not_relevant=9, as_of=AS_OF - dt.timedelta(days=ago))

    def counts(**asked):
        told = advice_frames.offers(Published.now(**asked))
        kinds = ("offered", "bought", "not_relevant")
        return rows(told, *kinds, *(f"{kind}_customers" for kind in kinds))

    assert counts() == [(2, 1, 0, 2, 1, 0), (3, 2, 1, 2, 2, 1)]
    of_fair = Scope(AS_OF, AS_OF, among=parse({"field": "source", "op": "is", "value": "fair"}))
    assert counts(scope=of_fair) == [(1, 1, 0, 1, 1, 0), (2, 1, 1, 1, 1, 1)]
    AccessRule.objects.create(
        role=Role.VIEWER, **{**FIRST_RULES[Role.VIEWER], "sees": "all", "masked": [Confidential.BIRTH_DATE]}
    )
    sight = create_user(Role.VIEWER).sight
    assert counts(sight=sight) == [], "fewer than five tell of single ones"
    drawing = BY_KEY["recommendations-offered"].drawing(Published.now(sight), ReaderWords("en_GB", "EUR"))
    assert drawing.finding == "Too few customers stand behind these numbers to be told."


def test_facts_of_before_the_upgrade_are_not_taken_for_nothing_noted():
    run = publish_facts(customer_dim=[{"customer_id": 1}])
    publish_advice(offered=1, bought=1, not_relevant=1)
    del run.manifest.fingerprints["feedback"]
    run.manifest.save()
    drawing = BY_KEY["recommendations-offered"].drawing(Published.now(), ReaderWords("en_GB", "EUR"))
    assert "Recompute, then ask again." in drawing.finding


def test_rules_between_two_products_with_their_names_and_whether_they_held():
    cup, saucer = create_product("Cup"), create_product("Saucer")
    publish_rules([(cup.pk, saucer.pk), (saucer.pk, cup.pk), (cup.pk, 10**9)])
    # Of four baskets three have a cup, two a saucer as well; a purchase of one product is none, nor is one paid back.
    baskets = {1: (1, (cup.pk, saucer.pk, 77)), 2: (1, (cup.pk, saucer.pk)), 3: (2, (cup.pk, 77)), 4: (None, (77, 78)),
               5: (2, (cup.pk,)), 6: (3, (cup.pk, saucer.pk))}  # fmt: skip
    publish_facts(
        orders=[{"order_id": pk, "customer_id": who, "ordered_date": AS_OF} for pk, (who, _) in baskets.items()],
        lines=[
            {"order_id": pk, "customer_id": who, "ordered_date": AS_OF, "product_id": product}
            for pk, (who, products) in baskets.items()
            for product in products
        ],
        refunds=[
            {"refund_id": 1, "order_id": 6, "customer_id": 3, "refunded_date": AS_OF, "total_minor": 1_000},
        ],
    )
    rules = advice_frames.product_rules(Published.now())
    assert rows(rules, "antecedent_name", "consequent_name", "held", "baskets", "joint_count", "customers") == [
        ("Cup", "Saucer", True, 4, 2, 1),
        ("Saucer", "Cup", False, 4, 2, 1),
    ]
    assert rules["confidence"].tolist() == pytest.approx([2 / 3, 1])
    assert rules["lift"].tolist() == pytest.approx([4 / 3, 4 / 3])
    assert rows(rules, "antecedent_customers", "consequent_customers") == [(2, 1), (1, 2)]


def test_who_is_not_told_of_few_learns_nothing_of_them_from_what_is_bought_or_done():
    AccessRule.objects.create(
        role=Role.VIEWER, **{**FIRST_RULES[Role.VIEWER], "sees": "all", "masked": [Confidential.BIRTH_DATE]}
    )
    people = [create_customer().pk for _ in range(13)]
    cup, saucer = create_product().pk, create_product().pk
    # Ten are loyal, of whom two have both; three are lost.
    publish_scores([(pk, 3, 9, 1_000, 5, 5, "loyal" if pk in people[:10] else "lost") for pk in people])
    bought = [(pk, cup) for pk in people[:8]] + [(pk, saucer) for pk in people[6:]]
    publish_rules([(cup, saucer)])
    publish_facts(
        orders=[{"order_id": pk, "customer_id": pk, "ordered_date": AS_OF} for pk in people],
        lines=[{"order_id": pk, "customer_id": pk, "ordered_date": AS_OF, "product_id": each} for pk, each in bought],
        products=[{"product_id": pk, "category_id": pk} for pk in (cup, saucer)],
        events=[{"customer_id": pk, "kind": "visit", "occurred_date": AS_OF} for pk in people[:1]],
    )
    told = []
    for sight in (EVERYTHING, create_user(Role.VIEWER).sight):
        published = Published.now(sight)
        pairs = map_frames.segments_and_categories(published, published.scores)
        paths = behaviour_frames.paths(published)
        told.append(
            (sorted(pairs["customers"]), len(advice_frames.product_rules(published)), sorted(paths["customers"]),
             paths.attrs["is_whole"])
        )  # fmt: skip
    assert told == [([0, 3, 4, 8], 1, [1, 12], True), ([], 0, [], False)]
