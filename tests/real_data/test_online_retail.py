"""Online Retail goes in whole, every published figure comes out again, and its RFM equals plain pandas."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from tests.real_data.importing import figures, import_file, in_books
from tests.real_data.published_rfm import assert_equal, published_rfm, returned_orders
from tests.real_data.rfm_by_pandas import rfm

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.real_data, pytest.mark.slow]

LAST_DAY = dt.date(2011, 12, 9)


ONLINE_RETAIL = """
WITH lines AS (
    SELECT 'order' AS side, o.kind, o.customer_id, line.product_id, line.line_key, quantity, unit_price, amount
    FROM customers_orderline AS line JOIN customers_order AS o ON o.id = line.order_id
    UNION ALL
    SELECT 'refund', '', r.customer_id, line.product_id, line.line_key, -quantity, unit_price, -amount
    FROM customers_refundline AS line JOIN customers_refund AS r ON r.id = line.refund_id
)
SELECT (SELECT count(*) FROM lines) AS lines,
       (SELECT count(*) FROM customers_order) + (SELECT count(*) FROM customers_refund) AS invoices,
       (SELECT count(*) FROM customers_refund) AS cancellations,
       (SELECT count(*) FROM customers_refund WHERE external_id NOT LIKE 'C%') AS refunds_without_c,
       (SELECT count(*) FROM customers_customer) AS customers,
       (SELECT count(*) FROM lines WHERE customer_id IS NULL) AS lines_without_customer,
       (SELECT count(*) FROM (SELECT jsonb_object_keys(summary -> 'countries') FROM imports_import) AS c) AS countries,
       (SELECT count(DISTINCT product_id) FROM lines) AS stock_codes,
       (SELECT count(*) FROM lines WHERE right(line_key::text, 8) <> '00000001') AS exact_repeats,
       (SELECT count(*) FROM lines WHERE unit_price < 0) AS negative_prices,
       (SELECT sum(quantity * unit_price) FROM lines) AS total,
       (SELECT sum(amount) FROM lines) AS total_of_amounts,
       (SELECT count(*) FROM lines WHERE kind = 'adjustment' AND quantity < 0) AS stock_adjustments,
       (SELECT count(*) FROM lines WHERE kind = 'sale' AND (quantity < 0 OR amount < 0)) AS negative_sales,
       (SELECT min(ordered_at) FROM customers_order)::text AS first_order
"""


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


def test_every_figure_comes_out_to_the_last_digit_and_rfm_equals_plain_pandas(data_dir: Path):
    """One import for both: it is what takes the time."""
    in_books("GBP", "Europe/London")
    path = data_dir / "online_retail" / "online_retail.csv.xz"
    summary = import_file(path, "online_retail")
    assert (summary["rows"], summary["inserted"], summary["rejected"]["count"]) == (541_909, 541_909, 0)
    assert len(summary["columns"]) == 8
    found = figures(ONLINE_RETAIL)
    assert found == {
        "lines": 541_909,
        "invoices": 25_900,
        "cancellations": 3_836,
        "refunds_without_c": 0,
        "customers": 4_372,
        "lines_without_customer": 135_080,
        "countries": 38,
        "stock_codes": 4_070,
        "exact_repeats": 5_268,
        "negative_prices": 2,
        "total": Decimal("9747747.934"),
        "total_of_amounts": Decimal("9747747.934"),
        "stock_adjustments": 1_336,
        "negative_sales": 0,
        "first_order": "2010-12-01 08:26:00+00",
    }
    again = import_file(path, "online_retail")
    assert (again["inserted"], again["updated"], again["unchanged"]) == (0, 0, 541_909)
    assert all(tally["updated"] == 0 for tally in again["tables"].values())

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
