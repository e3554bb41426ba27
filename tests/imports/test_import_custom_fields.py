"""Custom fields in files of customers, products and orders."""

from __future__ import annotations

import pytest

from customers.custom_fields import reveal
from customers.models import Customer, CustomerExternalId, Order, Product
from imports.errors import ImportFileError
from imports.reasons import Reason
from tests.customers.custom import create_field, create_one_of_each
from tests.imports.conftest import ImportFile

pytestmark = pytest.mark.django_db(transaction=True)


def customer(number: str) -> Customer:
    return CustomerExternalId.objects.get(source="shop", value=number).customer


def test_a_header_names_the_fields(import_file: ImportFile):
    fields = create_one_of_each()
    header = (
        "id,custom.my_text,custom.my_number,custom.my_date,custom.my_multi_choice,custom.my_yes_no,custom.my_sealed"
    )
    text = f"{header},custom.unknown\n1,Blau,007.50,2026-01-31,Gold; 铜,yes,A 1,x\n2,,,,,,,\n"
    summary = import_file(text, kind="customers")
    assert (summary["inserted"], summary["left_out"], summary["ignored_columns"]) == (2, [], ["custom.unknown"])
    kept = customer("1").custom
    assert reveal(fields["sealed"], kept.pop("my_sealed")) == "A 1"
    assert kept == {
        "my_text": "Blau",
        "my_number": "7.5",
        "my_date": "2026-01-31",
        "my_multi_choice": ["gold", "zh"],
        "my_yes_no": True,
    }
    assert customer("2").custom == {}


def test_the_same_file_again_changes_nothing_and_an_empty_cell_or_dots_say_nothing(import_file: ImportFile):
    create_field("size", "number")
    create_field("sealed", confidential="sensitive")
    create_field("hidden", confidential="email")
    header = "id,name,custom.size,custom.sealed,custom.hidden\n"
    import_file(f"{header}1,Ada,3,A1,a@b\n2,Bob,4,B2,b@c\n", kind="customers")
    before = list(Customer.objects.order_by("pk").values())
    assert import_file(f"{header}1,Ada,3.0,a-1,•••@•••\n2,Bob,,••••••,••••••\n", kind="customers")["unchanged"] == 2
    assert list(Customer.objects.order_by("pk").values()) == before
    summary = import_file(f"{header}1,Ada,5,A1,\n2,Rob,6,B2,\n", kind="customers")
    assert (summary["updated"], summary["unchanged"]) == (2, 0)
    assert [(each.custom["size"], each.version) for each in (customer("1"), customer("2"))] == [("5", 2), ("6", 2)]


def test_a_cell_that_cannot_be_read_costs_only_itself(import_file: ImportFile):
    create_field("size", "number")
    create_field("sealed", confidential="sensitive")
    create_field("bonus", "money")
    text = f"id,custom.size,custom.sealed,custom.bonus\n1,big,A1,12.345\n2,3,{'9' * 300},\n"
    summary = import_file(text, kind="customers")
    assert summary["inserted"] == 2
    assert [(each["column"], each["reason"], each["count"]) for each in summary["left_out"]] == [
        ("custom.bonus", Reason.TOO_MANY_DECIMALS.label, 1),
        ("custom.sealed", Reason.TOO_LONG.label, 1),
        ("custom.size", Reason.NOT_A_NUMBER.label, 1),
    ]
    assert customer("1").custom.keys() == {"sealed"}
    assert customer("2").custom == {"size": "3"}


def test_a_mapping_names_the_columns(import_file: ImportFile):
    create_field("size", "number")
    mapping = {"columns": {"customer": "No", "custom.size": "Größe"}, "decimal": "comma"}
    import_file('No,Größe\n1,"1.234,5"\n', kind="customers", mapping=mapping)
    assert customer("1").custom == {"size": "1234.5"}


def test_a_mapping_that_names_no_custom_field_is_refused(import_file: ImportFile):
    create_field("size", "number", applies_to="order")
    with pytest.raises(ImportFileError, match="no custom field of customers"):
        import_file("No,x\n1,2\n", kind="customers", mapping={"columns": {"customer": "No", "custom.size": "x"}})


def test_files_of_products_say_theirs(import_file: ImportFile):
    create_field("weight", "number", applies_to="product")
    create_field("weight", "date")
    header = "sku,product_name,custom.weight\n"
    assert import_file(f"{header}T-1,Tea,250\nF-1,Flask,heavy\n", kind="products")["inserted"] == 2
    assert Product.objects.get(sku="T-1").custom == {"weight": "250"}
    assert Product.objects.get(sku="F-1").custom == {}
    summary = import_file(f"{header}T-1,Tea,250.0\nF-1,Flask,900\n", kind="products")
    assert (summary["updated"], summary["unchanged"]) == (1, 1)
    assert Product.objects.get(sku="F-1").custom == {"weight": "900"}


def test_files_of_orders_say_theirs_in_the_first_line_of_each(import_file: ImportFile):
    create_field("gift", "yes_no", applies_to="order")
    header = "number,ordered_at,customer,product_name,quantity,unit_price,custom.gift\n"
    lines = "A1,2026-01-02,1,Tea,1,5.00,{}\nA1,2026-01-02,1,Flask,1,20.00,no\nA2,2026-01-03,1,Tea,1,5.00,\n"
    import_file(header + lines.format("yes"), kind="orders")
    assert [order.custom for order in Order.objects.order_by("external_id")] == [{"gift": True}, {}]
    before = list(Order.objects.order_by("pk").values())
    import_file(header + lines.format("yes"), kind="orders")
    assert list(Order.objects.order_by("pk").values()) == before
    summary = import_file(header + lines.format("no"), kind="orders")
    assert summary["tables"]["orders"] == {"inserted": 0, "updated": 1, "unchanged": 1}
    assert Order.objects.get(external_id="A1").custom == {"gift": False}
