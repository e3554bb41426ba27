import datetime as dt

import pandas as pd

from reports.charts.value import best_customers, value_by_segment
from tests.reports.charts.drawn import cells, validated
from tests.reports.charts.english import ENGLISH


def customers(*rows: tuple[str, int, int, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["label", "expected_minor", "least_minor", "most_minor"])
    days = pd.Series([dt.date(2026, 7, 1), *[None] * len(rows)][: len(rows)], dtype="object")
    return frame.assign(alive=0.9, next_date=days, customer_id=range(1, len(rows) + 1))


def segments(*rows: tuple[str, int, float, float | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["segment", "customers", "mean", "deviation"]).astype({"deviation": "float64"})
    return frame.assign(label=frame["segment"].str.title(), tone="good", filter=frame["segment"])


def test_title_sums_the_best_customers():
    drawing = best_customers(customers(("Ada", 50_000, 10_000, 90_000), ("Bo", 20_000, 20_000, 20_000)), ENGLISH)
    assert drawing.finding == "€700 are expected of the 2 best customers in 12 months; Ada: €500"
    assert cells(drawing)[1] == ("Bo", 20_000, 20_000, 20_000, 0.9, "–")
    [bars] = validated(drawing).data
    assert (list(bars.error_x.array), list(bars.error_x.arrayminus)) == ([400, 0], [400, 0])
    assert list(bars.customdata) == ["1", "2"]


def test_one_customer_of_whom_nothing_is_expected():
    drawing = best_customers(customers(("Ada", 0, 0, 0)), ENGLISH)
    assert drawing.finding == "Ada will spend €0 in 12 months"
    assert cells(drawing)[0][-1] == "1 Jul 2026"
    validated(drawing)


def test_segments_differ_or_do_not():
    apart = value_by_segment(segments(("champions", 10, 0.9, 0.1), ("lost", 30, 0.1, None)), ENGLISH)
    assert apart.finding == "Composite value: Champions 1, Lost 0"
    assert apart.sample == "n = 40 customers"
    [marks] = validated(apart).data
    assert (list(marks.error_x.array), list(marks.customdata)) == ([0.1, 0], ["champions", "lost"])
    alike = value_by_segment(segments(("champions", 10, 0.51, 0.1), ("lost", 30, 0.5, 0.1)), ENGLISH)
    assert alike.finding == "Composite value is much the same in all segments: 1"


def test_without_a_run_it_says_so():
    assert best_customers(customers(), ENGLISH).figure is None
    assert value_by_segment(segments(), ENGLISH).figure is None
