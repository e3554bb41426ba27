"""The real order files go in whole: every published figure comes out of the tables again."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from core.models import OrganisationSettings

pytestmark = [pytest.mark.real_data, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def import_file(path: Path, mapping: str, *, kind: str = "orders") -> dict[str, Any]:
    output = io.StringIO()
    call_command("import_file", str(path), kind=kind, mapping=mapping, stdout=output)
    summary: dict[str, Any] = json.loads(output.getvalue())
    return summary


def figures(statement: str) -> dict[str, Any]:
    """The one row that a query finds, by the names of its columns."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return dict(zip([column.name for column in cursor.description], cursor.fetchone(), strict=True))


def in_books(currency: str) -> None:
    OrganisationSettings.objects.update_or_create(pk=1, defaults={"currency": currency, "time_zone": "UTC"})


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


def test_online_retail_comes_out_to_the_last_digit(data_dir: Path):
    in_books("GBP")
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


CDNOW = """
SELECT (SELECT count(*) FROM customers_orderline) AS purchases, (SELECT count(*) FROM customers_customer) AS customers,
       (SELECT sum(amount) FROM customers_orderline) AS dollars, (SELECT sum(quantity) FROM customers_orderline) AS cds,
       (SELECT sum(total_minor) FROM customers_order) AS cents,
       (SELECT count(*) FROM customers_order) AS days_of_customers,
       (SELECT min(ordered_date) FROM customers_order)::text AS first_day,
       (SELECT max(ordered_date) FROM customers_order)::text AS last_day
"""


def test_cdnow_comes_out_whole(data_dir: Path):
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


def test_sample_of_cdnow_by_itself(data_dir: Path):
    in_books("USD")
    import_file(data_dir / "cdnow" / "CDNOW_sample.txt", "cdnow_sample")
    found = figures(CDNOW)
    assert (found["customers"], found["purchases"]) == (2_357, 6_919)


SUPERSTORE = """
SELECT (SELECT count(*) FROM customers_order) AS orders, (SELECT count(*) FROM customers_orderline) AS lines,
       (SELECT count(*) FROM customers_customer) AS customers, (SELECT count(*) FROM customers_product) AS products,
       (SELECT round(sum(amount), 2) FROM customers_orderline) AS sales,
       (SELECT round(sum(amount - cost), 2) FROM customers_orderline) AS profit,
       (SELECT count(*) FROM customers_category WHERE parent_id IS NULL) AS categories,
       (SELECT count(*) FROM customers_category WHERE parent_id IS NOT NULL) AS subcategories,
       (SELECT count(*) FROM customers_address WHERE country = 'US' AND is_primary) AS addresses,
       (SELECT string_agg(name, ', ' ORDER BY name) FROM customers_tag) AS segments,
       (SELECT name FROM customers_customer AS customer
        JOIN customers_customerexternalid AS known ON known.customer_id = customer.id WHERE value = 'CG-12520') AS name
"""


def test_superstore_comes_out_with_its_profit(data_dir: Path):
    in_books("USD")
    summary = import_file(data_dir / "superstore" / "superstore.csv", "superstore")
    assert (summary["inserted"], summary["rejected"]["count"], summary["left_out"]) == (9_994, 0, [])
    assert figures(SUPERSTORE) == {
        "orders": 5_009,
        "lines": 9_994,
        "customers": 793,
        "products": 1_862,
        "sales": Decimal("2297200.86"),
        "profit": Decimal("286397.02"),
        "categories": 3,
        "subcategories": 17,
        "addresses": 793,
        "segments": "Consumer, Corporate, Home Office",
        "name": "Claire Gute",
    }


FEBRL = """
SELECT (SELECT count(*) FROM customers_customer) AS customers,
       (SELECT count(*) FROM customers_customerexternalid WHERE value LIKE '%-dup-%') AS duplicates,
       (SELECT count(*) FROM customers_customer WHERE birth_date IS NULL) AS without_birth_date,
       (SELECT count(*) FROM customers_address WHERE country = 'AU') AS addresses
"""


@pytest.mark.parametrize(
    ("number", "customers", "duplicates", "blank", "unreadable"), [(1, 1_000, 500, 41, 3), (2, 5_000, 1_000, 110, 10)]
)
def test_febrl_loses_nobody(data_dir: Path, number: int, customers: int, duplicates: int, blank: int, unreadable: int):
    summary = import_file(data_dir / "febrl" / f"dataset{number}.csv", "febrl", kind="customers")
    assert (summary["inserted"], summary["rejected"]["count"]) == (customers, 0)
    assert [(left["column"], left["count"]) for left in summary["left_out"]] == [("date_of_birth", unreadable)]
    assert figures(FEBRL) == {
        "customers": customers,
        "duplicates": duplicates,
        "without_birth_date": blank + unreadable,
        "addresses": customers,
    }


def test_items_of_groceries_with_their_categories(data_dir: Path):
    summary = import_file(data_dir / "groceries" / "item_hierarchy.csv", "groceries_items", kind="products")
    assert (summary["inserted"], summary["rejected"]["count"]) == (169, 0)
