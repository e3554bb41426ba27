import datetime as dt

import pytest

from reports.frames import Published
from reports.key_figures import KeyFigure, key_figures
from tests.reports.charts.english import ENGLISH
from tests.reports.runs import AS_OF, publish_days, publish_scores

pytestmark = pytest.mark.django_db

LAST_YEAR = AS_OF - dt.timedelta(days=400)
TWO_YEARS_AGO = AS_OF - dt.timedelta(days=729)


def figures() -> dict[str, KeyFigure]:
    return {figure.label: figure for figure in key_figures(Published.now(), ENGLISH)}


def test_revenue_is_compared_with_the_12_months_before():
    publish_days([(TWO_YEARS_AGO, 4, 4, 4, 4, 100_000, 20_000), (AS_OF, 5, 5, 1, 5, 110_000, 10_000)])
    revenue = figures()["Revenue, 12 months"]
    assert (revenue.value, revenue.note) == ("€1,000", "refunds of €100 deducted")
    assert (revenue.change, revenue.direction, revenue.tone) == ("+25% on the year before", "up", "good")


def test_less_revenue_is_bad_and_the_same_is_neither():
    publish_days([(TWO_YEARS_AGO, 4, 4, 4, 4, 100_000, 0), (AS_OF, 5, 5, 1, 5, 50_000, 0)])
    revenue, average = figures()["Revenue, 12 months"], figures()["Average order, 12 months"]
    assert (revenue.change, revenue.direction, revenue.tone) == ("−50% on the year before", "down", "bad")
    assert (average.value, average.change) == ("€100.00", "−60% on the year before")
    publish_days([(TWO_YEARS_AGO, 4, 4, 4, 4, 100_000, 0), (AS_OF, 4, 4, 1, 4, 100_300, 0)])
    revenue = figures()["Revenue, 12 months"]
    assert (revenue.change, revenue.direction, revenue.tone) == ("as in the year before", "", "")


def test_a_year_that_the_data_do_not_cover_is_compared_with_nothing():
    publish_days([(LAST_YEAR, 4, 4, 4, 4, 100_000, 0), (AS_OF, 5, 5, 1, 5, 110_000, 0)])
    assert figures()["Revenue, 12 months"].change == ""
    assert figures()["Average order, 12 months"].change == ""


def test_buyers_are_those_of_the_window_and_the_new_ones_are_compared():
    publish_scores()
    publish_days([(TWO_YEARS_AGO, 4, 4, 4, 4, 1_000, 0), (AS_OF, 3, 3, 2, 3, 1_000, 0)])
    buyers = figures()["Buyers, 12 months"]
    assert (buyers.value, buyers.note) == ("3", "of 5 customers")
    assert buyers.change == "2 new, 4 the year before"
    assert (buyers.direction, buyers.tone) == ("down", "bad")


def test_value_at_risk_is_compared_with_the_run_before():
    publish_scores([(1, 200, 5, 20_000, 1, 4, "at_risk")], as_of=dt.date(2026, 1, 1))
    publish_scores([(1, 200, 5, 20_000, 1, 4, "at_risk"), (2, 300, 9, 70_000, 1, 5, "cannot_lose_them")])
    at_risk = figures()["Value at risk"]
    assert (at_risk.value, at_risk.note) == ("€900", "bought by 2 customers")
    assert (at_risk.change, at_risk.direction, at_risk.tone) == ("+€700 since 1 Jan 2026", "up", "bad")
    assert at_risk.url == "/customers/?segment=at_risk"


def test_less_value_at_risk_is_good():
    publish_scores(as_of=dt.date(2026, 1, 1))
    publish_scores([(1, 3, 9, 90_000, 5, 5, "champions")])
    at_risk = figures()["Value at risk"]
    assert (at_risk.value, at_risk.change, at_risk.tone) == ("€0", "−€200 since 1 Jan 2026", "good")


def test_after_one_run_value_at_risk_stands_alone():
    publish_scores()
    assert figures()["Value at risk"].change == ""


def test_what_has_not_been_published_is_left_out():
    assert figures() == {}
    publish_scores()
    assert list(figures()) == ["Buyers, 12 months", "Value at risk"]
    publish_days()
    assert list(figures()) == ["Revenue, 12 months", "Buyers, 12 months", "Value at risk", "Average order, 12 months"]


def test_a_year_of_refunds_only_has_no_average_order():
    publish_days([(AS_OF, 0, 0, 0, 0, 0, 5_000)])
    assert figures()["Average order, 12 months"].value == "—"
    assert figures()["Revenue, 12 months"].value == "€-50"
