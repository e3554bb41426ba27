"""Lists that are walked by sets of ids: the same pages as without them."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import cycle, islice

import pytest

from accounts.models import User
from accounts.visibility import EVERYTHING
from core import id_sets, walking
from core.paging import Part, page_of_parts
from customers.listing import CustomerListing
from customers.models import Address, Customer
from tests.analytics.filter_population import create_population
from tests.analytics.test_filters import sweep
from tests.factories import create_customer

pytestmark = pytest.mark.django_db

ORDERS = ("name", "-score", "recency", "-since", "churn", "-clv_next", "group")
SIZE = 4


def pages(part: Part[Customer]) -> list[tuple[list[int], str, str]]:
    """The first two, and the first once more on the way back."""
    cursor, found = "", []
    for step in ("next_cursor", "previous_cursor", "next_cursor"):
        page = page_of_parts([part], cursor=cursor, size=SIZE)
        found.append(([row.pk for row in page.rows], page.next_cursor, page.previous_cursor))
        cursor = getattr(page, step)
    return found


def test_sets_choose_the_same_customers_in_the_same_order_for_everybody(monkeypatch):
    population = create_population(size=40)
    seller = User.objects.filter(owned_customers__isnull=False, role="sales").first()
    assert seller is not None
    leaves = list(sweep(population))
    shapes = cycle((lambda a, b: a, lambda a, b: {"and": [a, {"not": b}]}, lambda a, b: {"or": [{"not": a}, b]}))
    seen, walked, lengths = cycle((EVERYTHING, seller.sight)), 0, set()
    monkeypatch.setattr(walking, "NEAR", 1)
    for number, (leaf, other) in enumerate(islice(zip(leaves, leaves[7:], strict=False), 0, None, 9)):
        asked = {"sort": ORDERS[number % len(ORDERS)], "filter": json.dumps(next(shapes)(leaf, other))}
        (part,) = CustomerListing(asked, sight=next(seen))._parts()
        if part.among is None or part.chosen is None or part.likely is not None:
            continue
        expected = pages(replace(part, among=None, chosen=None))
        # The way is walked on; or those who match are looked for.
        monkeypatch.setattr(walking, "FEW", 10_000 if number % 5 == 4 else -1)
        assert pages(part) == expected, asked
        lengths.add(len(expected[0][0]))
        walked += 1
    assert walked > 10
    assert {0, SIZE} <= lengths, "some are chosen and some are not"


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
    assert far > id_sets.MOST_IDS
    for number, pk in enumerate((far, 70, 133, far - 64)):
        Address.objects.create(customer=create_customer(f"C {number}", pk=pk), city="Bonn")
    query = {"filter": json.dumps({"field": "city", "op": "is", "value": "Bonn"}), "sort": "name"}
    listing = CustomerListing(query, sight=EVERYTHING)
    assert [row.pk for row in listing.page.rows] == [far, 70, 133, far - 64]
