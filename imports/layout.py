"""Finding out how a file is written: what separates its cells, which row is the header, which column is which field."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext as _

from imports.errors import ImportFileError
from imports.fields import FIELDS, Field, plain
from imports.files import SAMPLE_BYTES, decoded_sample, likely_encodings, sample
from imports.mapping import Column, FileMapping, columns_in
from imports.models import Kind
from imports.reading import Layout, physical_lines, records

DELIMITERS = (",", ";", "\t", "|")
# How far down a header may stand, below titles and remarks.
HEADER_WITHIN = 30
SNIFFED_ROWS = 50
MOST_COLUMNS = 1500  # a table of PostgreSQL has room for 1,600

NumberedRow = tuple[int, list[str]]


@dataclass(frozen=True)
class Plan:
    """How one file will be read: its encodings to try, its layout, and the mapping with the columns that it has."""

    encodings: tuple[str, ...]
    layout: Layout
    mapping: FileMapping

    def position(self, column: str) -> int:
        """Where a column of the mapping stands in the file, from 0."""
        return [plain(name) for name in self.layout.header].index(plain(column))

    @property
    def ignored_columns(self) -> list[str]:
        used = {plain(column) for name in self.mapping.columns for column in self.mapping.columns_of(name)}
        return [name for name in self.layout.header if plain(name) not in used]


def plan(path: Path, *, kind: str, mapping: FileMapping | None) -> Plan:
    """Look at the beginning of the file and say how it will be read, or raise ImportFileError with what is missing."""
    encodings, lines = beginning(path, mapping.encoding if mapping else "")
    delimiter = (mapping.delimiter if mapping else "") or sniffed_delimiter(lines)
    first_rows = filled_rows(lines, delimiter)
    if not first_rows:
        raise ImportFileError(_("The file %(path)s is empty.") % {"path": path})
    layout, mapping = _recognised(first_rows, delimiter, kind, mapping)
    if len(layout.header) > MOST_COLUMNS:
        raise ImportFileError(
            _("The file has %(count)s columns. More than %(most)s cannot be read; remove those that are not needed.")
            % {"count": len(layout.header), "most": MOST_COLUMNS}
        )
    _check_doubled(layout, mapping)
    _check_amounts(mapping)
    return Plan(encodings, layout, mapping)


def beginning(path: Path, encoding: str = "") -> tuple[tuple[str, ...], list[str]]:
    """The encodings that the file may be in, best first, and its first lines."""
    start = sample(path)
    encodings, text = _first_that_reads(start, likely_encodings(start, encoding), path)
    lines = list(physical_lines(io.StringIO(text, newline="")))
    if len(start) >= SAMPLE_BYTES:
        del lines[-1]  # cut off in its middle
    return encodings, lines


def _first_that_reads(start: bytes, encodings: tuple[str, ...], path: Path) -> tuple[tuple[str, ...], str]:
    for number, encoding in enumerate(encodings):
        text = decoded_sample(start, encoding)
        if text is not None:
            return encodings[number:], text
    raise ImportFileError(
        _("The file %(path)s is not written in %(encoding)s. Leave the encoding out of the mapping to have it found.")
        % {"path": path, "encoding": encodings[-1]}
    )


def sniffed_delimiter(lines: Sequence[str]) -> str:
    """The character that cuts most of the first rows into the same number of cells, two at least."""

    def agreement(delimiter: str) -> tuple[int, int]:
        widths = Counter(len(cells) for cells, _fault in islice(records(lines, delimiter), SNIFFED_ROWS))
        return max(((count, width) for width, count in widths.items() if width > 1), default=(0, 0))

    return max(DELIMITERS, key=agreement)


def filled_rows(lines: Iterable[str], delimiter: str) -> list[NumberedRow]:
    numbered = enumerate((cells for cells, _fault in records(lines, delimiter)), start=1)
    filled = ((number, [cell.strip() for cell in cells]) for number, cells in numbered if any(cells))
    return list(islice(filled, HEADER_WITHIN))


def _recognised(
    first_rows: list[NumberedRow], delimiter: str, kind: str, mapping: FileMapping | None
) -> tuple[Layout, FileMapping]:
    if mapping is None:
        return _by_known_names(first_rows, delimiter, kind)
    if mapping.header:
        return Layout(delimiter, mapping.header, 0), mapping
    needed = _needed_columns(mapping)
    for number, cells in first_rows:
        if needed <= set(map(plain, cells)):
            return Layout(delimiter, cells, number), _present(mapping, cells)
    raise _columns_missing(mapping, needed, first_rows)


def _needed_columns(mapping: FileMapping) -> set[str]:
    required = {item.name for item in FIELDS[mapping.kind] if item.required}
    names = [name for name in mapping.columns if name in required or not mapping.optional_columns]
    return {plain(column) for name in names for column in mapping.columns_of(name)}


def _present(mapping: FileMapping, header: Sequence[str]) -> FileMapping:
    known = set(map(plain, header))
    columns = {
        name: column for name, column in mapping.columns.items() if known.issuperset(map(plain, columns_in(column)))
    }
    return replace(mapping, columns=columns)


def _columns_missing(mapping: FileMapping, needed: set[str], first_rows: list[NumberedRow]) -> ImportFileError:
    # The row that has most of them is the one the user takes for the header.
    _number, header = max(first_rows, key=lambda row: len(needed & set(map(plain, row[1]))))
    missing = needed - set(map(plain, header))
    names = [column for name in mapping.columns for column in mapping.columns_of(name) if plain(column) in missing]
    return ImportFileError(
        _("The file has no column %(missing)s, which its mapping needs. Its columns are: %(header)s. "
          "Correct the mapping, or name the one for this file.")
        % {"missing": listed(dict.fromkeys(names)), "header": listed(header)}
    )  # fmt: skip


def _by_known_names(first_rows: list[NumberedRow], delimiter: str, kind: str) -> tuple[Layout, FileMapping]:
    required = [item for item in FIELDS[kind] if item.required]
    best: dict[str, Column] = {}
    for number, cells in first_rows:
        if number > first_rows[0][0] and _has_numbers(cells):
            continue
        columns = _matched(cells, kind)
        if all(item.name in columns for item in required):
            return Layout(delimiter, cells, number), FileMapping(kind, columns=columns)
        best = max(best, columns, key=len)
    missing = [item for item in required if item.name not in best]
    raise ImportFileError(
        _("No column was recognised as %(missing)s. The file's columns are: %(header)s. Name the column so, or state "
          "with --mapping which one it is.")
        % {"missing": " / ".join(map(_field_in_words, missing)), "header": listed(first_rows[0][1])}
    )  # fmt: skip


def _matched(header: Sequence[str], kind: str) -> dict[str, Column]:
    """Fields by our own names first, then by the names that others use; each column serves one field."""
    free = {plain(name): name for name in reversed(header) if plain(name)}
    columns: dict[str, Column] = {}
    for item in FIELDS[kind]:
        if plain(item.name) in free:
            columns[item.name] = free.pop(plain(item.name))
    for item in FIELDS[kind]:
        found = next((plain(name) for name in item.names if plain(name) in free), None)
        if item.name not in columns and found is not None:
            columns[item.name] = free.pop(found)
    if kind == Kind.ORDERS and "sku" not in columns and "product_name" in columns:
        columns["sku"] = columns["product_name"]
    return columns


def _has_numbers(cells: Sequence[str]) -> bool:
    """Further down, a row with the word "id" or "date" in a cell may as well be one of the data."""
    return any(any(map(str.isdigit, cell)) and not any(map(str.isalpha, cell)) for cell in cells)


def _field_in_words(item: Field) -> str:
    return f"“{item.name}” ({', '.join(item.names)})"


def _check_doubled(layout: Layout, mapping: FileMapping) -> None:
    names = Counter(map(plain, layout.header))
    for name in mapping.columns:
        for column in mapping.columns_of(name):
            if names[plain(column)] > 1:
                raise ImportFileError(
                    _("The file has the column “%(column)s” twice. Rename or remove one of them, so that it is clear "
                      "which one is meant.")
                    % {"column": column}
                )  # fmt: skip


def _check_amounts(mapping: FileMapping) -> None:
    if mapping.kind == Kind.ORDERS and not {"unit_price", "amount"} & {*mapping.columns, *mapping.constants}:
        raise ImportFileError(
            _("No column was recognised as a price: lines of orders need a “unit_price” or an “amount”. Name the "
              "column so, or state with --mapping which one it is.")
        )  # fmt: skip


def listed(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)
