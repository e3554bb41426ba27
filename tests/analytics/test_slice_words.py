"""Among whom a model was looked at, in words and in their order."""

from __future__ import annotations

from analytics.analyses.churn import SLICES
from analytics.slice_words import slices


def comparison(observations: int) -> dict:
    figures = dict.fromkeys(("model", "baseline", "low", "high"), 0.1)
    return {**figures, "beats": False, "observations": observations}


def test_small_segments_come_after_the_others_the_smallest_first_and_few_cases_are_marked():
    kept = {"small:lost": 120, "small": 160, "new": 300, "small:champions": 40, "bought_once": 900}
    found = slices({name: comparison(count) for name, count in kept.items()}, SLICES, digits=2)
    assert [(str(each.label), each.is_of_few) for each in found] == [
        ("bought once", False),
        ("new, for less than 90 days", False),
        ("are in a small segment", False),
        ("are in “Champions”, which is small", True),
        ("are in “Lost”, which is small", False),
    ]
