"""Rows written as CSV or XLSX, as they come and however many they are."""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape  # nosec B406  # writes only

from core.spreadsheets import BYTE_ORDER_MARK, plain_text

Row = Sequence[Any]
Writer = Callable[[Path, Row, Iterable[Row]], int]

MOST_ROWS_OF_A_SHEET = 1_048_575  # and one for the headings
MOST_CHARACTERS = 32_767
FIRST_DAY = dt.date(1899, 12, 30)  # as spreadsheets count, which think that 1900 had a 29 February
DAY_STYLE = ' s="1"'

# XML has no word for them, and a text that looks like the escape of one would be read as it.
_UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LIKE_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")

_PREFIX = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLES = (
    f'{_PREFIX}<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
)


@contextmanager
def private_file(path: Path) -> Iterator[io.BufferedWriter]:
    """A new file that only its owner reads."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        yield stream


def write_csv(path: Path, headings: Row, rows: Iterable[Row]) -> int:
    """How many rows were written."""
    count = 0
    with private_file(path) as stream, io.TextIOWrapper(stream, "utf-8", errors="replace", newline="") as text:
        text.write(BYTE_ORDER_MARK)
        writer = csv.writer(text)
        writer.writerow([_csv_cell(each) for each in headings])
        for row in rows:
            writer.writerow([_csv_cell(each) for each in row])
            count += 1
    return count


def _csv_cell(value: Any) -> Any:
    if isinstance(value, str):
        return plain_text(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def write_xlsx(path: Path, headings: Row, rows: Iterable[Row]) -> int:
    """Texts as texts: none is a formula, whatever it begins with. What one sheet cannot hold goes on in the next."""
    count, sheets, left = 0, 0, iter(rows)
    heading = _xlsx_row(headings)
    with private_file(path) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        row = next(left, None)
        while row is not None or not sheets:
            sheets += 1
            with archive.open(f"xl/worksheets/sheet{sheets}.xml", "w", force_zip64=True) as sheet:
                sheet.write(f'{_PREFIX}<worksheet xmlns="{_MAIN}"><sheetData>{heading}'.encode())
                here = 0
                while row is not None and here < MOST_ROWS_OF_A_SHEET:
                    sheet.write(_xlsx_row(row).encode())
                    here += 1
                    row = next(left, None)
                sheet.write(b"</sheetData></worksheet>")
            count += here
        for name, text in _frame(sheets):
            archive.writestr(name, text)
    return count


def _xlsx_row(row: Row) -> str:
    return f"<row>{''.join(map(_xlsx_cell, row))}</row>"


def _xlsx_cell(value: Any) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float | Decimal):
        return f"<c><v>{value}</v></c>"
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime) and value > dt.date(1900, 3, 1):
        return f"<c{DAY_STYLE}><v>{(value - FIRST_DAY).days}</v></c>"
    text = value.isoformat() if isinstance(value, dt.date) else str(value)
    return f'<c t="inlineStr"><is><t xml:space="preserve">{xml_text(text)}</t></is></c>'


def xml_text(text: str) -> str:
    speakable = _LIKE_ESCAPE.sub("_x005F_", _UNSPEAKABLE.sub("", text[:MOST_CHARACTERS]))
    return escape(speakable, {"\r": "_x000D_"})


def _frame(sheets: int) -> Iterator[tuple[str, str]]:
    """What a workbook has around its sheets."""
    numbers = range(1, sheets + 1)
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>' for n in numbers
    )
    yield (
        "[Content_Types].xml",
        f'{_PREFIX}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>{types}</Types>',
    )
    yield "_rels/.rels", _relations([("rId1", "officeDocument", "xl/workbook.xml")])
    named = "".join(f'<sheet name="{n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    yield (
        "xl/workbook.xml",
        f'{_PREFIX}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{named}</sheets></workbook>',
    )
    parts = [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in numbers]
    yield "xl/_rels/workbook.xml.rels", _relations([*parts, (f"rId{sheets + 1}", "styles", "styles.xml")])
    yield "xl/styles.xml", _STYLES


def _relations(targets: Iterable[tuple[str, str, str]]) -> str:
    said = "".join(f'<Relationship Id="{key}" Type="{_RELATIONS}/{kind}" Target="{to}"/>' for key, kind, to in targets)
    return f'{_PREFIX}<Relationships xmlns="{_PACKAGE}/relationships">{said}</Relationships>'


WRITERS: dict[str, Writer] = {"csv": write_csv, "xlsx": write_xlsx}
CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": f"{_TYPE}.sheet"}
