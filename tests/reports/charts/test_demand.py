import datetime as dt
from typing import Any

import pandas as pd
import pytest

from reports.charts.demand import demand_anomalies, demand_components, demand_forecast
from tests.reports.charts.drawn import cells, plain, validated
from tests.reports.charts.english import ENGLISH


def series(
    *, grain: str = "month", unit: str = "money", anomalies: tuple[int, ...] = (), season: int = 12
) -> pd.DataFrame:
    """Twenty-four periods from January 2024 on, and one to come; December is half above the trend."""
    first = pd.Period("2024-01-01", "M" if grain == "month" else "W-SUN")
    rows: list[dict[str, Any]] = []
    for place in range(25):
        is_december = place % 12 == 11
        expected = 1000.0 * (100 + place) * (1.5 if is_december else 1.0)
        value = None if place == 24 else expected * (2 if place in anomalies else 1)
        rows.append(
            {
                "start_date": (first + place).start_time.date(),
                "value": value,
                "expected": expected,
                "low": 0.8 * expected,
                "high": 1.2 * expected,
                "is_anomaly": place in anomalies,
                "trend": 1000.0 * (100 + place),
                "season_share": 0.5 if is_december else -0.05,
                "filter": "" if value is None else f"who bought in period {place}",
            }
        )
    constant: dict[str, Any] = {"label": "Revenue", "unit": unit, "grain": grain, "season": season, "model": "Theta"}
    return pd.DataFrame(rows).assign(**constant).astype({"value": float})


def test_the_forecast_says_what_is_expected_and_by_which_model():
    drawing = demand_forecast(series(), ENGLISH)
    assert drawing.finding == "Revenue: €1,240 expected in Jan 2026, in 80 of 100 cases from €992 to €1,488"
    assert (drawing.sample, drawing.unit) == ("n = 24 months · by: Theta", "EUR a month, refunds deducted")
    assert cells(drawing) == [(dt.date(2026, 1, 1), 124_000, 99_200, 148_800)]


def test_the_line_of_what_is_to_come_begins_where_the_known_one_ends():
    _low, high, known, coming = validated(demand_forecast(series(), ENGLISH)).data
    assert (known.x[-1], known.y[-1]) == (coming.x[0], coming.y[0]) == (23, 1845.0)
    assert list(high.y) == [1845.0, 1488.0]
    assert (coming.line.dash, coming.hovertext[-1]) == ("dot", "Jan 2026: €1,240")
    assert (known.customdata[-1], coming.customdata[-1]) == ("who bought in period 23", "")


@pytest.mark.parametrize(
    ("anomalies", "finding"),
    [
        ((), "Revenue: nothing stood out in 24 periods"),
        ((2, 5), "Revenue: 2 of 24 periods stood out, last Jun 2024: €2,100 instead of €840 to €1,260"),
    ],
)
def test_what_stood_out_is_counted_and_marked(anomalies, finding):
    drawing = demand_anomalies(series(anomalies=anomalies), ENGLISH)
    assert drawing.finding == finding
    marks = plain(drawing)["data"][-1]
    assert (marks["x"], marks["marker"]["symbol"]) == (list(anomalies), "diamond")
    readings = [row[-1] for row in reversed(cells(drawing))]
    assert [place for place, reading in enumerate(readings) if reading == "stands out"] == list(anomalies)


def test_the_parts_name_the_strongest_month_and_the_way_of_the_trend():
    drawing = demand_components(series(), ENGLISH)
    assert drawing.finding == "Revenue: Dec is strongest (+50%); the trend went from €1,110 to €1,230 in a year"
    trend, season, remainder = validated(drawing).data
    assert trend.y[-1] == 1230.0
    assert (season.x[-1], season.y[-1], season.hovertext[-1]) == (11, 0.5, "Dec: +50%")
    assert set(remainder.y) == {0.0}


def test_weeks_have_no_season_and_pieces_no_currency():
    drawing = demand_components(series(grain="week", unit="pieces", season=1), ENGLISH)
    assert drawing.finding == "Revenue: the trend went from 100,000 to 123,000 since the week from 1 Jan 2024"
    assert drawing.unit == "pieces a week"
    assert len(plain(drawing)["data"]) == 2
    assert cells(drawing)[-1] == ("1 Jan 2024", 100_000, 100_000, 0)
