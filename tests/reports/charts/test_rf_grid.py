import pandas as pd

from reports.charts.rf_grid import recency_frequency_grid
from tests.reports.charts.drawn import cells, validated
from tests.reports.charts.english import ENGLISH

COLUMNS = ["r_score", "f_score", "customers", "monetary_minor"]
CELLS = pd.DataFrame([(5, 5, 6, 90_000), (2, 3, 3, 20_000), (1, 5, 1, 30_000)], columns=COLUMNS)


def test_title_counts_those_who_bought_often_and_have_gone_quiet():
    drawing = recency_frequency_grid(CELLS, ENGLISH)
    assert drawing.finding == "40% of those who bought often have gone quiet"
    assert drawing.sample == "n = 10 buyers"


def test_frame_surrounds_the_cells_that_the_title_counts():
    [frame] = validated(recency_frequency_grid(CELLS, ENGLISH)).layout.shapes
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (2.5, 5.5, 0.5, 2.5)


def test_all_25_cells_are_drawn_the_latest_on_top_of_the_frequent_at_the_right():
    heat = validated(recency_frequency_grid(CELLS, ENGLISH)).data[0]
    assert list(heat.x) == [1, 2, 3, 4, 5]
    assert list(heat.y) == [5, 4, 3, 2, 1]
    assert [list(row) for row in heat.text] == [
        ["0", "0", "0", "0", "6"],
        ["0", "0", "0", "0", "0"],
        ["0", "0", "0", "0", "0"],
        ["0", "0", "3", "0", "0"],
        ["0", "0", "0", "0", "1"],
    ]
    assert heat.z[0][4] == 0.6
    assert heat.hovertext[3][2] == "R 2, F 3: 3 (30%), €200"


def test_table_lists_empty_cells_too():
    rows = cells(recency_frequency_grid(CELLS, ENGLISH))
    assert len(rows) == 25
    assert rows[4] == (5, 5, 6, 0.6, 90_000)
    assert rows[0] == (5, 1, 0, 0.0, 0)


def test_nobody_gone_quiet():
    drawing = recency_frequency_grid(CELLS.head(1), ENGLISH)
    assert drawing.finding == "Nobody who bought often has gone quiet"
    validated(drawing)


def test_nobody_bought():
    drawing = recency_frequency_grid(pd.DataFrame(columns=COLUMNS), ENGLISH)
    assert drawing.figure is None
    assert cells(drawing) == []
