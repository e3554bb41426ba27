"""Lists that are walked by sets of ids: the same pages as without them."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import cycle, islice, pairwise

import pytest

from accounts.models import User
from accounts.visibility import EVERYTHING
from core import read_sets, walking
from core.id_sets import MOST_IDS
from core.paging import Part, page_of_parts
from customers.listing import CustomerListing
from customers.models import Address, Customer, UnsurePurchaseDay
from tests.analytics.filter_population import create_population
from tests.analytics.test_filters import sweep
from tests.factories import create_customer

pytestmark = pytest.mark.django_db

ORDERS = ("name", "-score", "recency", "-owner", "-since", "churn", "lifecycle", "-clv_next", "group", "owner")
TOGETHER = {"rfm.segment", "rfm.class"}
PURCHASES = {"first_order", "last_order", "orders", "channel"}
SIZE = 4


def pages(parts: list[Part[Customer]]) -> list[tuple[list[int], str, str]]:
    """The first two, and the first once more on the way back."""
    cursor, found = "", []
    for step in ("next_cursor", "previous_cursor", "next_cursor"):
        page = page_of_parts(parts, cursor=cursor, size=SIZE)
        found.append(([row.pk for row in page.rows], page.next_cursor, page.previous_cursor))
        cursor = getattr(page, step)
    return found


def test_sets_choose_the_same_customers_in_the_same_order_for_everybody(monkeypatch):
    population = create_population(size=40)
    seller = User.objects.filter(owned_customers__isnull=False, role="sales").first()
    assert seller is not None
    # Of the first of them what is kept does not tell when they bought last.
    UnsurePurchaseDay.objects.bulk_create(UnsurePurchaseDay(customer_id=each.pk) for each in population.people[:9])
    leaves = list(sweep(population))
    kept = next(leaf for leaf in leaves if leaf["field"] == "tags")
    pairs = [*islice(zip(leaves, leaves[7:], strict=False), 0, None, 9)]
    pairs += [(leaf, kept) for leaf in leaves if leaf["field"] in PURCHASES][::3]
    pairs += [
        (one, other) for one, other in pairwise(leaves) if one["field"] in TOGETHER and other["field"] in TOGETHER
    ]
    shapes = cycle(
        (
            lambda a, b: a,
            lambda a, b: {"and": [a, {"not": b}]},
            lambda a, b: {"and": [a, b]},
            lambda a, b: {"or": [{"not": a}, b]},
            lambda a, b: {"and": [a, {"or": [b, kept]}, {"not": kept}]},
            lambda a, b: {"or": [{"and": [a, kept]}, {"and": [b, {"not": a}]}]},
        )
    )
    seen, walked, lengths, ways = cycle((EVERYTHING, seller.sight)), 0, set(), set()
    for near in ("NEAR", "NEAR_IF_KNOWN", "NEAR_IF_QUICK", "NEAR_IF_DEAR"):
        monkeypatch.setattr(walking, near, 1)
    for number, (leaf, other) in enumerate(pairs):
        asked = {"sort": ORDERS[number % len(ORDERS)], "filter": json.dumps(next(shapes)(leaf, other))}
        sight = next(seen)
        listing = CustomerListing({**asked, "count": "exactly"}, sight=sight)
        parts = list(listing._parts())
        if any(part.among is None or part.chosen is None for part in parts):
            continue
        expected = pages([replace(part, among=None, chosen=None) for part in parts])
        # The way is walked on; or those who match are looked for.
        monkeypatch.setattr(walking, "FEW", 10_000 if number % 5 == 4 else -1)
        monkeypatch.setattr(read_sets, "MOST_IDS", 0 if number % 7 == 6 else MOST_IDS)
        assert pages(parts) == expected, asked
        assert listing.counted == (listing.matching.count(), True)
        lengths.add(len(expected[0][0]))
        ways.add(len(parts))
        walked += 1
    assert walked > 10
    assert {0, SIZE} <= lengths, "some are chosen and some are not"
    assert {1, len(Customer.Lifecycle)} <= ways, "one way, and those of the stages"


def test_quick_filters_are_sets_together_with_what_is_asked(monkeypatch):
    monkeypatch.setattr(walking, "NEAR", 1)
    monkeypatch.setattr(walking, "FEW", -1)
    for number in range(9):
        customer = create_customer(f"C {number}", source="web" if number > 2 else "", customer_since="2026-01-02")
        Address.objects.create(customer=customer, country="DE" if number % 2 else "FR", city="Bonn")
    lives = {"and": [{"field": "city", "op": "is", "value": "bonn"}, {"field": "source", "op": "is", "value": "WEB"}]}
    listing = CustomerListing({"country": "DE", "filter": json.dumps(lives), "sort": "-since"}, sight=EVERYTHING)
    (part,) = listing._parts()
    assert part.chosen is not None
    assert [row.name for row in listing.page.rows] == ["C 7", "C 5", "C 3"]


def test_an_id_far_beyond_all_others_is_found_without_sets(monkeypatch):
    monkeypatch.setattr(walking, "NEAR", 1)
    monkeypatch.setattr(walking, "FEW", -1)
    far = 2**45
    assert far > MOST_IDS
    for number, pk in enumerate((far, 70, 133, far - 64)):
        Address.objects.create(customer=create_customer(f"C {number}", pk=pk), city="Bonn")
    query = {"filter": json.dumps({"field": "city", "op": "is", "value": "Bonn"}), "sort": "name"}
    listing = CustomerListing(query, sight=EVERYTHING)
    assert [row.pk for row in listing.page.rows] == [far, 70, 133, far - 64]
    searched = CustomerListing({"q": f"#{far}", "sort": "-since"}, sight=EVERYTHING)
    assert [row.pk for row in searched.page.rows] == [far]
