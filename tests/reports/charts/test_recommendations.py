import datetime as dt

import pandas as pd

from reports.charts.recommendations import recommendations_offered, recommenders_compared
from tests.reports.charts.drawn import cells, validated
from tests.reports.charts.english import ENGLISH


def runs(*rows: tuple[int, int, int, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["day", "offered", "bought", "not_relevant"])
    for kind in ("offered", "bought", "not_relevant"):
        frame[f"{kind}_customers"] = frame[kind] // 2
        frame[f"{kind}_filter"] = [f"{kind} on {day}" for day in frame["day"]]
    return frame.assign(as_of=[dt.date(2026, 6, day) for day in frame["day"]])


def methods(*rows: tuple[str, bool, float, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["label", "is_used", "ndcg", "coverage"])
    return frame.assign(filter="who was asked about", is_baseline=False, recall=frame["ndcg"] / 2, n=10, customers=40)


def test_title_gives_the_share_bought_of_what_was_offered():
    drawing = recommendations_offered(runs((1, 0, 0, 0), (8, 10, 1, 0), (15, 20, 5, 5)), ENGLISH)
    assert drawing.finding == "25% of the products offered were bought since: 5 of 20"
    assert cells(drawing) == [
        ("8 Jun 2026", 10, 5, 1, 0, 0.1, 0, 0, 0.0),
        ("15 Jun 2026", 20, 10, 5, 2, 0.25, 5, 2, 0.2),
    ]
    hits, declined = validated(drawing).data
    assert (list(hits.y), list(declined.y)) == ([0.1, 0.25], [0, 0.2])
    assert hits.hovertext[1] == "Bought since, 15 Jun 2026: 25%, 2 customers"
    assert (hits.customdata[1], declined.customdata[1]) == ("bought on 15", "not_relevant on 15")
    assert drawing.table.frame[drawing.drill].tolist() == ["offered on 8", "offered on 15"]


def test_nothing_offered_but_declined():
    drawing = recommendations_offered(runs((1, 0, 0, 1)), ENGLISH)
    assert drawing.finding == "None was offered; 1 were called not relevant"
    assert drawing.sample == "n = 1 answer"
    validated(drawing)


def test_title_speaks_of_the_way_that_is_used_and_its_bar_is_framed():
    drawing = recommenders_compared(methods(("Best", False, 0.5, 0.2), ("Used", True, 0.4, 0.6)), ENGLISH)
    assert drawing.finding == (
        "20% of what customers bought next stood among their 10 products; 60% of all are offered"
    )
    [bars] = validated(drawing).data
    assert list(bars.marker.line.width) == [0, 2]
    assert list(bars.customdata) == ["who was asked about"] * 2
    assert cells(drawing)[1] == ("Used", 0.4, 0.2, 0.6)


def test_without_anything_it_says_so():
    assert recommendations_offered(runs((1, 0, 0, 0)), ENGLISH).figure is None
    assert recommenders_compared(methods(), ENGLISH).figure is None
