from itertools import product

import numpy as np
import pytest

from analytics.algorithms.segments_map import SCORES, InvalidSegmentMap, SecondAxis, Segment, SegmentMap

# The published map, one line per recency score from 5 to 1, frequency from 1 to 5.
PUBLISHED = {
    5: "new potential_loyalist potential_loyalist champions champions",
    4: "promising potential_loyalist potential_loyalist loyal loyal",
    3: "about_to_sleep about_to_sleep need_attention loyal loyal",
    2: "hibernating hibernating at_risk at_risk cannot_lose_them",
    1: "lost hibernating at_risk at_risk cannot_lose_them",
}


def test_default_map_is_the_published_one():
    cells = {(r, f): code for r, row in PUBLISHED.items() for f, code in zip(SCORES, row.split(), strict=True)}

    assert SegmentMap().cells == cells


def test_every_segment_has_a_cell():
    assert set(SegmentMap().cells.values()) == set(Segment)


def test_lookup_agrees_with_the_cells():
    grid = np.array(list(product(SCORES, SCORES)), dtype=np.int8)

    segments = SegmentMap().segments_of(grid[:, 0], grid[:, 1])

    assert dict(zip(map(tuple, grid.tolist()), segments, strict=True)) == SegmentMap().cells


def test_missing_cells_are_named():
    cells = {cell: segment for cell, segment in SegmentMap().cells.items() if cell not in {(1, 1), (3, 4)}}

    with pytest.raises(InvalidSegmentMap, match=r"^missing: R1F1, R3F4$"):
        SegmentMap(cells=cells)


def test_cells_outside_the_grid_are_named():
    with pytest.raises(InvalidSegmentMap, match=r"^outside the grid: R6F1$"):
        SegmentMap(cells={**SegmentMap().cells, (6, 1): Segment.LOST})


def test_cells_with_an_unknown_segment_are_named():
    data = SegmentMap().to_json()
    data["cells"]["R2F5"] = "sleeping_beauty"

    with pytest.raises(InvalidSegmentMap, match=r"^unknown segment: R2F5$"):
        SegmentMap.from_json(data)


@pytest.mark.parametrize("name", ["5-5", "R5", "R5F", "RF55", ""])
def test_a_key_that_is_no_cell_is_named(name):
    data = SegmentMap().to_json()
    data["cells"][name] = "lost"

    with pytest.raises(InvalidSegmentMap, match=f"not a cell: '{name}'"):
        SegmentMap.from_json(data)


def test_json_round_trip_keeps_an_edited_map():
    edited = SegmentMap(cells={**SegmentMap().cells, (2, 1): Segment.LOST}, second_axis=SecondAxis.FREQUENCY_MONETARY)

    assert SegmentMap.from_json(edited.to_json()) == edited
    assert edited != SegmentMap()
