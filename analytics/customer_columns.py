"""What the snapshot holds of each customer, as columns of numbers at the places of their ids, beside the file of the
same: a comparison of a million customers is then one of two arrays.

As with the columns of facts, such a file lives and goes with the one that it is made of. Right after an upgrade it may
be older than a column, of which it then says nothing: what comes to mean something else gets another name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from analytics.buyer_columns import HOLDS
from analytics.engine import Engine, literal
from analytics.folded_texts import compares, like
from analytics.snapshot_columns import EPOCH, MOST_IDS, Mask, NoColumns, Numbers, columns_path, number_of_day
from analytics.snapshot_files import make_durable
from analytics.snapshot_sums import write_numbers
from customers.filters import kinds
from customers.filters.expression import Comparison, Leaf, Moment
from customers.filters.values import day_on

# Before every day of the calendar, and every instant in millionths of a second.
NO_DAY = -1_000_000
NO_INSTANT = NO_DAY * 86_400_000_000
TYPES = ("u1", "u2", "u4", "i4", "i8")
# Which customers there are; the last place of each column is nobody's.
IS_THERE = "is_there"
NAMES = "{}_names"
# Of more texts the engine makes no numbers.
MOST_TEXTS = 10_000
# By the keys of the fields of filters, which of the texts are the names of the columns too.
TEXTS = ("kind", "lifecycle", "sex", "education", "country", "region", "source")
FOLDED = {"region", "source"}
SINCE, CREATED = "customer_since", "created"
NUMBERS = {
    "owner": "COALESCE(owner_id, 0)",
    "team": "COALESCE(team_id, 0)",
    SINCE: f"COALESCE(since_date - DATE '{EPOCH}', {NO_DAY})",
    CREATED: f"COALESCE(epoch_us(created_at), {NO_INSTANT})",
}
FIELDS = {*TEXTS, *NUMBERS}
# Of these no more than whether there is a value.
FLAGS = {"city": "has_city", "postal_code": "has_postal_code"}


def write_customer_columns(engine: Engine, file: Path, *, building: Path) -> None:
    """Beside the file, unless they are there. engine: over the table of customers."""
    path = columns_path(file)
    if path.exists():
        return
    distinct = ", ".join(f"array_agg(DISTINCT {field}) FILTER ({field} <> '')" for field in TEXTS)
    [(last, *texts_of)] = engine.rows(f"SELECT COALESCE(max(customer_id), 0), {distinct} FROM customer_dim")  # noqa: S608 - names of ours
    if last >= MOST_IDS - 1:
        return
    # Nothing is the first.
    names = {field: ["", *sorted(texts or ())] for field, texts in zip(TEXTS, texts_of, strict=True)}
    few = {field: texts for field, texts in names.items() if len(texts) <= MOST_TEXTS}
    selected = {field: _code(field, texts) for field, texts in few.items()} | NUMBERS | FLAGS
    listed = ", ".join(f"{sql} AS {field}" for field, sql in selected.items())
    rows = engine.columns(f"SELECT customer_id, {listed} FROM customer_dim")  # noqa: S608 - names of ours
    ids = rows["customer_id"].astype(np.intp)
    fresh = building / path.name
    write_numbers(
        {
            IS_THERE: _placed(np.ones(len(ids), dtype=np.bool_), ids, last, none=0),
            **{field: _placed(rows[field], ids, last, none=_none(field)) for field in selected},
            **{NAMES.format(field): np.array(texts, dtype=np.str_) for field, texts in few.items()},
        },
        fresh,
    )
    make_durable([fresh.replace(path)])


def _code(column: str, texts: Sequence[str]) -> str:
    return f"enum_code(CAST(COALESCE({column}, '') AS ENUM({', '.join(map(literal, texts))})))"


def _placed(numbers: Numbers, ids: NDArray[np.intp], last: int, *, none: int) -> Numbers:
    """In as few bytes as hold them."""
    lowest, highest = int(numbers.min(initial=none)), int(numbers.max(initial=none))
    fitting = (kind for kind in TYPES if np.iinfo(kind).min <= lowest and highest <= np.iinfo(kind).max)
    placed = np.full(last + 2, none, dtype=np.bool_ if numbers.dtype == np.bool_ else next(fitting))
    placed[ids] = numbers
    return placed


def _none(field: str) -> int:
    return {SINCE: NO_DAY, CREATED: NO_INSTANT}.get(field, 0)


def is_told(leaf: Leaf) -> bool:
    if not isinstance(leaf, Comparison):
        return False
    return leaf.field in FIELDS or (leaf.field in FLAGS and leaf.op == kinds.EMPTY)


def where(columns: Mapping[str, NDArray[Any]], asked: Comparison, moment: Moment) -> Mask:
    """For whom a comparison that is told holds, nobody at the last place. When they were made is known of the living
    alone. Raises NoColumns."""
    if asked.field not in columns:
        raise NoColumns(asked.field)
    numbers, none = columns[asked.field], _none(asked.field)
    if asked.op == kinds.EMPTY:
        return np.asarray((numbers == none) & columns[IS_THERE])
    values: Sequence[Any] = asked.value if isinstance(asked.value, tuple) else (asked.value,)
    if asked.field in TEXTS:
        names = columns[NAMES.format(asked.field)].tolist()
        return _one_of(numbers, _wanted(names, asked, values))
    if asked.field == CREATED:
        days = [day_on(each, moment.today) for each in values]
        return np.asarray(_on_days(numbers, asked.op, days, moment.zone) & (numbers != none))
    given = [number_of_day(day_on(each, moment.today)) if asked.field == SINCE else each for each in values]
    if asked.op == kinds.IN and numbers.itemsize <= 2:
        wanted = np.zeros(1 << 8 * numbers.itemsize, dtype=np.bool_)
        wanted[[each for each in given if each < len(wanted)]] = True
        return wanted.take(numbers)
    return np.asarray(HOLDS[asked.op](numbers, given) & (numbers != none))


def _on_days(instants: Numbers, op: str, days: Sequence[dt.date], zone: ZoneInfo) -> Mask:
    """As `customers.filters.sources.InstantColumn` compares them."""
    begin, end = (_midnight(day, zone) for day in (days[0], days[-1] + dt.timedelta(days=1)))
    if op in {kinds.IS, kinds.BETWEEN, kinds.IS_NOT}:
        within = np.asarray((instants >= begin) & (instants < end))
        return ~within if op == kinds.IS_NOT else within
    is_from_end = op in {kinds.AT_MOST, kinds.MORE}
    limit = end if is_from_end else begin
    return np.asarray(instants < limit if op in {kinds.LESS, kinds.AT_MOST} else instants >= limit)


def _midnight(day: dt.date, zone: ZoneInfo) -> int:
    since = dt.datetime.combine(day, dt.time(), zone) - dt.datetime.combine(EPOCH, dt.time(), dt.UTC)
    return since // dt.timedelta(microseconds=1)


def _wanted(names: list[str], asked: Comparison, given: Sequence[str]) -> Mask:
    """Which of the texts."""
    if asked.field in FOLDED:
        matching = set(like(names, asked.op, given))
        wanted = [name in matching for name in names]
    else:
        wanted = [*map(compares(asked.op, given), names)]
    return np.array([False, *wanted[1:]], dtype=np.bool_)


def _one_of(numbers: Numbers, wanted: Mask) -> Mask:
    """Where there is one of the codes: of few, or of all but few, they are sooner compared than looked up."""
    if wanted.sum() > len(wanted) / 2:
        return ~_one_of(numbers, ~wanted)
    codes = np.flatnonzero(wanted)
    if len(codes) > 8:
        return wanted.take(numbers)
    found = np.zeros(len(numbers), dtype=np.bool_)
    for code in codes:
        found |= numbers == code
    return found
