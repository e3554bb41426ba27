import datetime as dt

import pandas as pd
import pytest

from reports.charts.buyers import new_and_returning_buyers
from tests.reports.charts.drawn import cells, plain, validated
from tests.reports.charts.english import ENGLISH

FILTERS = ["filter", "new_filter", "returning_filter"]
COLUMNS = ["month", "new_buyers", "returning_buyers", "complete", *FILTERS]


def monthly(start: str, counts: list[tuple[int, int]], *, running: bool = False) -> pd.DataFrame:
    months = [period.to_timestamp().date() for period in pd.period_range(start, periods=len(counts), freq="M")]
    frame = pd.DataFrame(counts, columns=["new_buyers", "returning_buyers"]).assign(month=months)
    said = {name: [f"{name} {month:%Y-%m}" for month in months] for name in FILTERS}
    return frame.assign(complete=[True] * (len(counts) - 1) + [not running], **said)


def test_bars_stack_the_new_on_the_returning():
    drawing = new_and_returning_buyers(monthly("2025-11", [(10, 30), (20, 40)]), ENGLISH)
    returning, new = validated(drawing).data
    assert (returning.name, list(returning.y)) == ("Returning", [30, 40])
    assert (new.name, list(new.y)) == ("New", [10, 20])
    assert (returning.customdata[1], new.customdata[0]) == ("returning_filter 2025-12", "new_filter 2025-11")
    assert plain(drawing)["layout"]["barmode"] == "stack"
    assert cells(drawing)[0] == (dt.date(2025, 12, 1), 60, 20, 40, pytest.approx(2 / 3))
    assert drawing.sample == "n = 30 new buyers"


def test_title_gives_the_share_of_the_last_month_that_is_over():
    drawing = new_and_returning_buyers(monthly("2025-11", [(10, 30), (1, 0)], running=True), ENGLISH)
    assert drawing.finding == "75% of the buyers in Nov 2025 had bought before"
    assert validated(drawing).data[1].hovertext[1] == "Dec 2025 so far: 1 New"


@pytest.mark.parametrize(
    ("last", "ending"),
    [
        ((100, 900), "up from 60% in Jan 2025"),
        ((700, 300), "down from 60% in Jan 2025"),
        ((390, 610), "about as in Jan 2025 (60%)"),
    ],
)
def test_a_difference_that_chance_alone_makes_is_none(last, ending):
    counts = [(400, 600)] + [(1, 1)] * 11 + [last]
    finding = new_and_returning_buyers(monthly("2025-01", counts), ENGLISH).finding
    assert finding.endswith(f"of the buyers in Jan 2026 had bought before, {ending}")


def test_the_same_difference_among_few_buyers_is_noise():
    few, many = [(4, 6), *[(1, 1)] * 11, (1, 9)], [(400, 600), *[(1, 1)] * 11, (100, 900)]
    assert "about as in" in new_and_returning_buyers(monthly("2025-01", few), ENGLISH).finding
    assert "up from" in new_and_returning_buyers(monthly("2025-01", many), ENGLISH).finding


def test_a_month_without_buyers():
    drawing = new_and_returning_buyers(monthly("2025-11", [(1, 1), (0, 0)]), ENGLISH)
    assert drawing.finding == "Nobody bought in Dec 2025"
    validated(drawing)


def test_the_first_month_is_not_over():
    drawing = new_and_returning_buyers(monthly("2026-01", [(3, 0)], running=True), ENGLISH)
    assert drawing.finding == "No month is over yet"
    validated(drawing)


def test_no_buyers():
    assert new_and_returning_buyers(pd.DataFrame(columns=COLUMNS), ENGLISH).figure is None
