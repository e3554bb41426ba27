import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics.algorithms.top_n import MAX_COLUMNS, MAX_ROWS, candidates, top_entries

# Few different scores, so that ties are common.
entries = st.dictionaries(
    st.tuples(st.integers(0, 4), st.integers(0, 12)), st.integers(0, 5).map(lambda fifths: fifths / 5), max_size=40
)

# Longer rows, so that most cuts go through a run of ties.
filled = st.integers(1, 40).flatmap(
    lambda width: st.lists(
        st.lists(st.sampled_from([0.0, 0.2, 0.5]), min_size=width, max_size=width), min_size=1, max_size=4
    )
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


# Filled matrices


@given(filled, st.integers(1, 12))
def test_all_that_may_be_among_the_best_are_found_and_nothing_much_below(rows, n):
    scores = np.array(rows, dtype=np.float32)

    found = set(zip(*(axis.tolist() for axis in candidates(scores, n=n)), strict=True))

    for row, values in enumerate(scores):
        positive = values[values > 0]
        nth = np.sort(positive)[::-1][n - 1] if len(positive) >= n else 0
        assert {column for each, column in found if each == row} >= set(np.flatnonzero((values >= nth) & (values > 0)))
        assert all(values[column] > 0 for each, column in found if each == row)


def test_of_a_long_row_hardly_more_than_the_best_are_found():
    scores = np.random.default_rng(1).random((20, 2000), dtype=np.float32)

    rows, columns = candidates(scores, n=10)

    assert 200 <= len(rows) < 250
    for row, values in enumerate(scores):
        assert set(columns[rows == row]) >= set(np.argsort(-values)[:10])
