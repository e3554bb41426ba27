import datetime as dt

import pandas as pd
import pytest

from reports.charts.revenue import revenue_by_month
from tests.reports.charts.drawn import cells, plain, validated
from tests.reports.charts.english import ENGLISH

COLUMNS = ["month", "orders", "gross_minor", "refunded_minor", "complete", "filter"]


def monthly(start: str, gross: list[int], *, refunded: int = 0, running: bool = False) -> pd.DataFrame:
    months = [period.to_timestamp().date() for period in pd.period_range(start, periods=len(gross), freq="M")]
    frame = pd.DataFrame({"month": months, "orders": 2, "gross_minor": gross, "refunded_minor": refunded})
    filters = [f"bought in {month:%Y-%m}" for month in months]
    return frame.assign(complete=[True] * (len(gross) - 1) + [not running], filter=filters)


@pytest.mark.parametrize(
    ("gross", "finding"),
    [
        ([100_000] + [90_000] * 11 + [125_000], "Jan 2026 brought €1,250, 25% more than Jan 2025"),
        ([100_000] + [90_000] * 11 + [80_000], "Jan 2026 brought €800, 20% less than Jan 2025"),
        ([100_000] + [90_000] * 11 + [100_400], "Jan 2026 brought €1,004, as much as Jan 2025"),
    ],
)
def test_title_compares_with_the_same_month_a_year_before(gross, finding):
    assert revenue_by_month(monthly("2025-01", gross), ENGLISH).finding == finding


def test_in_the_first_year_it_compares_with_the_month_before():
    drawing = revenue_by_month(monthly("2025-11", [50_000, 75_000]), ENGLISH)
    assert drawing.finding == "Dec 2025 brought €750, 50% more than Nov 2025"


def test_the_running_month_is_not_compared_but_hatched():
    drawing = revenue_by_month(monthly("2025-11", [50_000, 75_000, 1_000], running=True), ENGLISH)
    assert drawing.finding == "Dec 2025 brought €750, 50% more than Nov 2025"
    bars = validated(drawing).data[0]
    assert list(bars.marker.pattern.shape) == ["", "", "/"]
    assert bars.hovertext[2] == "Jan 2026 so far: €10 from 2 orders"
    assert bars.hovertext[1] == "Dec 2025: €750 from 2 orders"


def test_the_compared_months_stand_out_and_carry_their_amount():
    figure = plain(revenue_by_month(monthly("2025-11", [40_000, 50_000, 75_000]), ENGLISH))
    assert [colour == "var(--accent)" for colour in figure["data"][0]["marker"]["color"]] == [False, True, True]
    assert [(note["x"], note["text"]) for note in figure["layout"]["annotations"]] == [(1, "€500"), (2, "€750")]


def test_refunds_are_deducted_where_they_were_paid():
    drawing = revenue_by_month(monthly("2025-11", [50_000, 75_000], refunded=10_000), ENGLISH)
    assert list(validated(drawing).data[0].y) == [400.0, 650.0]
    assert cells(drawing) == [
        (dt.date(2025, 12, 1), 2, 75_000, 10_000, 65_000),
        (dt.date(2025, 11, 1), 2, 50_000, 10_000, 40_000),
    ]


def test_a_month_without_orders_is_a_month_with_nothing():
    sparse = monthly("2025-10", [50_000, 75_000, 60_000]).drop(index=1)
    drawing = revenue_by_month(sparse, ENGLISH)
    assert list(validated(drawing).data[0].y) == [500.0, 0.0, 600.0]
    assert drawing.finding == "Dec 2025 brought €600"


def test_more_refunds_than_orders_go_below_zero():
    drawing = revenue_by_month(monthly("2025-11", [50_000, 5_000], refunded=20_000), ENGLISH)
    figure = validated(drawing)
    assert list(figure.data[0].y) == [300.0, -150.0]
    assert figure.layout.yaxis.range[0] == pytest.approx(-165)
    assert drawing.finding == "Dec 2025 brought €-150"


def test_only_the_last_25_months_are_shown():
    drawing = revenue_by_month(monthly("2020-01", [10_000] * 40), ENGLISH)
    assert len(cells(drawing)) == 25
    assert cells(drawing)[0][0] == dt.date(2023, 4, 1)
    assert drawing.sample == "n = 50 orders"


def test_the_last_month_is_always_named_below():
    axis = validated(revenue_by_month(monthly("2024-01", [10_000] * 25), ENGLISH)).layout.xaxis
    assert axis.ticktext[-1] == "Jan<br>2026"
    assert axis.tickvals[-1] == 24


def test_one_month_so_far():
    drawing = revenue_by_month(monthly("2026-01", [12_300], running=True), ENGLISH)
    assert drawing.finding == "Jan 2026 has brought €123 so far"
    validated(drawing)


def test_no_orders():
    drawing = revenue_by_month(pd.DataFrame(columns=COLUMNS), ENGLISH)
    assert drawing.figure is None
    assert drawing.finding == "There are no orders in the last 25 months, so there is no revenue to show."
