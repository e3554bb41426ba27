import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics.algorithms.top_n import MAX_COLUMNS, MAX_ROWS, top_entries

# Few different scores, so that ties are common.
entries = st.dictionaries(
    st.tuples(st.integers(0, 4), st.integers(0, 12)), st.integers(0, 5).map(lambda fifths: fifths / 5), max_size=40
)


def chosen(cells, n):
    rows, columns = (np.array([cell[axis] for cell in cells], dtype=np.int64) for axis in (0, 1))
    positions, ranks = top_entries(rows, columns, np.array(list(cells.values()), dtype=float), n=n)
    return [(int(rows[p]), int(rank), int(columns[p])) for p, rank in zip(positions, ranks, strict=True)]


@given(entries, st.integers(1, 6))
def test_the_best_of_each_row_in_order(cells, n):
    expected = []
    for row in sorted({row for row, _ in cells}):
        ordered = sorted((-score, column) for (r, column), score in cells.items() if r == row)
        expected += [(row, rank, column) for rank, (_, column) in enumerate(ordered[:n])]

    assert chosen(cells, n) == expected


@given(entries, st.integers(1, 6))
def test_a_shorter_list_is_the_start_of_a_longer_one(cells, n):
    assert chosen(cells, n) == [place for place in chosen(cells, n + 3) if place[1] < n]


def test_rounding_errors_do_not_decide():
    assert chosen({(0, 7): 0.1 + 0.2, (0, 3): 0.3}, 2) == [(0, 0, 3), (0, 1, 7)]


def test_largest_row_and_column_fit():
    cells = {(MAX_ROWS - 1, MAX_COLUMNS - 1): 1.0, (MAX_ROWS - 1, 0): 0.0, (0, MAX_COLUMNS - 1): 0.5}

    assert chosen(cells, 2) == [(0, 0, MAX_COLUMNS - 1), (MAX_ROWS - 1, 0, MAX_COLUMNS - 1), (MAX_ROWS - 1, 1, 0)]
