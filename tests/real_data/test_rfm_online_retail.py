"""RFM on Online Retail equals an independent computation from the file."""

from __future__ import annotations

import datetime as dt
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from django.core.management import call_command

from core.models import OrganisationSettings
from tests.real_data.published_rfm import assert_equal, published_rfm, returned_orders
from tests.real_data.rfm_by_pandas import rfm

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.real_data, pytest.mark.slow]

LAST_DAY = dt.date(2011, 12, 9)


def invoices(path: Path) -> pd.DataFrame:
    """One row per invoice: number, customer, day, minor (pence, halves up; positive for cancellations too)."""
    lines = pd.read_csv(path, dtype=str)
    # In ten-thousandths of a penny: quantities are whole, prices have up to three decimals.
    price = (lines["UnitPrice"].astype(float) * 100_000).round().astype("int64")
    lines["amount"] = lines["Quantity"].astype("int64") * price
    lines["customer"] = lines["CustomerID"].str.removesuffix(".0")
    lines["day"] = pd.to_datetime(lines["InvoiceDate"].str[:10])
    whole = lines.groupby("InvoiceNo", as_index=False).agg(
        customer=("customer", "first"), day=("day", "first"), amount=("amount", "sum")
    )
    whole["minor"] = (whole["amount"].abs() + 500) // 1000
    return whole.rename(columns={"InvoiceNo": "number"})


def test_rfm_equals_plain_pandas(data_dir: Path):
    path = data_dir / "online_retail" / "online_retail.csv.xz"
    OrganisationSettings(currency="GBP", time_zone="Europe/London").save()
    call_command("import_file", path, "--kind=orders", "--mapping=online_retail", stdout=StringIO())
    whole = invoices(path)
    known = whole[whole["customer"].notna()]
    is_refund = known["number"].str.startswith("C")
    refunds = known[is_refund].assign(order=known["number"].map(returned_orders()))
    orders = known[~is_refund & ~known["number"].str.startswith("A")]
    customers = sorted(known["customer"].unique())
    assert len(customers) == 4372

    assert_equal(published_rfm("online-retail"), rfm(customers, orders, refunds, as_of=LAST_DAY))
    earlier = dt.date(2011, 9, 9)
    assert_equal(published_rfm("online-retail", as_of=earlier), rfm(customers, orders, refunds, as_of=earlier))
