import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics.algorithms.top_n import MAX_COLUMNS, MAX_ROWS, top_columns, top_entries

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


def ranked(scores, n):
    """Row, rank and column by the definition: the larger score first, of equal ones the smaller column."""
    return [
        (row, rank, column)
        for row, values in enumerate(scores)
        for rank, column in enumerate(sorted(np.flatnonzero(values), key=lambda c: (-values[c], c))[:n])
    ]


def found(scores, n):
    rows, columns, ranks = top_columns(scores, n=n)
    return list(zip(rows.tolist(), ranks.tolist(), columns.tolist(), strict=True))


@given(filled, st.integers(1, 12))
def test_ties_across_the_cut_go_to_the_smaller_columns(rows, n):
    scores = np.array(rows)

    assert found(scores, n) == ranked(scores, n)


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 60), st.integers(0, 12))
def test_a_filled_matrix_has_the_same_best_entries_as_a_sparse_one(seed, n, width, decimals):
    rng = np.random.default_rng(seed)
    scores = rng.random((5, width)).round(decimals) * (rng.random((5, width)) < 0.8)
    rows, columns = np.nonzero(scores)

    kept, ranks = top_entries(rows, columns, scores[rows, columns], n=n)

    assert found(scores, n) == list(zip(rows[kept].tolist(), ranks.tolist(), columns[kept].tolist(), strict=True))


def test_a_matrix_of_the_largest_width_keeps_scores_and_columns_apart():
    scores = np.zeros((1, MAX_COLUMNS))
    scores[0, [0, 1, MAX_COLUMNS - 2, MAX_COLUMNS - 1]] = [1e-30, 1 - 1e-8, 1 - 1e-8, 1.0]

    assert found(scores, 9) == [(0, 0, MAX_COLUMNS - 1), (0, 1, 1), (0, 2, MAX_COLUMNS - 2), (0, 3, 0)]
