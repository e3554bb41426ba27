"""Files that broke other importers: read to the end, or refused in our own words, and never anything else."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from pathlib import Path

import pytest

from imports.errors import ImportFileError
from imports.files import opened
from imports.importing import Request, run_import
from imports.layout import beginning, filled_rows, plan, sniffed_delimiter
from imports.mapping import FileMapping
from imports.models import Kind
from imports.reading import Counts, Layout, Refused, physical_lines, rows
from tests.imports.conftest import claimed

pytestmark = pytest.mark.real_data

TABLES = {".csv", ".tsv", ".psv", ".ssv", ".txt", ".zip", ".unknown"}
SPREADSHEETS = {".xls", ".xlsx", ".xlsm", ".ods"}


def read_all(path: Path, layout: Layout, encodings: tuple[str, ...]) -> tuple[list[list[str]], list[Refused], Counts]:
    for encoding in encodings:
        refused: list[Refused] = []
        counts = Counts()
        try:
            with opened(path) as (content, _raw):
                text = io.TextIOWrapper(content, encoding=encoding, newline="")
                good = [cells for _number, cells in rows(physical_lines(text), layout, counts, refused.append)]
        except UnicodeDecodeError:
            continue
        return good, refused, counts
    raise AssertionError(f"{path} is in none of {encodings}")


def first_row_as_header(path: Path) -> tuple[Layout, tuple[str, ...]]:
    """What the file would be read by if its first row were the header that somebody had mapped."""
    encodings, lines = beginning(path)
    delimiter = sniffed_delimiter(lines)
    first_rows = filled_rows(lines, delimiter)
    if not first_rows:
        raise ImportFileError("nothing in it")
    number, header = first_rows[0]
    return Layout(delimiter, header, number), encodings


def messy(data_dir: Path, endings: set[str]) -> list[Path]:
    files = [path for path in (data_dir / "messy_files").rglob("*") if path.is_file() and path.suffix in endings]
    assert len(files) > 20
    return sorted(files)


def test_every_table_is_read_to_its_end_or_refused_in_words(data_dir: Path):
    read = 0
    for path in messy(data_dir, TABLES):
        try:
            layout, encodings = first_row_as_header(path)
            good, refused, counts = read_all(path, layout, encodings)
        except ImportFileError:
            continue
        assert all(len(cells) == len(layout.header) for cells in good), path
        assert counts.rows == len(good) + len(refused), path
        read += 1
    assert read > 150


@pytest.mark.parametrize("kind", Kind.values)
def test_every_table_is_recognised_or_refused_in_words(data_dir: Path, kind: str):
    recognised = 0
    for path in messy(data_dir, TABLES):
        with suppress(ImportFileError):
            plan(path, kind=kind, mapping=None)
            recognised += 1
    assert recognised > 0 or kind in {"orders", "events"}


@pytest.mark.django_db
def test_every_table_with_an_id_is_imported_as_customers_and_as_products(data_dir: Path):
    """To the last statement: whatever stands in the cells, each row is accounted for."""
    imported = 0
    for path in messy(data_dir, TABLES):
        for kind in (Kind.CUSTOMERS, Kind.PRODUCTS):
            with suppress(ImportFileError):
                summary = run_import(claimed(Request(str(path), kind)))
                accounted = [summary[name] for name in ("inserted", "updated", "unchanged")]
                assert summary["rows"] == sum(accounted) + summary["rejected"]["count"], path
                imported += 1
    assert imported > 60


def test_every_spreadsheet_is_told_to_be_one(data_dir: Path):
    for path in messy(data_dir, SPREADSHEETS):
        with pytest.raises(ImportFileError) as refused:
            plan(path, kind="customers", mapping=None)
        assert "spreadsheet" in str(refused.value), path


SPECTRUM = Path("messy_files") / "csv_spectrum"


def spectrum_cases(data_dir: Path) -> list[Path]:
    return sorted((data_dir / SPECTRUM / "csvs").glob("*.csv"))


def test_csv_spectrum_is_read_as_it_says(data_dir: Path):
    compared = 0
    for path in spectrum_cases(data_dir):
        expected = json.loads((data_dir / SPECTRUM / "json" / f"{path.stem}.json").read_text(encoding="utf-8"))
        layout, encodings = first_row_as_header(path)
        good, refused, _counts = read_all(path, layout, encodings)
        found = [dict(zip(layout.header, cells, strict=True)) for cells in good]
        if path.stem == "location_coordinates":  # its JSON is one object, and states another phone number
            (only,) = found
            assert {**only, "Contact Phone Number": ""} == {**expected, "Contact Phone Number": ""}
        else:
            assert found == expected, path
        assert refused == []
        compared += 1
    assert compared == 12


def test_rows_of_a_file_with_a_stray_quote_are_not_lost(data_dir: Path):
    """frictionless' issue 1478 and the like: what is refused is named by its row, the rest is there."""
    path = data_dir / "messy_files" / "frictionless" / "data" / "defective-rows.csv"
    layout, encodings = first_row_as_header(path)
    good, refused, _counts = read_all(path, layout, encodings)
    assert good == []
    assert [(row.row_number, str(row.reason)) for row in refused] == [(2, "width"), (3, "width")]


def test_mapping_for_a_file_with_remarks_above_its_header(data_dir: Path):
    path = data_dir / "messy_files" / "frictionless" / "data" / "country-2.csv"
    mapping = FileMapping.read({"kind": "customers", "columns": {"customer": "id", "name": "name"}}, where="the test")
    planned = plan(path, kind="customers", mapping=mapping)
    good, refused, _counts = read_all(path, planned.layout, planned.encodings)
    assert (len(good), refused, planned.layout.header_row) == (5, [], 2)
