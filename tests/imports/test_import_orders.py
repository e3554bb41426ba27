"""Files of orders: what is written, what is rejected and why, and what a file changes that comes again."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from core.models import ExchangeRate
from customers.models import Category, Customer, CustomerExternalId, Order, OrderLine, Product, Refund, RefundLine
from imports.models import Import
from imports.reasons import Reason
from tests.imports.conftest import ImportFile, Summary

HEADER = "number,ordered_at,customer,sku,product_name,quantity,unit_price\n"
TWO_ORDERS = HEADER + (
    "A1,2026-03-01 10:00,C1,TEA,Teapot,2,12.50\n"
    "A1,2026-03-01 10:00,C1,CUP,Cup,4,3.001\n"
    "A2,2026-03-02 23:30,C2,CUP,Cup,1,3.5\n"
)  # fmt: skip


def lines_of(number: str) -> list[tuple[str, Decimal, Decimal]]:
    lines = OrderLine.objects.filter(order__external_id=number).order_by("position")
    return list(lines.values_list("product__sku", "quantity", "amount"))


def rejected(summary: Summary) -> list[tuple[str, str, int, list[int]]]:
    return [
        (problem["column"], problem["reason"], problem["count"], problem["examples"])
        for problem in summary["rejected"]["reasons"]
    ]


def row_versions() -> dict[str, list[Any]]:
    """Which version of each row stands in each table that an import writes: one that is written again is another."""
    tables = ["customer", "customerexternalid", "address", "product", "order", "orderline", "refund", "refundline"]
    with connection.cursor() as cursor:
        versions = {}
        for table in tables:
            cursor.execute(f"SELECT ctid::text, id FROM customers_{table} ORDER BY id")
            versions[table] = cursor.fetchall()
        return versions


def test_lines_become_orders_customers_and_products(import_file: ImportFile):
    summary = import_file(TWO_ORDERS)
    assert (summary["rows"], summary["inserted"], summary["rejected"]["count"]) == (3, 3, 0)
    first, second = Order.objects.order_by("ordered_at")
    assert (first.external_id, first.source, first.kind, first.currency) == ("A1", "shop", "sale", "EUR")
    assert (first.total_minor, first.total_base_minor) == (3700, 3700)  # 25.00 + 12.004
    assert lines_of("A1") == [("TEA", Decimal(2), Decimal(25)), ("CUP", Decimal(4), Decimal("12.004"))]
    assert second.customer.external_ids.get().value == "C2"
    assert Product.objects.get(sku="CUP").name == "Cup"


def test_instants_are_utc_and_days_those_of_the_organisation(import_file: ImportFile):
    import_file(TWO_ORDERS)
    order = Order.objects.get(external_id="A2")
    assert order.ordered_at == dt.datetime(2026, 3, 2, 22, 30, tzinfo=dt.UTC)
    assert order.ordered_date == dt.date(2026, 3, 2)


def test_customer_without_a_name_goes_by_the_number_and_is_one_since_the_first_sale(import_file: ImportFile):
    import_file(TWO_ORDERS + "R9,2026-01-01,C3,CUP,Cup,-1,3\n")
    buyer = CustomerExternalId.objects.get(source="shop", value="C1").customer
    assert (buyer.name, buyer.lifecycle, buyer.customer_since) == ("Customer C1", "customer", dt.date(2026, 3, 1))
    never_bought = CustomerExternalId.objects.get(value="C3").customer
    assert (never_bought.lifecycle, never_bought.customer_since) == ("lead", None)


def test_same_file_again_touches_no_row(import_file: ImportFile):
    content = TWO_ORDERS + "R1,2026-03-05,C1,CUP,Cup,-1,3.001\n"
    import_file(content)
    before = row_versions()
    summary = import_file(content)
    assert (summary["inserted"], summary["updated"], summary["unchanged"]) == (0, 0, 4)
    assert all(tally["updated"] == tally["inserted"] == 0 for tally in summary["tables"].values())
    assert row_versions() == before


def test_equal_lines_of_an_order_are_all_kept(import_file: ImportFile):
    twice = HEADER + "A1,2026-03-01,C1,CUP,Cup,1,3\n" * 2
    assert import_file(twice)["tables"]["order_lines"]["exact_repeats"] == 1
    assert len(lines_of("A1")) == 2
    assert import_file(twice)["unchanged"] == 2
    assert import_file(HEADER + "A1,2026-03-01,C1,CUP,Cup,1,3\n" * 3)["updated"] == 1
    assert len(lines_of("A1")) == 3


def test_document_that_comes_again_becomes_what_the_file_says(import_file: ImportFile):
    import_file(TWO_ORDERS)
    kept = OrderLine.objects.get(order__external_id="A1", product__sku="TEA").pk
    other = row_versions()["orderline"][-1]
    summary = import_file(
        HEADER + "A1,2026-03-01 10:00,C1,SPOON,Spoon,6,1\nA1,2026-03-01 10:00,C1,TEA,Teapot,2,12.50\n"
    )
    assert lines_of("A1") == [("SPOON", Decimal(6), Decimal(6)), ("TEA", Decimal(2), Decimal(25))]
    assert OrderLine.objects.get(order__external_id="A1", product__sku="TEA").pk == kept
    assert Order.objects.get(external_id="A1").total_minor == 3100
    assert summary["tables"]["orders"] == {"inserted": 0, "updated": 1, "unchanged": 0}
    assert summary["tables"]["order_lines"] == {"inserted": 0, "updated": 2, "unchanged": 0, "removed": 1}
    assert row_versions()["orderline"][-2:][0] == other  # A2 is not in this file


def test_bad_rows_are_rejected_by_number_column_and_reason_and_the_others_go_in(import_file: ImportFile):
    summary = import_file(
        HEADER
        + "A1,2026-03-01,C1,TEA,Teapot,2,12.50\n"
        + "A2,2026-02-30,C1,TEA,Teapot,two,12.50\n"
        + ",2026-03-01,C1,TEA,Teapot,1,1\n"
        + "A4,2026-03-01,C1,TEA,Teapot,,1\n"
        + "A5,2026-03-01,C1,TEA,Teapot,1,\n"
        + "A6,2026-03-01,C1\n"
        + "A7,2026-03-01,C1,TEA,Teapot,1,9999999999999\n"
    )
    assert (summary["rows"], summary["inserted"], summary["rejected"]["count"]) == (7, 1, 6)
    assert sorted(rejected(summary)) == [
        ("", "The row has another number of cells than the header.", 1, [7]),
        ("number", "It is empty, but needed.", 1, [4]),
        ("ordered_at", "This is not a date that can be read.", 1, [3]),
        ("quantity", "It is empty, but needed.", 1, [5]),
        ("quantity", "This is not a number.", 1, [3]),
        ("unit_price", "It is empty, but needed.", 1, [6]),
        ("unit_price", "This number is too large.", 1, [8]),
    ]


def test_rejected_rows_are_kept_as_they_stood(import_file: ImportFile):
    summary = import_file(HEADER + "A2,2026-03-01,C1,TEA,Teapot,two,12.50\nA3,1,2\n")
    kept = Import.objects.get(pk=summary["import"]).row_problems.order_by("row_number")
    assert [(row.row_number, row.column, row.value, row.cells) for row in kept] == [
        (2, "quantity", "two", ["A2", "2026-03-01", "C1", "TEA", "Teapot", "two", "12.50"]),
        (3, "", "", ["A3", "1", "2"]),
    ]


@pytest.mark.parametrize(
    ("written", "quantity"),
    [("1,234.5", "1234.5"), ("+3", "3"), (".5", "0.5"), ("1.5e+02", "150"), ("2.5E-1", "0.25"), ("7.", "7")],
)
def test_numbers_as_files_write_them(import_file: ImportFile, written: str, quantity: str):
    import_file(HEADER + f'A1,2026-03-01,C1,TEA,Teapot,"{written}",1\n')
    assert OrderLine.objects.get().quantity == Decimal(quantity)


@pytest.mark.parametrize("written", ["1,23", "1.2.3", "12 EUR", "0x10", "NaN", "1e", "--1", "٣"])
def test_what_is_no_number(import_file: ImportFile, written: str):
    summary = import_file(HEADER + f'A1,2026-03-01,C1,TEA,Teapot,"{written}",1\n')
    assert rejected(summary)[0][:2] == ("quantity", "This is not a number.")


@pytest.mark.parametrize(("written", "price"), [("1.234,56", "1234.56"), ("3,5", "3.5"), ("-7", "-7"), ("12", "12")])
def test_decimal_comma_where_the_mapping_says_so(import_file: ImportFile, written: str, price: str):
    columns = {"number": "n", "ordered_at": "d", "unit_price": "p"}
    summary = import_file(
        f"n;d;p\nA1;2026-03-01;{written}\nA2;2026-03-01;3.5\n", mapping={"columns": columns, "decimal": "comma"}
    )
    line = OrderLine.objects.get() if Decimal(price) > 0 else RefundLine.objects.get()
    assert abs(line.amount) == abs(Decimal(price))
    assert rejected(summary) == [("p", "This is not a number.", 1, [3])]


def test_amount_after_a_discount_gives_price_discount_and_cost(import_file: ImportFile):
    import_file("order,date,qty,sales,discount_rate,profit\nA1,2026-03-01,3,24,0.2,-6\n")
    line = OrderLine.objects.get()
    assert (line.unit_price, line.discount, line.amount, line.cost) == (10, 6, 24, 30)


def test_negative_total_is_a_refund_with_positive_amounts(import_file: ImportFile):
    import_file(TWO_ORDERS + "R1,2026-03-05,C1,CUP,Cup,-2,3.001\nR1,2026-03-05,C1,FEE,Fee,1,1\n")
    refund = Refund.objects.get()
    assert (refund.external_id, refund.total_minor, refund.refunded_date) == ("R1", 500, dt.date(2026, 3, 5))
    lines = list(refund.lines.order_by("position").values_list("quantity", "unit_price", "amount"))
    assert lines == [(2, Decimal("3.001"), Decimal("6.002")), (1, -1, -1)]
    assert not Order.objects.filter(external_id="R1").exists()


RULES = {
    "columns": {name: name for name in ("number", "ordered_at", "customer", "sku", "quantity", "unit_price")},
    "refunds": {"number_starts_with": "C"},
    "adjustments": {"number_starts_with": "A", "negative_quantity": True},
}


def test_rules_tell_refunds_and_adjustments_from_sales(import_file: ImportFile):
    import_file(
        HEADER
        + "1,2026-03-01,C1,TEA,Teapot,1,5\n"
        + "C2,2026-03-02,C1,TEA,Teapot,-1,5\n"
        + "3,2026-03-02,,TEA,broken,-10,0\n"
        + "A4,2026-03-02,,B,bad debt,1,-11062.06\n",
        mapping=RULES,
    )
    kinds = {order.external_id: order.kind for order in Order.objects.all()}
    assert kinds == {"1": "sale", "3": "adjustment", "A4": "adjustment"}
    assert Order.objects.get(external_id="A4").total_minor == -1106206
    assert Refund.objects.get().external_id == "C2"


def test_article_goes_by_the_name_used_most_where_it_was_sold(import_file: ImportFile):
    import_file(
        HEADER
        + "1,2026-03-01,C1,TEA,Teapot,1,5\n2,2026-03-01,C1,TEA,Teapot,1,5\n"
        + "3,2026-03-01,,TEA,?,1,0\n4,2026-03-01,,TEA,?,1,0\n5,2026-03-01,,TEA,?,1,0\n6,2026-03-01,C1,CUP,,1,3\n"
    )
    assert dict(Product.objects.values_list("sku", "name")) == {"TEA": "Teapot", "CUP": "CUP"}


def test_categories_are_made_in_two_levels(import_file: ImportFile):
    content = "number,ordered_at,sku,category,subcategory,amount\nA1,2026-03-01,TEA,Kitchen,Pots,5\n"
    import_file(content)
    import_file(content)
    pots = Product.objects.get().category
    assert (pots.name, pots.parent.name, Category.objects.count()) == ("Pots", "Kitchen", 2)


def test_other_currency_is_converted_at_the_last_rate_before_the_day(import_file: ImportFile):
    ExchangeRate.objects.create(currency="JPY", rate_date=dt.date(2026, 2, 27), rate=Decimal("0.00615"))
    ExchangeRate.objects.create(currency="JPY", rate_date=dt.date(2026, 3, 2), rate=Decimal("0.5"))
    summary = import_file(
        "number,ordered_at,amount,currency\nA1,2026-03-01,10000,JPY\nA2,2026-01-01,10000,JPY\nA3,2026-03-01,1,XXZ\n"
    )
    order = Order.objects.get()
    assert (order.currency, order.total_minor, order.total_base_minor) == ("JPY", 10000, 6150)
    assert order.exchange_rate == Decimal("0.00615")
    assert sorted(rejected(summary)) == [
        ("currency", str(Reason.NO_RATE.label), 1, [3]),
        ("currency", "This is no currency code such as EUR.", 1, [4]),
    ]


def test_document_of_two_customers_is_rejected_as_a_whole(import_file: ImportFile):
    summary = import_file(TWO_ORDERS + "A1,2026-03-01 10:00,C2,TEA,Teapot,1,1\n")
    assert rejected(summary) == [("customer", "The rows of this document name different customers.", 3, [2, 3, 5])]
    assert [order.external_id for order in Order.objects.all()] == ["A2"]


def test_number_of_a_known_order_cannot_become_a_refund(import_file: ImportFile):
    import_file(TWO_ORDERS)
    summary = import_file(HEADER + "A1,2026-03-01,C1,TEA,Teapot,-2,12.50\nA3,2026-03-01,C1,TEA,Teapot,1,1\n")
    assert rejected(summary) == [("number", "This refund has the number of an order that is already known.", 1, [2])]
    assert (Order.objects.count(), Refund.objects.count()) == (3, 0)


def test_systems_do_not_share_their_numbers(import_file: ImportFile):
    import_file(TWO_ORDERS, source="shop")
    assert import_file(TWO_ORDERS, source="till")["inserted"] == 3
    assert (Order.objects.count(), Customer.objects.count(), Product.objects.count()) == (4, 4, 4)


def test_numbers_that_went_through_a_data_frame_lose_their_point(import_file: ImportFile):
    import_file(HEADER + "A1,2026-03-01,17850.0,TEA,Teapot,1,1\nA2,2026-03-01,17850,TEA,Teapot,1,1\n")
    assert CustomerExternalId.objects.get().value == "17850"


def test_orders_without_a_customer_are_kept(import_file: ImportFile):
    import_file(HEADER + "A1,2026-03-01,,TEA,Teapot,1,1\n")
    assert Order.objects.get().customer is None


def test_customer_that_somebody_named_keeps_the_name_and_the_order_its_customer(import_file: ImportFile):
    import_file(TWO_ORDERS)
    Customer.objects.filter(name="Customer C1").update(name="Ada Lovelace")
    Product.objects.filter(sku="CUP").update(name="Teacup")
    named = TWO_ORDERS.replace("number,", "name,number,").replace("\nA", "\nSomebody,A")
    import_file(named)
    assert Customer.objects.filter(name="Ada Lovelace").exists()
    assert Customer.objects.filter(name="Somebody").count() == 1  # C2, who had no name of their own
    assert Product.objects.get(sku="CUP").name == "Teacup"


ADDRESSED = "number,ordered_at,customer,city,country,amount\n"


def test_latest_order_says_the_address(import_file: ImportFile):
    import_file(ADDRESSED + "A2,2026-03-02,C1,Bergen,Norway,1\nA1,2026-03-01,C1,Köln,Germany,1\n")
    address = Customer.objects.get().addresses.get()
    assert (address.city, address.country, address.is_primary) == ("Bergen", "NO", True)
    import_file(ADDRESSED + "A0,2026-02-01,C1,Rom,Italy,1\n")
    assert Customer.objects.get().addresses.get().city == "Bergen"
    import_file(ADDRESSED + "A3,2026-03-03,C1,Oslo,Norway,1\n")
    assert Customer.objects.get().addresses.get().city == "Oslo"


def test_address_that_somebody_corrected_stays_when_the_file_comes_again(import_file: ImportFile):
    content = ADDRESSED + "A1,2026-03-01,C1,Kölln,Germany,1\n"
    import_file(content)
    Customer.objects.get().addresses.update(city="Köln")
    import_file(content)
    assert Customer.objects.get().addresses.get().city == "Köln"


def test_unknown_country_is_kept_as_the_region_and_reported(import_file: ImportFile):
    summary = import_file(ADDRESSED + "A1,2026-03-01,C1,Bergen,Atlantis,1\n")
    address = Customer.objects.get().addresses.get()
    assert (address.country, address.region) == ("", "Atlantis")
    assert [(left["column"], left["examples"]) for left in summary["left_out"]] == [("country", [2])]
    assert summary["countries"] == {"Atlantis": None}


def test_refund_names_its_order_or_is_linked_to_the_only_one_that_holds_its_lines(import_file: ImportFile):
    columns = {
        name: name for name in ("number", "ordered_at", "customer", "sku", "quantity", "unit_price", "refund_of")
    }
    import_file(
        "number,ordered_at,customer,sku,quantity,unit_price,refund_of\n"
        "A1,2026-03-01,C1,TEA,2,12,\n"
        "A2,2026-03-02,C1,CUP,4,3,\n"
        "A3,2026-03-03,C1,CUP,4,3,\n"
        "A9,2026-03-09,C1,SPOON,4,3,\n"
        "R1,2026-03-05,C1,TEA,-1,12,\n"  # only A1 holds it
        "R2,2026-03-05,C1,CUP,-1,3,\n"  # A2 or A3
        "R3,2026-03-05,C1,CUP,-1,3,A3\n"  # stated
        "R4,2026-03-05,C1,SPOON,-1,3,\n"  # bought later
        "R5,2026-03-05,C1,TEA,-3,12,\n"  # more than was bought
        "R6,2026-03-05,C2,TEA,-1,12,\n",  # by somebody else
        mapping={"columns": columns},
    )
    linked = dict(Refund.objects.values_list("external_id", "order__external_id"))
    assert linked == {"R1": "A1", "R2": None, "R3": "A3", "R4": None, "R5": None, "R6": None}


def test_order_number_may_be_put_together_from_columns(import_file: ImportFile):
    mapping = {
        "columns": {"number": "{who}-{day}", "ordered_at": "day", "customer": "who", "amount": "sum"},
        "constants": {"channel": "web"},
    }
    summary = import_file("who day sum\n7 20260301 5\n7 20260301 6\n", mapping={**mapping, "delimiter": "whitespace"})
    order = Order.objects.get()
    assert (order.external_id, order.total_minor, order.channel) == ("7-20260301", 1100, "web")
    assert (summary["inserted"], order.lines.count()) == (2, 2)


def test_import_says_how_the_file_was_read(import_file: ImportFile):
    summary = import_file("Titel\n\nOrder;Date;Price;Shelf\nA1;2026-03-01;5;x\n\n", name="march.csv")
    assert {name: summary[name] for name in ("file", "delimiter", "header_row", "encoding", "assumed_currency")} == {
        "file": "march.csv", "delimiter": ";", "header_row": 3, "encoding": "utf-8", "assumed_currency": "EUR",
    }  # fmt: skip
    assert summary["columns"] == {"number": "Order", "ordered_at": "Date", "unit_price": "Price"}
    assert (summary["ignored_columns"], summary["blank_rows"]) == (["Shelf"], 1)
    stored = Import.objects.get()
    assert (stored.summary["rows"], stored.source, stored.kind) == (1, "shop", "orders")
    assert stored.committed_at is not None


def test_file_without_rows_is_no_mistake(import_file: ImportFile):
    summary = import_file(HEADER)
    assert (summary["rows"], summary["inserted"], summary["rejected"]["count"]) == (0, 0, 0)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A1,2026-03-01,C1,99999999999,0.000001,,,,", "This number is too large."),
        ("A1,2026-03-01,C1,,99999999999,,,99999999999,", "This number is too large."),
        ("A1,2026-03-01,C1,1,1,,,,-999999999999", "This number is too large."),
        ("A1,2026-03-01,C1,-1e12,1,,,,", "This number is too large."),
        ("A1,2026-03-01,C1,1,1,,1.5,,", "This must be a share between 0 and 1."),
        (f"A1,2026-03-01,{'C' * 201},1,1,,,,", "This text is too long."),
        (f"{'A' * 121},2026-03-01,C1,1,1,,,,", "This text is too long."),
    ],
)
def test_what_the_tables_cannot_hold_is_rejected(import_file: ImportFile, row: str, reason: str):
    header = "number,ordered_at,customer,amount,quantity,discount,discount_rate,unit_price,profit\n"
    summary = import_file(header + row + "\n" + "A2,2026-03-01,C1,5,1,,,,\n")
    assert [problem["reason"] for problem in summary["rejected"]["reasons"]] == [reason]
    assert summary["inserted"] == 1


def test_names_of_any_length_and_kind(import_file: ImportFile):
    title = "A very long title " * 10
    import_file(
        "number,ordered_at,customer,name,description,country,amount\n"
        f"A1,2026-03-01,{'ﬃ' * 200},{'ﬃ' * 200},{title},{'Land ' * 100},1\n"
        f"A2,2026-03-01,C2,\N{ZERO WIDTH SPACE},Teapot,,1\n"
    )
    assert Customer.objects.count() == 2
    assert sorted(Product.objects.values_list("name", flat=True)) == [title.strip(), "Teapot"]


def test_times_that_differ_within_an_order_are_told_and_the_first_counts(import_file: ImportFile):
    summary = import_file(HEADER + "A1,2026-03-01 10:01,C1,TEA,T,1,1\nA1,2026-03-01 10:00,C1,CUP,C,1,1\n")
    assert summary["documents_with_two_times"] == 1
    assert Order.objects.get().ordered_at == dt.datetime(2026, 3, 1, 9, 0, tzinfo=dt.UTC)


def test_cells_with_everything_that_copy_escapes(import_file: ImportFile):
    text = 'back\\slash \\N \\. "quoted", new\nline\ttab 王小明'
    quoted = text.replace('"', '""')
    import_file(HEADER + f'A1,2026-03-01,C1,TEA,"{quoted}",1,1\n')
    assert OrderLine.objects.get().description == text
