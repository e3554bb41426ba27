import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.charts.style import figure, round_values, share_of, value_axis


@pytest.mark.parametrize(
    ("lowest", "highest", "values"),
    [
        (0, 100, [0, 50, 100]),
        (0, 401, [0, 200, 400]),
        (0, 7, [0, 2, 4, 6]),
        (-200, 300, [-200, 0, 200]),
        (0, 0, [0]),
        (0, 0.03, [0, 0.01, 0.02, 0.03]),
    ],
)
def test_ticks_are_round(lowest, highest, values):
    assert round_values(lowest, highest) == pytest.approx(values)


@given(st.floats(min_value=0.01, max_value=1e12))
def test_ticks_stay_inside_and_are_few(highest):
    values = round_values(0, highest)
    assert values[0] == 0
    assert 2 <= len(values) <= 6
    assert values[-1] <= highest * (1 + 1e-9)


@pytest.mark.parametrize(
    ("highest", "texts", "ticks"),
    [(1, ["€0.00", "€0.01"], [0, 1]), (3, ["€0.00", "€0.01", "€0.02", "€0.03"], [0, 1, 2, 3])],
)
def test_no_two_ticks_read_alike(highest, texts, ticks):
    axis = value_axis(highest, lambda minor: f"€{int(minor) / 100:.2f}")
    assert (axis["ticktext"], axis["tickvals"]) == (texts, ticks)


def test_nobody_is_counted_by_halves():
    assert value_axis(1, str, is_count=True)["tickvals"] == [0, 1]
    assert value_axis(1, str)["tickvals"] == [0, 0.5, 1]


def test_a_single_bar_is_no_wall():
    bars = {"type": "bar", "x": [0], "y": [5]}
    assert figure([bars], {"bargap": 0.28})["layout"]["bargap"] == 0.8
    assert figure([{**bars, "orientation": "h", "x": [1] * 9, "y": list("abcdefghi")}], {})["layout"]["bargap"] == 0
    assert figure([{"type": "scatter"}], {})["layout"] == {}


def test_a_share_of_nothing_is_nothing():
    assert share_of(3, 0) == 0.0
    assert share_of(3, 4) == 0.75
