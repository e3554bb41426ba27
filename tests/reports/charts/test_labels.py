"""Names on a map cover no mark and no other name, at whatever width."""

from itertools import combinations

import numpy as np
import pytest

from reports.charts import labels
from reports.charts.labels import MARK, NARROW, WIDE, measured, placed

NAMES = ("Potential loyalists", "流失风险客户", "Lost", "Cannot lose them", "家居与花园用品", "Tea", "Books and papers")


@pytest.mark.parametrize("picture", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("number", [2, 9, 20])
def test_names_of_two_to_twenty_segments_among_categories_stand_apart(number, picture):
    """Most in one heap, as segments that buy alike are."""
    rng = np.random.default_rng(number)
    places = np.vstack([rng.normal(0.5, 0.08, (number, 2)), rng.uniform(0.17, 0.83, (8, 2))]).clip(0.17, 0.83)
    names = [NAMES[place % len(NAMES)] for place in range(len(places))]
    ways = placed(names, places[:, 0].tolist(), places[:, 1].tolist(), picture)
    # On a phone there is not room for all of twenty and eight; hover, touch and the table name the rest.
    assert ways.count(None) <= (0 if picture is WIDE or number < 20 else 8)
    for width in picture.widths:
        marks = [(x * width, y * picture.height, MARK, MARK) for x, y in places.tolist()]
        boxes = [
            (x + right, y + up, *measured(name))
            for (x, y, *_size), way, name in zip(marks, ways, names, strict=True)
            if way is not None
            for right, up in [way]
        ]
        assert not [pair for pair in combinations(boxes, 2) if meet(*pair)], width
        assert not [(box, mark) for box in boxes for mark in marks if meet(box, mark)], width
        assert all(wide / 2 <= x <= width - wide / 2 for x, _y, wide, _high in boxes), width


def meet(one, other):
    return abs(one[0] - other[0]) * 2 < one[2] + other[2] and abs(one[1] - other[1]) * 2 < one[3] + other[3]


def test_a_name_beside_its_mark_needs_no_line_to_it():
    [near] = labels.as_annotations(["Tea"], [0.5], [0.5], placed(["Tea"], [0.5], [0.5], WIDE), ["var(--ink)"])
    assert near["arrowcolor"] == "rgba(0, 0, 0, 0)"
    [far] = labels.as_annotations(["Tea"], [0.5], [0.5], [(90.0, 40.0)], ["var(--ink)"])
    assert (far["arrowcolor"], far["ay"]) == ("var(--ink)", -40.0)
