"""What reports compute from facts: exact numbers for days, comparison, filter and reader."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.core.cache import cache
from django.utils import translation

from accounts.models import Role
from accounts.visibility import EVERYTHING
from customers.filters import apply, parse, parse_text
from customers.models import Customer
from reports import customer_frames, purchase_frames, spending_frames
from reports.cards import card
from reports.catalog import BY_KEY
from reports.frames import Published
from reports.scope import Scope
from reports.semantics.questions import BadQuestion
from reports.words import ReaderWords
from tests.factories import create_customer, create_order, create_team, create_user
from tests.reports.facts import publish_facts
from tests.reports.runs import AS_OF

pytestmark = pytest.mark.django_db

# So long that it is told by months.
SINCE = dt.date(2025, 6, 1)
NOVEMBER, DECEMBER, JANUARY = dt.date(2025, 11, 10), dt.date(2025, 12, 10), dt.date(2026, 1, 10)
# Buyer, day, minor units: one who comes each month, one who came last year too, one who came once, one on one day.
BOUGHT = (
    (0, NOVEMBER, 1_000), (0, DECEMBER, 3_000), (0, JANUARY, 2_000), (1, dt.date(2024, 12, 20), 9_000),
    (1, DECEMBER, 1_000), (2, DECEMBER, 5_000), (3, NOVEMBER, 2_000), (3, NOVEMBER, 4_000), (None, DECEMBER, 7_000),
)  # fmt: skip
EACH = Scope(SINCE, AS_OF)
MASKED = replace(EVERYTHING, masked=frozenset({"birth_date"}))
FAIR = {"field": "source", "op": "is", "value": "fair"}


@pytest.fixture
def customers(settings, tmp_path):
    settings.SNAPSHOT_DIR = tmp_path
    cache.clear()
    north = create_team("North")
    people = [create_customer(name, team=north, source="fair") for name in ("Ada", "Bea")]
    people += [create_customer(name, source="web") for name in ("Cleo", "Dora")]
    born = (1990, 1990, 1960, 3000)
    since = (NOVEMBER, dt.date(2024, 12, 20), DECEMBER, None)
    publish_facts(
        customer_dim=[
            {"customer_id": each.pk, "source": each.source, "birth_year": year, "since_date": day, "country": "DE"}
            for each, year, day in zip(people, born, since, strict=True)
        ],
        orders=[
            {"order_id": number, "customer_id": None if who is None else people[who].pk, "ordered_date": day,
             "total_minor": amount}
            for number, (who, day, amount) in enumerate(BOUGHT, start=1)
        ],
        # All of the one order of Cleo; a part of one of Ada's.
        refunds=[
            {"refund_id": 1, "order_id": 6, "customer_id": people[2].pk, "refunded_date": JANUARY,
             "total_minor": 5_000},
            {"refund_id": 2, "order_id": 2, "customer_id": people[0].pk, "refunded_date": JANUARY,
             "total_minor": 1_000},
        ],
        lines=[
            {"order_id": 1, "customer_id": people[0].pk, "ordered_date": NOVEMBER, "amount": 10, "cost": 6},
            {"order_id": 2, "customer_id": people[0].pk, "ordered_date": DECEMBER, "amount": 30},
        ],
    )  # fmt: skip
    for who, day, amount in BOUGHT:
        if who is not None and who != 2:
            create_order(people[who], on=day, amount=str(amount / 100))
    return people


def asked(scope=EACH, sight=EVERYTHING):
    return Published.now(sight, scope=scope)


def columns(frame, *names):
    return [tuple(row) for row in frame[list(names)].itertuples(index=False)]


def of_fair(scope=EACH):
    return replace(scope, among=parse(FAIR))


def test_revenue_by_period_with_the_year_before(customers):
    found = purchase_frames.sales(asked(replace(EACH, compare="year")))
    months = [dt.date(2025, 10, 1), dt.date(2025, 11, 1), dt.date(2025, 12, 1), dt.date(2026, 1, 1)]
    assert columns(found, "start", "gross_minor", "refunded_minor", "earlier_minor")[-4:] == [
        (months[0], 0, 0, 0), (months[1], 7_000, 0, 0), (months[2], 16_000, 0, 9_000), (months[3], 2_000, 6_000, 0)
    ]  # fmt: skip
    assert list(found["complete"]) == [*[True] * 7, False]
    filtered = purchase_frames.sales(asked(of_fair()))
    assert list(filtered["gross_minor"])[-4:] == [0, 1_000, 4_000, 2_000]
    assert "earlier_minor" not in filtered
    margins = purchase_frames.margins(asked())
    assert columns(margins, "amount_minor", "known_minor", "cost_minor")[-3:-1] == [(1_000, 1_000, 600), (3_000, 0, 0)]


def test_who_is_new_and_who_returns(customers):
    assert columns(purchase_frames.buyers(asked()), "new", "returning")[-4:] == [(0, 0), (2, 0), (0, 2), (0, 1)]


def test_cohorts_and_the_customers_behind_a_cell(customers):
    found = purchase_frames.cohorts(asked())
    november = dt.date(2025, 11, 1)
    # January is not over, and Cleo's only order was paid back.
    assert columns(found, "cohort", "months", "customers", "spent_minor") == [
        (november, 0, 2, 7_000), (november, 1, 1, 2_000)
    ]  # fmt: skip
    for row in found.itertuples():
        behind = apply(Customer.objects.live(), parse_text(str(row.filter)), sight=EVERYTHING)
        assert behind.count() == row.customers


def test_how_often_and_for_how_much(customers):
    counts = purchase_frames.purchase_counts(asked())
    assert columns(counts, "lowest", "customers") == [(1, 1), (2, 1), (3, 1)]
    assert counts.attrs == {"purchases": 6}
    for row in counts.itertuples():
        behind = apply(Customer.objects.live(), parse_text(str(row.filter)), sight=EVERYTHING)
        assert behind.count() == row.customers
    rates = spending_frames.purchase_rates(asked())
    years = (JANUARY - NOVEMBER).days / 365.25
    assert {name: rates.attrs[name] for name in ("rated", "once", "one_day")} == {"rated": 1, "once": 1, "one_day": 1}
    assert (rates.attrs["f"], rates.attrs["i"]) == pytest.approx((3 / years, 2 / years))
    spent = spending_frames.spending(asked())
    assert spent.attrs == {"median": 5_000, "whole": 12_000}
    assert spent["customers"].sum() == 3
    parts = purchase_frames.concentration(asked())
    assert columns(parts, "customers", "spent_minor") == [(1, 6_000), (1, 5_000), (1, 1_000)]


def test_names_are_those_of_whom_the_reader_sees(customers):
    found = purchase_frames.top_customers(asked())
    assert columns(found, "label", "orders", "spent_minor") == [
        ("Dora", 2, 6_000),
        ("Ada", 3, 5_000),
        ("Bea", 1, 1_000),
    ]
    northerner = create_user(Role.SALES, team=customers[0].team)
    customers[3].owner = create_user(Role.SALES)
    customers[3].save()
    seen = purchase_frames.top_customers(asked(sight=northerner.sight))
    assert list(seen["label"]) == ["Ada", "Bea"]


def test_who_is_not_told_of_few_is_told_of_none_of_them(customers):
    published = asked(sight=MASKED)
    assert purchase_frames.cohorts(published).empty
    assert purchase_frames.purchase_counts(published).empty
    assert spending_frames.spending(published).empty
    assert purchase_frames.concentration(published).empty
    assert spending_frames.purchase_rates(published).empty
    told = card(BY_KEY["cohorts-customers"], published, ReaderWords("en_GB", "EUR")).drawing
    assert told.finding == "Too few customers to tell you of."
    assert customer_frames.countries(published).empty
    with pytest.raises(BadQuestion):
        customer_frames.ages(published)
    hidden = card(BY_KEY["customers-age"], published, ReaderWords("en_GB", "EUR"))
    assert hidden.drawing.finding == "It is made of birth dates, which are hidden from you."
    assert hidden.advice == "", "which no import would change"


def test_ages_and_growth(customers):
    ages = customer_frames.ages(asked())
    # In 2026 those of 1990 turn 36, and one of 3000 is of no age.
    assert columns(ages, "label", "customers") == [
        ("35–39", 2), ("40–44", 0), ("45–49", 0), ("50–54", 0), ("55–59", 0), ("60–64", 0), ("65–69", 1), ("Unknown", 1)
    ]  # fmt: skip
    growth = customer_frames.growth(asked())
    assert columns(growth, "new", "total")[-4:] == [(0, 1), (1, 2), (1, 3), (0, 3)]
    assert growth.attrs == {"grain": "month", "before": 1, "unknown": 1}
    assert columns(customer_frames.countries(asked(of_fair())), "label", "customers") == [("Germany", 2)]


def test_weeks_start_where_the_readers_language_says(customers):
    weeks = Scope(dt.date(2025, 12, 1), dt.date(2026, 1, 16))
    assert weeks.grain == "week"
    with translation.override("en"):
        sundays = Scope.first(AS_OF).sunday_weeks
    with translation.override("zh-hans"):
        mondays = not Scope.first(AS_OF).sunday_weeks
    assert sundays
    assert mondays
    # The tenth of December 2025 is a Wednesday.
    for is_sunday, first in ((True, dt.date(2025, 12, 7)), (False, dt.date(2025, 12, 8))):
        found = purchase_frames.sales(asked(replace(weeks, sunday_weeks=is_sunday)))
        assert found.loc[found["gross_minor"] == 16_000, "start"].tolist() == [first]
        asked_of = asked(replace(weeks, sunday_weeks=is_sunday)).question("orders", "week")
        assert asked_of.sunday_weeks is is_sunday
