import datetime as dt

import pandas as pd
import pytest

from reports.charts.movement import movement_between_segments
from tests.reports.charts.drawn import cells, validated
from tests.reports.charts.english import ENGLISH

SEGMENTS = {"champions": ("Champions", "good", 0), "at_risk": ("At risk", "bad", 7), "lost": ("Lost", "neutral", 10)}
UNKNOWN = ("", "neutral", 99)
COLUMNS = [
    *("before", "before_label", "before_tone", "before_rank", "segment", "label", "tone", "rank"),
    *("customers", "since"),
]


def moves(*pairs: tuple[str, str, int]) -> pd.DataFrame:
    rows = [
        (before, *SEGMENTS.get(before, UNKNOWN), now, *SEGMENTS.get(now, UNKNOWN), customers, dt.date(2026, 2, 1))
        for before, now, customers in pairs
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def test_title_gives_the_share_that_moved_and_the_busiest_way():
    drawing = movement_between_segments(
        moves(("champions", "champions", 70), ("champions", "at_risk", 20), ("at_risk", "lost", 10)), ENGLISH
    )
    assert drawing.finding == "30% changed segment since 1 Feb 2026, most often Champions → At risk (20)"
    assert drawing.sample == "n = 100 customers"


def test_flows_go_from_the_earlier_segment_to_the_later_best_on_top():
    drawing = movement_between_segments(
        moves(("lost", "champions", 5), ("champions", "at_risk", 20), ("at_risk", "lost", 10)), ENGLISH
    )
    flows = validated(drawing).data[0]
    assert list(flows.node.label) == ["Champions 20", "At risk 10", "Lost 5", "Champions 5", "At risk 20", "Lost 10"]
    ways = zip(flows.link.source, flows.link.target, flows.link.value, strict=True)
    assert sorted(ways) == [(0, 4, 20), (1, 5, 10), (2, 3, 5)]
    left = list(flows.node.y)[:3]
    assert left == sorted(left)
    assert all(0 < y < 1 for y in flows.node.y)


def test_those_who_stayed_are_in_the_table_only():
    drawing = movement_between_segments(moves(("champions", "champions", 70), ("champions", "at_risk", 30)), ENGLISH)
    assert cells(drawing) == [("Champions", "Champions", 70, 0.7), ("Champions", "At risk", 30, 0.3)]
    assert list(validated(drawing).data[0].link.value) == [30]


def test_those_whom_only_one_run_knows_are_named():
    drawing = movement_between_segments(moves(("", "champions", 3), ("lost", "", 2)), ENGLISH)
    assert cells(drawing) == [
        ("Not scored before", "Champions", 3, 0.6),
        ("Lost", "No longer scored", 2, 0.4),
    ]
    validated(drawing)


def test_nobody_moved():
    drawing = movement_between_segments(moves(("champions", "champions", 70)), ENGLISH)
    assert drawing.finding == "Nobody has changed segment since 1 Feb 2026"
    assert drawing.figure is None
    assert cells(drawing) == [("Champions", "Champions", 70, 1.0)]


def test_one_customer():
    drawing = movement_between_segments(moves(("champions", "lost", 1)), ENGLISH)
    assert drawing.sample == "n = 1 customer"
    assert validated(drawing).data[0].node.y == pytest.approx((0.5, 0.5))


def test_a_single_run_has_no_movement():
    drawing = movement_between_segments(pd.DataFrame(columns=COLUMNS), ENGLISH)
    assert drawing.figure is None
    assert drawing.finding == "Movement shows from the second run on."
