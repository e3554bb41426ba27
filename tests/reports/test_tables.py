import csv
import io

import numpy as np
import pandas as pd
import pytest

from reports.charts.drawing import Column, ColumnKind, Drawing, Table, rows_of
from reports.tables import as_file, shown_rows
from tests.reports.charts.english import ENGLISH

COLUMNS = (
    Column("label", "Segment"),
    Column("month", "Month", ColumnKind.MONTH),
    Column("customers", "Customers", ColumnKind.COUNT),
    Column("share", "Share", ColumnKind.SHARE),
    Column("minor", "Revenue", ColumnKind.MONEY),
)


def drawing(*rows: tuple[object, ...], drill: str = "") -> Drawing:
    frame = pd.DataFrame(rows, columns=["segment", "label", "month", "customers", "share", "minor"])
    frame["month"] = pd.to_datetime(frame["month"])
    return Drawing("", None, Table(COLUMNS, frame), sample="", unit="", drill=drill)


def parsed(drawing: Drawing) -> list[list[str]]:
    text = as_file(drawing, ENGLISH, "csv").decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def test_a_file_holds_plain_numbers_and_names_the_currency():
    assert parsed(drawing(("at_risk", "At risk", "2026-01-01", 1_234, 0.123456789, -123_456))) == [
        ["Segment", "Month", "Customers", "Share", "Revenue (EUR)"],
        ["At risk", "2026-01", "1234", "0.123457", "-1234.56"],
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_a_spreadsheet_takes_no_cell_for_a_formula(start):
    text = f"{start}cmd|' /C calc'!A0"
    [_heading, row] = parsed(drawing(("x", text, "2026-01-01", 1, 0.5, 100)))
    assert row[0] == f"'{text}"


def test_texts_with_commas_quotes_and_lines_come_back_whole():
    text = 'Shops, "large"\nand small'
    assert parsed(drawing(("x", text, "2026-01-01", 1, 0.5, 100)))[1][0] == text


def test_a_page_shows_formatted_values():
    [cells] = shown_rows(drawing(("at_risk", "At risk", "2026-01-01", 1_234, 0.125, 123_456)), ENGLISH)
    assert [cell.text for cell in cells] == ["At risk", "Jan 2026", "1,234", "12.5%", "€1,234.56"]
    assert [cell.is_numeric for cell in cells] == [False, False, True, True, True]
    assert [cell.url for cell in cells] == [""] * 5


def test_the_first_cell_leads_to_the_customers_behind_the_row():
    [cells] = shown_rows(drawing(("at_risk", "At risk", "2026-01-01", 1, 1, 1), drill="segment"), ENGLISH)
    assert cells[0].url == "/customers/?segment=at_risk"


def test_no_rows_is_a_file_with_headings():
    assert parsed(drawing()) == [["Segment", "Month", "Customers", "Share", "Revenue (EUR)"]]


def test_rows_hold_numbers_of_python_whatever_holds_them_in_the_frame():
    frame = pd.DataFrame(
        {"count": [1, 2], "share": [0.5, float("nan")], "mixed": pd.Series([np.int64(3), None], dtype=object)}
    )
    first, second = rows_of(frame)
    assert first == {"count": 1, "share": 0.5, "mixed": 3}
    assert [type(value) for value in first.values()] == [int, float, int]
    assert second["mixed"] is None
