import pandas as pd
import pytest

from reports.charts.expected_spend import expected_concentration, expected_spend
from tests.reports.charts.drawn import cells, plain, validated
from tests.reports.charts.english import ENGLISH


def ranges(*rows: tuple[int, int, int, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["least", "below", "customers", "expected_minor"])
    return frame.assign(filter=[f"from {least}" for least in frame["least"]])


def hundredths(expected: list[int], *, customers: int = 10) -> pd.DataFrame:
    rows = [(customers, minor, f"to {place}") for place, minor in enumerate(expected, start=1)]
    return pd.DataFrame(rows, columns=["customers", "expected_minor", "filter"])


def test_title_gives_the_range_of_the_middle_buyer_and_the_sum():
    drawing = expected_spend(
        ranges((0, 1_000, 4, 1_000), (1_000, 2_000, 2, 3_000), (5_000, 10_000, 4, 26_000)), ENGLISH
    )
    assert drawing.finding == "Half of the buyers or more will spend less than €20 in 12 months, all together €300"
    assert cells(drawing) == [
        ("less than €10", 4, 0.4, 1_000, pytest.approx(1 / 30)),
        ("€10 – €20", 2, 0.2, 3_000, 0.1),
        ("€50 – €100", 4, 0.4, 26_000, pytest.approx(26 / 30)),
    ]


def test_a_bar_leads_to_its_customers():
    drawing = expected_spend(ranges((0, 100, 1, 3), (500, 1_000, 7, 4_000)), ENGLISH)
    [bars] = validated(drawing).data
    assert (list(bars.y), list(bars.customdata)) == ([1, 7], ["from 0", "from 500"])
    assert drawing.drill == "filter"


def test_a_tenth_of_the_buyers_holds_what_its_hundredths_hold():
    drawing = expected_concentration(hundredths([500] * 10 + [50] * 90), ENGLISH)
    assert drawing.finding == "10% of the buyers hold 52.6% of what is expected in 12 months"
    assert [row[:2] for row in cells(drawing)] == [
        (0.01, 10), (0.05, 50), (pytest.approx(0.1), 100), (0.2, 200), (0.5, 500), (1.0, 1000),
    ]  # fmt: skip
    line = plain(drawing)["data"][0]
    assert (line["y"][0], line["y"][-1]) == (0, 1)
    assert line["customdata"][:2] == ["", "to 1"]


def test_a_single_buyer_holds_everything():
    drawing = expected_concentration(hundredths([700], customers=1), ENGLISH)
    assert drawing.finding == "The best buyer holds 100% of what is expected in 12 months"
    validated(drawing)


@pytest.mark.parametrize("expected", [[], [0, 0]])
def test_nothing_expected_of_anybody_is_said(expected):
    assert expected_concentration(hundredths(expected), ENGLISH).figure is None
    assert expected_spend(ranges(), ENGLISH).figure is None
