"""CDNOW goes in whole, every published figure comes out again, and its RFM equals an independent computation."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from tests.real_data.importing import figures, import_file, in_books
from tests.real_data.published_rfm import assert_equal, published_rfm
from tests.real_data.rfm_by_pandas import rfm

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.real_data, pytest.mark.slow]

LAST_DAY, CALIBRATION_END = dt.date(1998, 6, 30), dt.date(1997, 9, 30)
NO_REFUNDS = pd.DataFrame({"order": [], "customer": [], "day": pd.to_datetime([]), "minor": []})


CDNOW = """
SELECT (SELECT count(*) FROM customers_orderline) AS purchases, (SELECT count(*) FROM customers_customer) AS customers,
       (SELECT sum(amount) FROM customers_orderline) AS dollars, (SELECT sum(quantity) FROM customers_orderline) AS cds,
       (SELECT sum(total_minor) FROM customers_order) AS cents,
       (SELECT count(*) FROM customers_order) AS days_of_customers,
       (SELECT min(ordered_date) FROM customers_order)::text AS first_day,
       (SELECT max(ordered_date) FROM customers_order)::text AS last_day
"""


def purchases(path: Path) -> pd.DataFrame:
    """One row per customer and day."""
    lines = pd.read_csv(path, sep=r"\s+", dtype=str)
    lines["minor"] = (lines["dollar_value"].astype(float) * 100).round().astype("int64")
    lines["day"] = pd.to_datetime(lines["date"])
    days = lines.groupby(["customer_id", "day"], as_index=False)["minor"].sum()
    return days.assign(number=days.index.astype(str)).rename(columns={"customer_id": "customer"})


def test_every_figure_comes_out_and_rfm_equals_plain_pandas(data_dir: Path):
    in_books("USD")
    folder = data_dir / "cdnow"
    summary = import_file(folder / "CDNOW_master.txt.xz", "cdnow")
    assert (summary["inserted"], summary["rejected"]["count"]) == (69_659, 0)
    assert figures(CDNOW) == {
        "purchases": 69_659,
        "customers": 23_570,
        "dollars": Decimal("2500315.63"),
        "cds": 167_881,
        "cents": 250_031_563,
        "days_of_customers": 67_591,
        "first_day": "1997-01-01",
        "last_day": "1998-06-30",
    }
    # The published tenth goes by the same numbers, and holds nothing else.
    sample = import_file(folder / "CDNOW_sample.txt", "cdnow_sample")
    assert (sample["rows"], sample["unchanged"]) == (6_919, 6_919)

    days = purchases(folder / "CDNOW_master.txt.xz")
    customers = sorted(days["customer"].unique())
    assert len(customers) == 23_570
    for as_of in (LAST_DAY, CALIBRATION_END):
        published = published_rfm("cdnow", as_of=as_of)
        assert_equal(published, rfm(customers, days, NO_REFUNDS, as_of=as_of))
    assert (published["f_score"] == 2).sum() == 0, "more than two fifths bought once: ties leave a score to nobody"


def test_sample_of_cdnow_by_itself(data_dir: Path):
    in_books("USD")
    import_file(data_dir / "cdnow" / "CDNOW_sample.txt", "cdnow_sample")
    found = figures(CDNOW)
    assert (found["customers"], found["purchases"]) == (2_357, 6_919)
