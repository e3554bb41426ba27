"""From bytes to rows of cells, one at a time and whatever the file does.

Every row of the file comes out as good or as refused with its number and reason: nothing is passed over in silence. A
quotation mark that is never closed swallows all that follows it up to the next one: such a record is refused by its
first line, and the reader goes on with the second.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TextIO

from django.utils.translation import gettext as _

from imports.errors import ImportFileError
from imports.reasons import Reason

# A line longer than this is no line of a table; a record of several lines is refused earlier, at csv's own limit of
# 131,072 characters a cell.
LONGEST_LINE = 1 << 20


@dataclass(frozen=True)
class Refused:
    """A row that is no row of the table: another number of cells than the header, or damaged."""

    row_number: int
    reason: Reason
    cells: Sequence[str]


@dataclass
class Counts:
    """What was met besides good rows. Rows are counted as a spreadsheet does: from 1, the header among them."""

    rows: int = 0
    blank: int = 0
    headers: int = 0
    refused: int = 0


def physical_lines(stream: TextIO) -> Iterator[str]:
    for line_number, line in enumerate(iter(partial(stream.readline, LONGEST_LINE), ""), start=1):
        if len(line) == LONGEST_LINE:
            raise ImportFileError(
                _("Line %(number)s is longer than a million characters: this is not a table in text form.")
                % {"number": line_number}
            )
        yield line


@dataclass
class LineFeed:
    """Hands lines to csv's reader and remembers those of the record it is reading, so that they can be taken back."""

    lines: Iterator[str]
    record: list[str] = field(default_factory=list)
    waiting: deque[str] = field(default_factory=deque)
    met_nul: bool = False

    def __iter__(self) -> LineFeed:
        return self

    def __next__(self) -> str:
        line = self.waiting.popleft() if self.waiting else next(self.lines)
        if "\0" in line:
            self.met_nul = True
        self.record.append(line)
        return line

    def begin_record(self) -> None:
        self.record.clear()
        self.met_nul = False

    def take_back(self) -> str:
        """Give up the record: its first line is returned, the others will be read again."""
        first, *others = self.record
        self.waiting.extendleft(reversed(others))
        self.begin_record()
        return first


Record = tuple[list[str], Reason | None]  # the cells, and why they cannot be used


def split_records(lines: Iterable[str], delimiter: str, width: int = 0) -> Iterator[Record]:
    """Records whose cells are separated by `delimiter` and quoted where they hold one.

    With the table's `width` known, a record of several lines that does not fit it counts as an open quotation mark.
    """
    feed = LineFeed(iter(lines))
    reader = csv.reader(feed, delimiter=delimiter, skipinitialspace=True, strict=True)
    while True:
        cells: list[str] | None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = _loosely_quoted(feed.record, delimiter)
        if cells is None or (width and len(feed.record) > 1 and not fits(cells, width)):
            yield [feed.take_back()], Reason.OPEN_QUOTE
            continue
        yield cells, Reason.NUL if feed.met_nul else None
        feed.begin_record()


def _loosely_quoted(record: list[str], delimiter: str) -> list[str] | None:
    """A single line with quotation marks inside its cells (`"5" pipe"`), as csv reads it by default.

    None for several lines, or one that does not end by itself: there a mark was left open.
    """
    if len(record) > 1:
        return None
    try:
        cells, *others = csv.reader([*record, "\n"], delimiter=delimiter, skipinitialspace=True)
    except csv.Error:
        return None
    return cells if others else None


def split_by_whitespace(lines: Iterable[str]) -> Iterator[Record]:
    return ((line.split(), Reason.NUL if "\0" in line else None) for line in lines)


def fits(cells: Sequence[str], width: int) -> bool:
    """Cells beyond the header do no harm while they are empty, as those that a spreadsheet leaves behind."""
    return len(cells) == width or (len(cells) > width and not any(cells[width:]))


@dataclass(frozen=True)
class Layout:
    """How a file is written: found out from its beginning, or stated by the mapping."""

    delimiter: str  # one character, or "whitespace"
    header: list[str]
    header_row: int  # 0 where the file has none

    def records(self, lines: Iterable[str]) -> Iterator[Record]:
        return records(lines, self.delimiter, len(self.header))


def records(lines: Iterable[str], delimiter: str, width: int = 0) -> Iterator[Record]:
    return split_by_whitespace(lines) if delimiter == "whitespace" else split_records(lines, delimiter, width)


def rows(
    lines: Iterable[str], layout: Layout, counts: Counts, refuse: Callable[[Refused], None]
) -> Iterator[tuple[int, list[str]]]:
    """The good rows below the header with their numbers; the others are counted, and handed to `refuse`."""
    header, width = layout.header, len(layout.header)
    for row_number, (cells, fault) in enumerate(layout.records(lines), start=1):
        if row_number <= layout.header_row:
            continue
        if fault is None and not any(cells):
            counts.blank += 1
            continue
        if cells == header:  # files put one behind the other bring it along
            counts.headers += 1
            continue
        counts.rows += 1
        if fault is None and fits(cells, width):
            yield row_number, cells if len(cells) == width else cells[:width]
        else:
            counts.refused += 1
            refuse(Refused(row_number, fault or Reason.WIDTH, cells))
