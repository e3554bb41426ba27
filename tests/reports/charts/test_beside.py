"""Two days in one picture: the same rows, room for both, and nothing of what was not told on one of them."""

import pandas as pd

from reports.charts.beside import Beside, Then, aligned, beside
from reports.charts.churn import churn_probabilities
from reports.charts.segment_profiles import segment_profiles
from tests.reports.charts.drawn import cells, validated
from tests.reports.charts.english import ENGLISH

NAMES = Then("1 Mar 2025", "1 Mar 2026")
TWENTIETHS = Beside(keys=("twentieth",), told=("customers", "share"), order=("twentieth",))
PROFILES = Beside(keys=("segment",), told=("frequency",), means=("recency_days", "frequency", "monetary_minor"))


def twentieths(*counts):
    rows = [(place, customers, "good", "", 90) for place, customers in counts]
    return pd.DataFrame(rows, columns=["twentieth", "customers", "tone", "filter", "days"])


def both(now, then, how, draw, *, in_both=False):
    now, then = aligned(now, then, how, in_both=in_both)
    return beside(draw(now, ENGLISH), draw(then, ENGLISH), how, NAMES, ENGLISH)


def test_axes_have_room_for_both_and_marks_of_then_lead_nowhere():
    drawing = both(twentieths((0, 10), (19, 10)), twentieths((0, 400), (7, 100)), TWENTIETHS, churn_probabilities)
    now, then = validated(drawing).data
    assert (list(now.y), list(then.y)) == ([10, 0, 10], [400, 100, 0])
    assert list(now.x) == list(then.x) == [0, 7, 19]
    assert drawing.figure["layout"]["yaxis"]["range"][1] == 420
    assert drawing.figure["layout"]["yaxis"]["tickvals"][-1] == 400
    assert (now.name, then.name, then.customdata) == ("1 Mar 2026", "1 Mar 2025", None)
    assert (
        drawing.finding == "50% of the buyers are more likely than not to buy nothing within 90 days (1 Mar 2025: 0%)"
    )
    assert drawing.sample == "n = 20 buyers (1 Mar 2025: n = 500 buyers)"


def test_who_is_not_told_of_few_sees_what_was_told_on_both_days():
    now, then = twentieths((0, 10), (3, 6)), twentieths((0, 9), (5, 7))
    drawing = both(now, then, TWENTIETHS, churn_probabilities, in_both=True)
    assert [row[1:3] for row in cells(drawing)] == [(10, 9)]


def test_a_mean_of_nobody_is_no_number():
    columns = ["segment", "label", "tone", "customers", "recency_days", "frequency", "monetary_minor", "filter"]
    now = pd.DataFrame([("new", "New", "good", 3, 5.0, 1.0, 900.0, "")], columns=columns)
    then = pd.DataFrame([("lost", "Lost", "bad", 2, 300.0, 2.0, 500.0, "")], columns=columns)
    drawing = both(now, then, PROFILES, segment_profiles)
    validated(drawing)
    frame = drawing.table.frame.set_index("segment")
    assert frame.loc["new", ["frequency", "then_frequency"]].isna().tolist() == [False, True]
    assert frame.loc["lost", ["frequency", "then_frequency"]].isna().tolist() == [True, False]
