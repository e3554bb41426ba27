"""Other real files go in whole: every published figure comes out of the tables again."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.real_data.importing import figures, import_file, in_books

pytestmark = [pytest.mark.real_data, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


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
