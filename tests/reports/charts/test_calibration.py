import datetime as dt

import pandas as pd
import pytest

from reports.charts.calibration import calibration
from tests.reports.charts.drawn import cells, validated
from tests.reports.charts.english import ENGLISH

JUNE, JULY = dt.date(2026, 6, 30), dt.date(2026, 7, 31)


def tenths(*rows: tuple[str, float, float, int], kind: str = "share") -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["when", "said", "became", "cases"])
    return frame.assign(
        filter="behind it", what="Stay away", kind=kind, until=frame["when"].map({"judged": JUNE, "came": JULY})
    )


@pytest.mark.parametrize(
    ("became", "finding"),
    [
        (0.5, "Stay away: 50% said, 50% came, which is much the same"),
        (0.4, "Stay away: 50% said, only 40% came"),
        (0.6, "Stay away: only 50% said, 60% came"),
    ],
)
def test_title_compares_the_means_weighted_by_customers(became, finding):
    drawing = calibration(tenths(("judged", 0.2, became - 0.3, 100), ("judged", 0.6, became + 0.1, 300)), ENGLISH)
    assert drawing.finding == finding
    assert drawing.sample == "n = 400 customers"


def test_what_became_of_an_earlier_run_stands_beside_its_proof():
    drawing = calibration(tenths(("judged", 0.2, 0.1, 10), ("came", 0.3, 0.4, 20)), ENGLISH)
    assert cells(drawing) == [
        ("When it was judged, until 30 Jun 2026", 1, 0.2, 0.1, 10),
        ("What came until 31 Jul 2026", 1, 0.3, 0.4, 20),
    ]
    _diagonal, judged, came = validated(drawing).data
    assert (judged.marker.symbol, came.marker.symbol) == ("circle", "diamond")
    assert (drawing.drill, judged.customdata) == ("filter", ("behind it",))


def test_numbers_are_written_as_numbers_and_nothing_said_is_drawn():
    drawing = calibration(tenths(("judged", 0.0, 0.0, 1), kind="number"), ENGLISH)
    assert drawing.finding == "Stay away: 0 said, 0 came, which is much the same"
    validated(drawing)


def test_without_a_proof_it_says_so():
    assert calibration(tenths(), ENGLISH).figure is None
