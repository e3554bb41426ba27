"""Beside each file of facts the same rows as plain columns of numbers, out of which those of some customers are taken.

A Parquet file must be unpacked before the engine can tell whose a row is. A column of numbers is read as it lies, and a
mask over the ids of customers says at once which rows are wanted. A file of columns is made of one file of facts and
says the same, so it lives and goes with that; where it is not there, since a number would not fit or the snapshot is
older, the file of facts is asked.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.column_files import ALIGNED, write_body, write_head
from analytics.engine import Engine, NoNumber, facts_folder, literal
from analytics.models import SnapshotManifest
from analytics.snapshot_files import WHOLE, make_durable
from analytics.snapshot_tables import EVENTS, LINES, ORDERS, FactTable

Mask = NDArray[np.bool_]
Numbers = NDArray[Any]

ENDING = ".columns"
# A mask has a byte for each id: beyond this many a question does without.
MOST_IDS = 1 << 26
EPOCH = dt.date(1970, 1, 1)
# Of one table in memory; of nearly all customers and many years the engine takes less, reading file by file.
MOST_BYTES = 40_000_000
# Millionths in 18 digits.
LARGEST = 10**18
# Of ids from 1 on, where larger ones are looked up in its last place.
KNOWN: Mask = np.array([False, True])
ANY: Mask = np.array([True])
_TYPES = tuple(np.dtype(f"<{kind}") for kind in ("u1", "i1", "u2", "i2", "u4", "i4", "i8"))
_FACTORS = (10**6, 10**4, 10**3, 10**2)


class NoColumns(Exception):
    """Beside a file of facts; what is asked of columns is to be asked of the facts."""


@dataclass(frozen=True)
class Column:
    """`number`: what is kept of a row of the file, a whole number; `value`: the same again as the facts have it, over
    the columns that are kept. `of`: which of these it takes, if not that of its own name."""

    number: str = ""
    value: str = ""
    of: tuple[str, ...] = ()
    is_text: bool = False


def _id(name: str) -> Column:
    return Column(f"COALESCE({name}, 0)", f"NULLIF(CAST({name} AS BIGINT), 0)")


def _day(name: str) -> Column:
    return Column(f"{name} - DATE '{EPOCH}'", f"DATE '{EPOCH}' + CAST({name} AS INTEGER)")


def _text(name: str) -> Column:
    return Column(name, f"CAST({name} AS VARCHAR)", is_text=True)


def _decimal(name: str) -> tuple[str, str]:
    return f"CAST(COALESCE(CAST({name} AS {{wide}}), 0) * 1000000 AS BIGINT)", (
        f"CAST({name} AS DECIMAL(18, 0)) * CAST(0.000001 AS DECIMAL(7, 6))"
    )


# Further from midnight than an instant of the day is anywhere.
NO_SECOND = -1_000_000
_SECOND = Column(f"COALESCE(second, {NO_SECOND})", f"NULLIF(CAST(second AS INTEGER), {NO_SECOND})")
_COST, _COST_AGAIN = _decimal("cost")

COLUMNS: dict[str, dict[str, Column]] = {
    ORDERS.name: {
        "order_id": _id("order_id"),
        "customer_id": _id("customer_id"),
        "ordered_date": _day("ordered_date"),
        "second": _SECOND,
        "total_minor": Column("total_minor", "CAST(total_minor AS BIGINT)"),
        "channel": _text("channel"),
        "kind": _text("kind"),
    },
    LINES.name: {
        "order_id": _id("order_id"),
        "customer_id": _id("customer_id"),
        "product_id": _id("product_id"),
        "ordered_date": _day("ordered_date"),
        "quantity": Column(*_decimal("quantity")),
        "amount": Column(*_decimal("amount")),
        "has_cost": Column("CAST(cost IS NOT NULL AS TINYINT)"),
        "cost": Column(_COST, f"CASE WHEN has_cost = 1 THEN {_COST_AGAIN} END", of=("cost", "has_cost")),
    },
    EVENTS.name: {
        "customer_id": _id("customer_id"),
        "product_id": _id("product_id"),
        "kind": _text("kind"),
        "occurred_date": _day("occurred_date"),
        "second": _SECOND,
    },
}


@dataclass(frozen=True)
class Wanted:
    """Rows of some days, both included, of `kinds` (none named: of all) and not of `but_kinds`, with these columns
    alone; of the products of a mask, where there is one."""

    table: FactTable
    since: dt.date
    until: dt.date
    columns: Collection[str]
    kinds: Collection[str] = ()
    but_kinds: Collection[str] = ()
    products: Mask | None = None

    def is_kind(self, kind: str) -> bool:
        return (not self.kinds or kind in self.kinds) and kind not in self.but_kinds

    @property
    def taken(self) -> list[str]:
        """The columns that are kept of which these are made."""
        kept = COLUMNS[self.table.name]
        return list(dict.fromkeys(name for column in self.columns for name in (kept[column].of or (column,))))


# --- writing ----------------------------------------------------------------------------------------------------------


def columns_path(file: Path) -> Path:
    return file.with_suffix(ENDING)


def with_columns(files: Iterable[Path]) -> Iterator[Path]:
    """Each file, and the one beside it, whether that is there or not."""
    for file in files:
        yield from (file, columns_path(file))


def write_missing_columns(engine: Engine, table: FactTable, files: Sequence[Path], *, building: Path) -> None:
    """Beside those of the files that have none."""
    written = []
    for file in files if table.name in COLUMNS else ():
        path = columns_path(file)
        if path.exists():
            continue
        fresh, body = building / f"{table.name}-{path.name}", building / f"{table.name}-{path.name}-body"
        try:
            _write(engine, table, file, fresh, body)
        except NoNumber:
            continue
        finally:
            body.unlink(missing_ok=True)
        written.append(fresh.replace(path))
    make_durable(written)


def _write(engine: Engine, table: FactTable, file: Path, fresh: Path, body: Path) -> None:
    """A line that says what follows, then column after column. One is read at a time: a month may hold millions."""
    engine.define_files("facts_of_file", [file], table.types)
    kept = {name: column for name, column in COLUMNS[table.name].items() if column.number}
    told: dict[str, dict[str, Any]] = {}
    with body.open("wb") as out:
        for name, column in kept.items():
            texts = _texts(engine, name) if column.is_text else []
            number = _code(name, texts) if column.is_text else column.number
            numbers = _numbers(engine, f"SELECT {number} AS number FROM facts_of_file")  # noqa: S608 - names of ours
            narrow, factor = _narrow(numbers)
            out.write(bytes(-out.tell() % ALIGNED))
            told[name] = {"type": narrow.dtype.str, "at": out.tell(), "factor": factor, "texts": texts}
            write_body(out, narrow)
        rows, size = len(numbers), out.tell()
    with fresh.open("wb") as out, body.open("rb") as columns:
        write_head(out, {"rows": rows, "size": size, "columns": told})
        while piece := columns.read(1 << 20):
            out.write(piece)


def _numbers(engine: Engine, sql: str) -> Numbers:
    """Raises NoNumber. Decimals in eight bytes, which hold the most of amounts, take a twentieth of the time."""
    try:
        return engine.numbers(sql.replace("{wide}", "DECIMAL(18, 6)"))
    except NoNumber:
        if "{wide}" not in sql:
            raise
    return engine.numbers(sql.replace("{wide}", "DECIMAL(30, 6)"))


def _texts(engine: Engine, name: str) -> list[str]:
    found = engine.rows(f"SELECT DISTINCT COALESCE({name}, '') FROM facts_of_file ORDER BY 1")  # noqa: S608 - ours
    return [text for (text,) in found]


def _code(name: str, texts: Sequence[str]) -> str:
    """Which of the texts a row has, as an expression."""
    return f"enum_code(CAST(COALESCE({name}, '') AS ENUM({', '.join(map(literal, texts))})))"


def _narrow(numbers: Numbers) -> tuple[Numbers, int]:
    """In as few bytes as hold them, and what they are to be multiplied by. Raises NoNumber."""
    lowest, highest = (int(numbers.min()), int(numbers.max())) if len(numbers) else (0, 0)
    if max(-lowest, highest) >= LARGEST:
        raise NoNumber
    factor = next((each for each in _FACTORS if highest >= each and not (numbers % each).any()), 1)
    lowest, highest = lowest // factor, highest // factor
    for kind in _TYPES:
        if np.iinfo(kind).min <= lowest and highest <= np.iinfo(kind).max:
            return (numbers // factor if factor > 1 else numbers).astype(kind), factor
    raise AssertionError("eight bytes hold all that is less than LARGEST")


# --- reading ----------------------------------------------------------------------------------------------------------


def mask_of(ids: NDArray[np.int64]) -> Mask | None:
    """True at the ids; its last place is nobody's, so that larger ids can be looked up there. None where it would be
    too large, or where there is an id that stands for nobody."""
    if not len(ids):
        return np.zeros(1, dtype=np.bool_)
    if ids.min() < 1 or ids.max() >= MOST_IDS:
        return None
    mask = np.zeros(int(ids.max()) + 2, dtype=np.bool_)
    mask[ids] = True
    return mask


def number_of_day(day: dt.date) -> int:
    """As columns have it."""
    return (day - EPOCH).days


def packed(ids: NDArray[np.int64]) -> Numbers:
    """An eighth of a mask where that is less than the ids."""
    mask = mask_of(ids)
    return ids if mask is None or len(mask) > len(ids) * 64 else np.packbits(mask)


def unpacked(kept: Numbers) -> NDArray[np.int64]:
    """The ids again, in their order."""
    return np.flatnonzero(np.unpackbits(kept)) if kept.dtype == np.uint8 else kept


def define_chosen(engine: Engine, manifest: SnapshotManifest, mask: Mask, wanted: Wanted) -> bool:
    """Let later statements select from the table's name those of its rows that are wanted of the customers of a mask; a
    column that is not wanted fails where it is used. Returns whether that could be done; else nothing is changed."""
    found: list[Part] = []
    for path in _files(manifest, wanted):
        part = _taken(path, mask, wanted)
        if part is None or sum(each.size for each in (*found, part)) > MOST_BYTES:
            return False
        found.append(part)
    kept = COLUMNS[wanted.table.name]
    listed = [
        f"{kept[name].value} AS {name}" if name in wanted.columns else f"{_unwanted(name, kind)} AS {name}"
        for name, kind in wanted.table.types.items()
    ]
    engine.define_numbers(wanted.table.name, dict(_joined(found, wanted)), ", ".join(listed))
    return True


def numbers_by_file(manifest: SnapshotManifest, wanted: Wanted, mask: Mask) -> Iterator[dict[str, Numbers]]:
    """The wanted numbers of the customers of a mask, file by file. Raises NoColumns."""
    for part in parts_by_file(manifest, wanted, mask):
        yield part.numbers


def parts_by_file(manifest: SnapshotManifest, wanted: Wanted, mask: Mask) -> Iterator[Part]:
    """The same with what the codes of texts mean. Raises NoColumns."""
    for path in _files(manifest, wanted):
        part = _taken(path, mask, wanted)
        if part is None:
            raise NoColumns(path.name)
        yield part


def _unwanted(name: str, kind: str) -> str:
    """An expression of the column's type that nothing can use; of a row, since a constant is worked out at once."""
    return f"CAST(error('not wanted: {name} ' || CAST(customer_id AS VARCHAR)) AS {kind})"


def _files(manifest: SnapshotManifest, wanted: Wanted) -> list[Path]:
    first, last = wanted.since.isoformat()[:7], wanted.until.isoformat()[:7]
    months = manifest.files.get(wanted.table.name, {})
    return [
        columns_path(facts_folder() / name)
        for month in sorted(months)
        if month == WHOLE or first <= month <= last
        for name in months[month]
    ]


@dataclass(frozen=True)
class Part:
    """Rows of one file: each column as numbers, and for a column of texts what these stand for."""

    numbers: dict[str, Numbers]
    texts: Mapping[str, Sequence[str]]

    @property
    def size(self) -> int:
        return sum(column.nbytes for column in self.numbers.values())

    def where(self, are_left: Mask) -> Part:
        """Those of its rows."""
        if are_left.all():
            return self
        return Part({name: column[are_left] for name, column in self.numbers.items()}, self.texts)


def _taken(path: Path, mask: Mask, wanted: Wanted) -> Part | None:
    """The wanted rows of one file; None where it is not there, is not whole, or is older than a column."""
    try:
        with path.open("rb") as file:
            told = json.loads(file.readline())
            start = file.tell()
        if path.stat().st_size != start + told["size"]:
            return None
        read = _Reader(path, start, told["rows"], told["columns"])
        places = _wanted_rows(read, mask, wanted)
        return Part(
            {name: read.some(name, places) for name in wanted.taken},
            {name: told["columns"][name]["texts"] for name in wanted.taken},
        )
    except (FileNotFoundError, KeyError):
        return None


@dataclass(frozen=True)
class _Reader:
    path: Path
    start: int
    rows: int
    told: Mapping[str, Any]
    _read: dict[str, Numbers] = field(default_factory=dict)

    def all(self, name: str) -> Numbers:
        if name not in self._read:
            column = self.told[name]
            self._read[name] = np.fromfile(self.path, column["type"], self.rows, offset=self.start + column["at"])
        return self._read[name]

    def some(self, name: str, places: NDArray[np.intp] | slice) -> Numbers:
        numbers, factor = self.all(name)[places], self.told[name]["factor"]
        return numbers.astype(np.int64) * factor if factor > 1 else numbers


def _wanted_rows(read: _Reader, mask: Mask, wanted: Wanted) -> NDArray[np.intp] | slice:
    is_kind = np.array([wanted.is_kind(text) for text in read.told.get("kind", {}).get("texts", [""])], dtype=np.bool_)
    if not is_kind.any():
        return np.array([], dtype=np.intp)
    is_wanted = np.ones(read.rows, np.bool_) if mask is ANY else np.take(mask, read.all("customer_id"), mode="clip")
    if not is_kind.all():
        is_wanted &= np.take(is_kind, read.all("kind"))
    if wanted.products is not None:
        is_wanted &= np.take(wanted.products, read.all("product_id"), mode="clip")
    days = read.all(wanted.table.day)
    first, last = map(number_of_day, (wanted.since, wanted.until))
    if len(days) and (days.min() < first or days.max() > last):
        is_wanted &= (days >= first) & (days <= last)
    # What is all wanted is not copied once more.
    return slice(None) if is_wanted.all() else np.flatnonzero(is_wanted)


def _joined(parts: Sequence[Part], wanted: Wanted) -> Iterator[tuple[str, Any]]:
    """Each column of all parts, which are emptied, so that what is joined lies in memory once."""
    for name in wanted.taken:
        found = [part.numbers.pop(name) for part in parts]
        if not COLUMNS[wanted.table.name][name].is_text:
            yield name, _concatenated(found)
            continue
        texts = list(dict.fromkeys(text for part in parts for text in part.texts[name])) or [""]
        places = {text: place for place, text in enumerate(texts)}
        codes = [_recoded(codes, part.texts[name], places) for codes, part in zip(found, parts, strict=True)]
        yield name, pd.Categorical.from_codes(_concatenated(codes), categories=pd.Index(texts))


def _recoded(codes: Numbers, texts: Sequence[str], places: Mapping[str, int]) -> Numbers:
    kind = np.int8 if len(places) <= np.iinfo(np.int8).max else np.int32
    return np.array([places[text] for text in texts], dtype=kind)[codes]


def _concatenated(arrays: Sequence[Numbers]) -> Numbers:
    return np.concatenate(arrays) if arrays else np.array([], dtype=np.int64)
