"""How a file is written: found out, or said in words why not."""

from __future__ import annotations

import gzip
import lzma
import zipfile
from pathlib import Path

import pytest

from imports.errors import ImportFileError
from imports.layout import Plan, plan
from imports.mapping import FileMapping

ORDERS = "order,date,price\nA1,2026-03-01,12.50\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "orders.csv"


def planned(file: Path, content: str | bytes, *, kind: str = "orders", **mapping: object) -> Plan:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    stated = FileMapping.read({"kind": kind, **mapping}, where="the test") if mapping else None
    return plan(file, kind=kind, mapping=stated)


def complaint(file: Path, content: str | bytes, *, kind: str = "orders", **mapping: object) -> str:
    with pytest.raises(ImportFileError) as refused:
        planned(file, content, kind=kind, **mapping)
    return str(refused.value)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (ORDERS.encode(), "utf-8"),
        (ORDERS.encode("utf-8-sig"), "utf-8-sig"),
        (ORDERS.encode("utf-16"), "utf-16"),
        (ORDERS.encode("utf-16-le"), "utf-16-le"),
        (ORDERS.encode("utf-16-be"), "utf-16-be"),
        (ORDERS.replace("A1", "Ä1").encode("cp1252"), "cp1252"),
        (b"order,date,price\nA\x81,2026-03-01,1\n", "latin-1"),
    ],
)
def test_encoding_is_found(file: Path, content: bytes, encoding: str):
    found = planned(file, content)
    assert found.encodings[0] == encoding
    assert found.layout.header == ["order", "date", "price"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found(file: Path, delimiter: str):
    content = ORDERS.replace(",", delimiter)
    assert planned(file, content).layout.delimiter == delimiter


def test_delimiter_inside_quotes_does_not_mislead(file: Path):
    found = planned(file, 'order;date;price;description\nA1;2026-03-01;12;"a, b, c, d"\nA2;2026-03-01;12;"e, f, g"\n')
    assert found.layout.delimiter == ";"


def test_header_may_stand_below_titles(file: Path):
    found = planned(file, "# Orders of March\n\nShop;Berlin\norder;date;price\nA1;2026-03-01;12.50\n")
    assert (found.layout.header_row, found.layout.header) == (4, ["order", "date", "price"])


def test_columns_are_recognised_by_names_that_others_use(file: Path):
    found = planned(
        file, "Invoice No,Invoice Date,Customer ID,Stock Code,Qty,Unit Price,Shelf\n1,2026-03-01,C,S,1,2,x\n"
    )
    assert found.mapping.columns == {
        "number": "Invoice No",
        "ordered_at": "Invoice Date",
        "customer": "Customer ID",
        "sku": "Stock Code",
        "quantity": "Qty",
        "unit_price": "Unit Price",
    }
    assert found.ignored_columns == ["Shelf"]


def test_product_without_a_number_goes_by_its_name(file: Path):
    found = planned(file, "order,date,price,description\nA1,2026-03-01,12.50,Teapot\n")
    assert found.mapping.columns["sku"] == "description"


def test_row_of_data_is_not_taken_for_the_header(file: Path):
    assert "No column was recognised as “customer”" in complaint(file, "a,b\nx,y\nIDAHO,ID,1576\n", kind="customers")


def test_file_without_a_header_gets_its_names_from_the_mapping(file: Path):
    found = planned(
        file,
        "A1 2026-03-01 12.50\n",
        delimiter="whitespace",
        header=["id", "day", "sum"],
        columns={"number": "id", "ordered_at": "day", "amount": "sum"},
    )
    assert (found.layout.header, found.layout.header_row) == (["id", "day", "sum"], 0)


def test_missing_column_is_named_with_those_that_there_are(file: Path):
    said = complaint(file, ORDERS, columns={"number": "order", "ordered_at": "Booked", "unit_price": "price"})
    assert "no column “Booked”" in said
    assert "“order”, “date”, “price”" in said


def test_missing_columns_of_our_own_layout_are_left_out(file: Path):
    columns = {"number": "order", "ordered_at": "date", "unit_price": "price", "customer": "customer"}
    found = planned(file, ORDERS, columns=columns, optional_columns=True)
    assert "customer" not in found.mapping.columns


def test_unrecognised_file_says_what_is_missing(file: Path):
    said = complaint(file, "a,b\n1,2\n")
    assert "“number” (order, order id" in said
    assert "“a”, “b”" in said


def test_orders_without_a_price_are_refused(file: Path):
    assert "unit_price" in complaint(file, "order,date\nA1,2026-03-01\n")


def test_doubled_column_is_refused_only_where_it_is_meant(file: Path):
    assert "“date” twice" in complaint(file, "order,date,price,date\nA1,2026-03-01,1,2026-03-02\n")
    assert planned(file, "order,date,price,note,note\nA1,2026-03-01,1,x,y\n").layout.header_row == 1


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_empty_file_is_said_to_be_empty(file: Path, content: bytes):
    assert "is empty" in complaint(file, content)


def test_compressed_files_are_unpacked(file: Path):
    assert planned(file, gzip.compress(ORDERS.encode())).layout.header_row == 1
    assert planned(file, lzma.compress(ORDERS.encode())).layout.header_row == 1
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("orders.csv", ORDERS)
    assert plan(file, kind="orders", mapping=None).layout.header_row == 1


def test_archive_of_several_files_is_refused(file: Path):
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.csv", ORDERS)
        archive.writestr("b.csv", ORDERS)
    with pytest.raises(ImportFileError, match="holds 2 files"):
        plan(file, kind="orders", mapping=None)


def test_spreadsheets_are_told_from_tables(file: Path):
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
    with pytest.raises(ImportFileError, match="is a spreadsheet"):
        plan(file, kind="orders", mapping=None)
    assert "is a spreadsheet" in complaint(file, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512))


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_damaged_archive_is_said_to_be_damaged(file: Path, pack):
    packed = pack(ORDERS.encode() * 1000)
    assert "damaged or incomplete" in complaint(file, packed[: len(packed) // 2])


def test_stated_encoding_that_does_not_fit_is_named(file: Path):
    columns = {"number": "order", "ordered_at": "date", "unit_price": "price"}
    said = complaint(file, ORDERS.replace("A1", "Ä1").encode("cp1252"), columns=columns, encoding="utf-8")
    assert "not written in utf-8" in said


def test_missing_file_and_folder(tmp_path: Path):
    with pytest.raises(ImportFileError, match="There is no file"):
        plan(tmp_path / "none.csv", kind="orders", mapping=None)
    with pytest.raises(ImportFileError, match="is a folder"):
        plan(tmp_path, kind="orders", mapping=None)
