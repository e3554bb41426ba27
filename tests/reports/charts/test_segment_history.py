import datetime as dt

import pandas as pd

from reports.charts.segment_history import segment_evenness, segment_sizes
from tests.reports.charts.drawn import cells, validated
from tests.reports.charts.english import ENGLISH

DAYS = {1: dt.date(2026, 5, 1), 2: dt.date(2026, 6, 1)}
RANKS = {"champions": 0, "loyal": 1, "lost": 10}


def sizes(*rows: tuple[int, str, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["run", "segment", "customers"])
    return frame.assign(
        as_of=frame["run"].map(DAYS),
        label=frame["segment"].str.title(),
        tone="good",
        rank=frame["segment"].map(RANKS),
        of=frame.groupby("run")["customers"].transform("sum"),
        filter=frame["segment"] + " in " + frame["run"].astype(str),
    )


def runs(*rows: tuple[int, int, float, float | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["run", "segments", "entropy", "stayed"]).astype({"stayed": "float64"})
    frame["stayed_customers"] = 200 * frame["stayed"]
    stayed = {"filter": "everybody", "stayed_filter": "who stayed"}
    return frame.assign(as_of=frame["run"].map(DAYS), customers=200, **stayed)


def test_title_names_the_segment_whose_share_changed_most():
    drawing = segment_sizes(
        sizes((1, "champions", 50), (1, "lost", 50), (2, "champions", 30), (2, "lost", 90)), ENGLISH
    )
    assert drawing.finding == "Champions shrank most: from 50% on 1 May 2026 to 25% of the customers"
    assert drawing.sample == "n = 120 customers"
    assert cells(drawing)[2:] == [("Champions", "1 Jun 2026", 30, 0.25), ("Lost", "1 Jun 2026", 90, 0.75)]


def test_a_segment_that_comes_up_is_drawn_in_its_run_alone_and_each_bar_leads_to_the_customers_of_its_run():
    drawing = segment_sizes(sizes((1, "lost", 9), (2, "loyal", 3), (2, "lost", 6)), ENGLISH)
    loyal, lost = validated(drawing).data
    assert (loyal.name, list(loyal.x), list(loyal.y)) == ("Loyal", [1], [0.33333])
    assert (list(lost.x), list(lost.customdata)) == ([0, 1], ["lost in 1", "lost in 2"])


def test_two_runs_of_one_day_are_told_apart():
    history = sizes((1, "lost", 9), (2, "lost", 6), (3, "lost", 5)).assign(as_of=[DAYS[1], DAYS[2], DAYS[2]])
    figure = validated(segment_sizes(history, ENGLISH))
    assert list(figure.layout.xaxis.ticktext) == ["1 May 2026", "1 Jun 2026<br>run 2", "1 Jun 2026<br>run 3"]


def test_nothing_changed():
    drawing = segment_sizes(sizes((1, "lost", 9), (2, "lost", 6)), ENGLISH)
    assert drawing.finding == "All segments are as large as on 1 May 2026"


def test_a_first_run_tells_its_largest_segment():
    drawing = segment_sizes(sizes((1, "loyal", 1), (1, "lost", 3)), ENGLISH)
    assert drawing.finding == "Lost is the largest segment: 75% of the customers"
    validated(drawing)


def test_evenness_is_entropy_against_the_most_there_can_be():
    drawing = segment_evenness(runs((1, 4, 2.0, None), (2, 4, 1.5, 0.9)), ENGLISH)
    assert drawing.finding == "90% stayed in their segment; entropy is at 75% of the most there can be"
    evenness, stayed = validated(drawing).data
    assert (list(evenness.y), list(stayed.x), list(stayed.y)) == ([1, 0.75], [1], [0.9])
    assert (evenness.customdata[1], stayed.customdata[0]) == ("everybody", "who stayed")


def test_one_segment_has_no_entropy():
    drawing = segment_evenness(runs((1, 1, 0.0, None)), ENGLISH)
    assert drawing.finding == "Entropy of the segments: 0 bits, 0% of the most there can be"
    assert len(validated(drawing).data) == 1


def test_without_a_run_it_says_so():
    assert segment_sizes(sizes(), ENGLISH).figure is None
    assert segment_evenness(runs(), ENGLISH).figure is None
