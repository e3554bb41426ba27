"""The charts of what was sold and to whom: their numbers and what they say of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.charts.buyers_over_time import new_and_returning
from reports.charts.cohorts import customers_again, money_again, retained, sums_of_months
from reports.charts.margins import margin_over_time
from reports.charts.pareto import concentration_of_revenue
from reports.charts.purchases import purchases_per_customer, rates_of_purchase, spending_per_customer
from reports.charts.sales import revenue_over_time
from reports.charts.top_customers import customers_by_spending
from tests.reports.charts.drawn import cells, plain, validated
from tests.reports.charts.english import ENGLISH

JANUARY, FEBRUARY = dt.date(2026, 1, 1), dt.date(2026, 2, 1)


def with_attrs(frame: pd.DataFrame, **attrs: Any) -> pd.DataFrame:
    frame.attrs.update(attrs)
    return frame


def test_revenue_stands_beside_the_days_before_and_what_was_paid_back_on_top():
    frame = pd.DataFrame(
        {
            "start": [JANUARY, FEBRUARY],
            "orders": [3, 2],
            "gross_minor": [30_000, 20_000],
            "refunded_minor": [5_000, 0],
            "earlier_minor": [20_000, 10_000],
            "complete": [True, False],
            "filter": ["a", "b"],
            "earlier_filter": ["c", "d"],
        }
    )
    earlier = (dt.date(2025, 1, 1), dt.date(2025, 2, 20))
    drawing = revenue_over_time(with_attrs(frame, grain="month", earlier_days=earlier), ENGLISH)
    assert drawing.finding == "€450, +50% against 1 Jan 2025 – 20 Feb 2025; 10% was paid back"
    net, refunded, before = validated(drawing).data
    assert (list(net.y), list(refunded.y), list(before.y)) == ([250, 200], [50, 0], [200, 100])
    assert list(net.marker.pattern.shape) == ["", "/"]
    assert (list(net.customdata), list(before.customdata)) == (["a", "b"], ["c", "d"])
    assert cells(drawing)[1] == ("Jan 2026", 3, 30_000, 5_000, 25_000, 20_000)
    assert drawing.sample == "n = 5 orders"


def test_the_margin_is_of_what_the_cost_is_known_of():
    frame = pd.DataFrame(
        {
            "start": [JANUARY, FEBRUARY],
            "amount_minor": [100_000.0, 100_000.0],
            "known_minor": [100_000.0, 0.0],
            "cost_minor": [60_000.0, 0.0],
            "complete": [True, True],
            "filter": ["", ""],
        }
    )
    drawing = margin_over_time(with_attrs(frame, grain="month"), ENGLISH)
    assert drawing.finding == "The margin is €400, 40% of the amount whose cost is known"
    assert drawing.sample == "The cost is known of 50% of the amount"
    assert plain(drawing)["data"][1]["y"] == [0.4, None]
    unknown = margin_over_time(with_attrs(frame.assign(known_minor=0.0), grain="month"), ENGLISH)
    assert unknown.figure is None


def test_buyers_are_new_once():
    frame = pd.DataFrame(
        {"start": [JANUARY, FEBRUARY], "new": [3, 1], "returning": [0, 3], "complete": [True, True], "filter": ["", ""]}
    )
    drawing = new_and_returning(with_attrs(frame, grain="month"), ENGLISH)
    expected = (
        "4 buyers bought for the first time; new were 100% of the buyers at first (Jan 2026), 25% at last (Feb 2026)"
    )
    assert drawing.finding == expected
    assert cells(drawing) == [("Feb 2026", 4, 1, 3, 0.25), ("Jan 2026", 3, 3, 0, 1.0)]


COHORTS = pd.DataFrame(
    [(JANUARY, 0, 10, 1_000), (JANUARY, 1, 4, 800), (FEBRUARY, 0, 20, 500)],
    columns=["cohort", "months", "customers", "spent_minor"],
).assign(filter="f")


def test_a_cohort_is_a_share_of_its_first_month():
    assert list(retained(COHORTS, "customers")["share"]) == [1, 0.4, 1]
    drawing = customers_again(COHORTS, ENGLISH)
    assert drawing.finding == "40% of new buyers bought again in month 1"
    [heat] = validated(drawing).data
    assert [list(line) for line in heat.text] == [["100%", "40%"], ["100%", ""]]
    assert plain(drawing)["data"][0]["z"] == [[0.4, 0.4], [0.4, None]]
    assert drawing.sample == "n = 30 new buyers"
    money = money_again(COHORTS, ENGLISH)
    assert money.finding == "In month 1 new buyers spent 80% of what they had spent in their first"


def test_cohorts_of_which_nobody_came_again_count_too_and_those_that_are_not_told():
    nobody = pd.concat([COHORTS, pd.DataFrame([{**COHORTS.iloc[2], "months": 1, "customers": 0, "spent_minor": 0}])])
    drawing = customers_again(nobody.reset_index(drop=True), ENGLISH)
    assert drawing.finding == "13.3% of new buyers bought again in month 1"
    [heat] = validated(drawing).data
    assert list(heat.text[1]) == ["100%", "0%"]
    told = with_attrs(COHORTS[:2], all={"customers": 30}, of_months=sums_of_months(nobody))
    drawing = customers_again(told, ENGLISH)
    assert (drawing.finding, drawing.sample) == ("13.3% of new buyers bought again in month 1", "n = 30 new buyers")


COHORT_ROWS = st.tuples(st.integers(1, 12), st.integers(0, 13), st.integers(1, 50), st.integers(0, 3))


@given(st.lists(COHORT_ROWS, min_size=1, max_size=40, unique_by=lambda row: row[:2]))
@settings(max_examples=25, deadline=None)
def test_month_0_is_100_percent_whatever_the_cohorts(rows):
    """Also where nobody spent anything in the first month, or that month is not over and so is missing."""
    made = [(dt.date(2025, month, 1), since, customers, spent) for month, since, customers, spent in rows]
    frame = pd.DataFrame(made, columns=["cohort", "months", "customers", "spent_minor"])
    for value in ("customers", "spent_minor"):
        shown = retained(frame, value)
        assert (shown.loc[shown["months"] == 0, "share"] == 1).all()
        assert shown["share"].ge(0).all()
        assert set(shown["cohort"]) == set(frame.loc[(frame["months"] == 0) & (frame[value] > 0), "cohort"])


def test_the_best_buyers_bring_most():
    frame = pd.DataFrame(
        {"customers": [1] * 5, "spent_minor": [600, 100, 100, 100, 100], "filter": ["a", "b", "c", "d", "e"]}
    )
    drawing = concentration_of_revenue(frame, ENGLISH)
    assert drawing.finding == "The best 20% of the buyers brought 60% of the revenue"
    curve = plain(drawing)["data"][1]
    assert (curve["y"], curve["customdata"]) == ([0, 0.6, 0.7, 0.8, 0.9, 1], ["", "a", "b", "c", "d", "e"])
    assert cells(drawing)[1] == (0.4, 2, 700, 0.7)
    assert concentration_of_revenue(frame[:0], ENGLISH).figure is None


def test_top_customers_lead_to_their_pages_where_somebody_may_see_them():
    frame = pd.DataFrame(
        {"customer_id": ["7", ""], "label": ["Ada", ""], "orders": [3, 1], "spent_minor": [30_000, 10_000]}
    )
    drawing = customers_by_spending(with_attrs(frame, whole_minor=80_000, buyers=9), ENGLISH)
    assert drawing.finding == "The first 2 of 9 buyers brought 50%"
    [bars] = validated(drawing).data
    assert list(bars.customdata) == ["7", ""]
    assert cells(drawing)[1] == ("No longer in the list", 1, 10_000, 0.125)


def test_one_time_buyers_stand_apart():
    counts = pd.DataFrame({"lowest": [1, 2, 6], "highest": [1, 2, 10], "customers": [5, 4, 1], "filter": ["", "", ""]})
    drawing = purchases_per_customer(with_attrs(counts, purchases=20), ENGLISH)
    assert drawing.finding == "50% of the buyers bought once; a buyer has 2 purchases on average"
    assert [row[0] for row in cells(drawing)] == ["1", "2", "6–10"]
    colours = plain(drawing)["data"][0]["marker"]["color"]
    assert colours[0] != colours[1] == colours[2]
    told = with_attrs(counts[1:], purchases=20, all={"customers": 10, "once": 5})
    drawing = purchases_per_customer(told, ENGLISH)
    assert drawing.finding == "50% of the buyers bought once; a buyer has 2 purchases on average"
    assert drawing.sample == "n = 10 buyers"
    rates = pd.DataFrame({"lowest": [0, 1, 2], "below": [1, 2, None]})
    rates = rates.assign(f_customers=[0, 1, 2], i_customers=[1, 2, 0])
    known = {"f": 3.04, "i": 1.52, "rated": 3, "once": 5, "one_day": 2}
    drawing = rates_of_purchase(with_attrs(rates, **known), ENGLISH)
    assert drawing.sample == "n = 3 repeat buyers; apart: 5 who bought once, 2 on one day alone"
    assert [row[0] for row in cells(drawing)] == ["< 1", "1–2", "≥ 2"]
    assert rates_of_purchase(with_attrs(rates, **{**known, "rated": 0}), ENGLISH).figure is None


def test_spending_is_told_in_ranges():
    frame = pd.DataFrame({"lowest_minor": [0, 1_000], "highest_minor": [1_000, None], "customers": [3, 1]})
    drawing = spending_per_customer(with_attrs(frame, median=500.0, whole=4_000.0), ENGLISH)
    assert drawing.finding == "Half of the buyers spent €5 or less; the average is €10"
    assert cells(drawing) == [("< €10", 3, 0.75), ("≥ €10", 1, 0.25)]
