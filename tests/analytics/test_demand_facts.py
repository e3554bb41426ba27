"""What was sold each day, as the forecasts see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pandas as pd
import pytest

from analytics.features import Facts
from analytics.snapshot import open_facts, take_snapshot
from customers.models import Category, Order
from tests.factories import create_customer, create_order, create_product, create_refund

pytestmark = pytest.mark.django_db(transaction=True)

FIRST, SECOND, LATER = dt.date(2026, 6, 1), dt.date(2026, 6, 2), dt.date(2026, 7, 1)


@pytest.fixture
def facts(context, transactional_db) -> Iterator[Facts]:
    """Two categories of one product each. An order of both is half paid back on the next day; much happens later."""
    buyer = create_customer("Buyer")
    tea, pot = (create_product(name, category=Category.objects.create(name=name)) for name in ("Tea", "Pot"))
    loose = create_product("Loose")
    both = create_order(buyer, on=FIRST, amount="20.00", products=[tea, pot])
    create_order(buyer, on=SECOND, amount="10.00", products=[tea])
    create_order(buyer, on=SECOND, amount="10.00", products=[loose])
    create_order(None, on=SECOND, amount="10.00", products=[tea], kind=Order.Kind.ADJUSTMENT)
    create_refund(order=both, on=SECOND, amount="10.00")
    create_refund(buyer, on=SECOND, amount="3.00")
    create_order(buyer, on=LATER, products=[tea])
    create_refund(order=both, on=LATER, amount="10.00")
    manifest = take_snapshot(context(), step=lambda table: None)
    with open_facts(manifest) as engine:
        yield Facts(engine, as_of=SECOND)


def rows(frame: pd.DataFrame) -> list[tuple]:
    return list(frame.assign(day=pd.to_datetime(frame["day"]).dt.date).itertuples(index=False, name=None))


def test_refunds_count_on_their_own_day_and_by_the_lines_of_their_order(facts):
    assert rows(facts.demand_totals()) == [(FIRST, 1, 2000), (SECOND, 2, 2000 - 1300)]
    tea, pot = Category.objects.order_by("pk").values_list("pk", flat=True)
    found = facts.demand_of_categories(since=FIRST, most=5)
    assert rows(found) == [(tea, FIRST, 1000), (tea, SECOND, 1000 - 500), (pot, FIRST, 1000), (pot, SECOND, -500)]


def test_the_highest_of_late_are_looked_at_and_pieces_stay_sold(facts):
    [tea, *_others] = Category.objects.order_by("pk").values_list("pk", flat=True)
    assert set(facts.demand_of_categories(since=FIRST, most=1)["category_id"]) == {tea}
    assert [row[1:] for row in rows(facts.demand_of_products(since=SECOND, most=1))] == [(FIRST, 1.0), (SECOND, 1.0)]
