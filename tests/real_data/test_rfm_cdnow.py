"""RFM on CDNOW equals an independent computation from the file."""

from __future__ import annotations

import datetime as dt
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from django.core.management import call_command

from core.models import OrganisationSettings
from tests.real_data.published_rfm import assert_equal, published_rfm
from tests.real_data.rfm_by_pandas import rfm

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.real_data, pytest.mark.slow]

LAST_DAY, CALIBRATION_END = dt.date(1998, 6, 30), dt.date(1997, 9, 30)
NO_REFUNDS = pd.DataFrame({"order": [], "customer": [], "day": pd.to_datetime([]), "minor": []})


def purchases(path: Path) -> pd.DataFrame:
    """One row per customer and day."""
    lines = pd.read_csv(path, sep=r"\s+", dtype=str)
    lines["minor"] = (lines["dollar_value"].astype(float) * 100).round().astype("int64")
    lines["day"] = pd.to_datetime(lines["date"])
    days = lines.groupby(["customer_id", "day"], as_index=False)["minor"].sum()
    return days.assign(number=days.index.astype(str)).rename(columns={"customer_id": "customer"})


@pytest.mark.parametrize("as_of", [LAST_DAY, CALIBRATION_END])
def test_rfm_equals_plain_pandas(data_dir: Path, as_of: dt.date):
    path = data_dir / "cdnow" / "CDNOW_master.txt.xz"
    OrganisationSettings(currency="USD").save()
    call_command("import_file", path, "--kind=orders", "--mapping=cdnow", stdout=StringIO())
    days = purchases(path)
    customers = sorted(days["customer"].unique())
    assert len(customers) == 23_570
    published = published_rfm("cdnow", as_of=as_of)
    assert_equal(published, rfm(customers, days, NO_REFUNDS, as_of=as_of))
    if as_of == CALIBRATION_END:
        assert (published["f_score"] == 2).sum() == 0, "more than two fifths bought once: ties leave a score to nobody"
