import pandas as pd

from reports.charts.churn import churn_probabilities, money_at_risk
from tests.reports.charts.drawn import cells, validated
from tests.reports.charts.english import ENGLISH


def twentieths(*rows: tuple[int, int, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["twentieth", "customers", "tone"])
    return frame.assign(filter=[f"part {place}" for place in frame["twentieth"]], days=90)


def bands(*rows: tuple[str, int, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["churn", "customers", "monetary_minor"])
    return frame.assign(
        label=frame["churn"].str.title(),
        tone="bad",
        is_risky=frame["churn"] == "high",
        probability=0.5,
        filter=frame["churn"],
    )


def test_title_counts_who_is_likelier_to_stay_away_than_not():
    drawing = churn_probabilities(
        twentieths((0, 60, "good"), (9, 10, "neutral"), (10, 5, "neutral"), (19, 25, "bad")), ENGLISH
    )
    assert drawing.finding == "30% of the buyers are more likely than not to buy nothing within 90 days"
    assert [row[:2] for row in cells(drawing)] == [
        ("0% – 4%", 60), ("45% – 49%", 10), ("50% – 54%", 5), ("95% – 100%", 25),
    ]  # fmt: skip
    [bars] = validated(drawing).data
    assert list(bars.x) == [0, 9, 10, 19]
    assert bars.customdata[3] == "part 19"


def test_title_says_what_the_risky_ones_brought():
    drawing = money_at_risk(bands(("high", 3, 30_000), ("low", 7, 90_000)), ENGLISH)
    assert drawing.finding == "3 buyers who are likely to stay away brought €300, 25% of the revenue"
    assert cells(drawing) == [("High", 3, 0.5, 30_000, 0.25), ("Low", 7, 0.5, 90_000, 0.75)]
    [bars] = validated(drawing).data
    assert list(bars.customdata) == ["high", "low"]


def test_refunds_that_outweigh_all_orders_are_drawn():
    drawing = money_at_risk(bands(("high", 1, -500), ("low", 2, 0)), ENGLISH)
    assert drawing.finding == "1 buyer who is likely to stay away brought €-5, 0% of the revenue"
    validated(drawing)


def test_nobody_is_likely_to_stay_away():
    assert money_at_risk(bands(("low", 7, 90_000)), ENGLISH).finding == "Nobody is likely to stay away"


def test_without_a_run_it_says_so():
    assert churn_probabilities(twentieths(), ENGLISH).figure is None
    assert money_at_risk(bands(), ENGLISH).figure is None
