"""The table beside a chart: as a page shows it, and as a file carries it on."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pandas as pd
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.money import from_minor
from core.spreadsheets import plain_text
from imports.exporting.spreadsheet import WRITERS
from reports.charts.drawing import ONE_CUSTOMER, Column, ColumnKind, Drawing, rows_of
from reports.charts.words import Words


@dataclass(frozen=True)
class Cell:
    text: str
    is_numeric: bool
    label: str
    url: str = ""


def shown_rows(drawing: Drawing, words: Words) -> Iterator[list[Cell]]:
    """Every row as texts; the first cell leads to the customers behind it, where a filter of their list has them."""
    columns = drawing.table.columns
    for row in rows_of(drawing.table.frame):
        cells = [Cell(_shown(row[column.key], column, words), column.is_numeric, column.label) for column in columns]
        if drawing.drill:
            value = row[drawing.drill]
            url = customers_url(drawing.drill) + quote(str(value)) if value else ""
            cells[0] = Cell(cells[0].text, cells[0].is_numeric, cells[0].label, url)
        yield cells


def html_of(rows: Iterable[Sequence[Cell]]) -> SafeString:
    """The rows of the table on a page. A template looks up each value by its name, which is most of what a page of
    charts takes."""
    return format_html_join("", "<tr>{}</tr>", ((format_html_join("", "{}", map(_td, row)),) for row in rows))


def _td(cell: Cell) -> tuple[SafeString]:
    text = format_html('<a href="{}">{}</a>', cell.url, cell.text) if cell.url else cell.text
    return (format_html('<td class="num">{}</td>' if cell.is_numeric else "<td>{}</td>", text),)


def customers_url(drill: str) -> str:
    """The customer list, wanting the value of the filter at its end; or a customer's page, wanting their number."""
    if drill == ONE_CUSTOMER:
        return reverse("customers:list")
    return f"{reverse('customers:list')}?{urlencode({drill: ''})}"


def as_file(drawing: Drawing, words: Words, file_format: str) -> bytes:
    """The table as CSV or as an Excel file, with plain numbers: amounts in whole units of the currency that the heading
    names, shares of 1."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"table.{file_format}"
        headings = [heading(column, words) for column in drawing.table.columns]
        WRITERS[file_format](path, headings, plain_rows(drawing, words))
        return path.read_bytes()


def plain_rows(drawing: Drawing, words: Words) -> Iterator[list[Any]]:
    """Every row as a file holds it; what cannot be made is nothing."""
    for row in rows_of(drawing.table.frame):
        yield [_plain(row[column.key], column, words) for column in drawing.table.columns]


def heading(column: Column, words: Words) -> str:
    if column.kind is ColumnKind.MONEY:
        return _("%(heading)s (%(currency)s)") % {"heading": column.label, "currency": words.currency}
    return column.label


def _shown(value: Any, column: Column, words: Words) -> str:
    if pd.isna(value):
        return "–"
    match column.kind:
        case ColumnKind.MONEY:
            return words.money(value)
        case ColumnKind.SHARE:
            return words.percent(value)
        case ColumnKind.COUNT | ColumnKind.FIGURE:
            return words.number(value)
        case ColumnKind.MONTH:
            return words.month(value)
        case ColumnKind.TEXT:
            return str(value)


def _plain(value: Any, column: Column, words: Words) -> Any:
    if pd.isna(value):
        return None
    match column.kind:
        case ColumnKind.MONEY:
            return from_minor(value, words.currency)
        case ColumnKind.SHARE:
            return round(value, 6)
        case ColumnKind.MONTH:
            return f"{value:%Y-%m}"
        case ColumnKind.TEXT:
            return plain_text(str(value))
        case ColumnKind.COUNT:
            return int(value) if float(value).is_integer() else round(float(value), 6)
        case ColumnKind.FIGURE:
            return round(value, 3)
