import datetime as dt

import pandas as pd

from reports.charts.behaviour import behaviour_over_time, funnel
from tests.reports.charts.drawn import cells, validated
from tests.reports.charts.english import ENGLISH

STEPS = ("came", "viewed", "carted", "bought")


def steps(*customers: int, earlier: list[int] | None = None) -> pd.DataFrame:
    rows = list(zip(STEPS, customers, strict=False))
    frame = pd.DataFrame(rows, columns=["step", "customers"])
    beside = pd.Series(earlier, dtype="float64") if earlier else float("nan")
    return frame.assign(filter="", earlier=beside, earlier_filter="")


def periods(measure: str, *values: float, earlier: list[float] | None = None) -> pd.DataFrame:
    days = [dt.date(2026, 6, 1) + dt.timedelta(days=7 * place) for place in range(len(values))]
    frame = pd.DataFrame({"measure": measure, "period": days, "value": values, "grain": "week", "complete": True})
    frame["filter"] = [f"of {day}" for day in days]
    beside = pd.Series(earlier, dtype="float64") if earlier else pd.Series([float("nan")] * len(values))
    return frame.assign(earlier=beside, earlier_total=beside.sum())


def test_title_names_the_step_that_most_do_not_reach():
    drawing = funnel(steps(200, 150, 50, 40), ENGLISH)
    assert drawing.finding == "20% of those who came bought in the end; most do not get to: Put into the cart"
    assert cells(drawing)[2] == ("Put into the cart", 50, 0.25, 50 / 150)
    [bars] = validated(drawing).data
    assert list(bars.x) == [200, 150, 50, 40]


def test_the_earlier_days_stand_beside():
    drawing = funnel(steps(10, 10, 10, 10, earlier=[20, 15, 5, 1]), ENGLISH)
    assert drawing.finding == "All who came bought in the end"
    assert cells(drawing)[3] == ("Bought", 10, 1.0, 1.0, 1.0)
    _now, earlier = validated(drawing).data
    assert list(earlier.x) == [20, 15, 5, 1]


def test_one_customer_who_did_not_buy_and_nobody():
    drawing = funnel(steps(1, 0, 0, 0), ENGLISH)
    assert drawing.sample == "n = 1 customer"
    validated(drawing)
    assert funnel(steps(0, 0, 0, 0), ENGLISH).figure is None
    assert funnel(steps(), ENGLISH).figure is None


def test_title_sums_each_measure_against_the_earlier_days():
    frame = pd.concat(
        [
            periods("visits", 6, 6, earlier=[5, 5]),
            periods("clicks", 3, 1, earlier=[4, 0]),
            periods("purchases", 1, 0, earlier=[0, 0]),
        ]
    )
    drawing = behaviour_over_time(frame, ENGLISH)
    assert drawing.finding == "Visits: 12 (+20%) · Clicks: 4 (±0) · Purchases: 1"
    assert cells(drawing)[:2] == [("Visits", "1 Jun 2026", 6, 5), ("Visits", "8 Jun 2026", 6, 5)]
    drawn = validated(drawing).data
    assert [list(trace.y) for trace in drawn[:2]] == [[5, 5], [6, 6]]
    assert [trace.xaxis for trace in drawn] == ["x", "x", "x2", "x2", "x3", "x3"]


def test_a_single_period_is_a_mark_and_a_shorter_earlier_time_has_a_gap():
    alone = behaviour_over_time(periods("visits", 3), ENGLISH)
    assert [trace.mode for trace in validated(alone).data] == ["lines", "markers"]
    frame = periods("visits", 3, 4, earlier=[2, float("nan")])
    assert list(validated(behaviour_over_time(frame, ENGLISH)).data[0].y) == [2, None]


def test_a_part_of_a_period_is_a_ring_and_no_point_of_the_line():
    frame = periods("visits", 3, 4, 1).assign(complete=[True, True, False])
    line, ring = validated(behaviour_over_time(frame, ENGLISH)).data
    assert (list(line.y), list(ring.x), list(ring.y)) == ([3, 4, None], [2], [1])
    assert list(line.customdata)[2:] == list(ring.customdata) == ["of 2026-06-15"]


def test_without_a_deed_it_says_so():
    assert behaviour_over_time(periods("visits", 0, 0), ENGLISH).figure is None
    assert behaviour_over_time(periods("visits"), ENGLISH).figure is None
