"""Comparisons of filters with a score that is published, told by the columns beside the run: the same customers as
`customers.filters.compiling.condition` chooses. Of whom a row has been written since, that is read instead."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import CharField, F
from django.db.models import Value as Constant
from numpy.typing import NDArray

from analytics.customer_scores import asked_run_id
from analytics.exact_sets import of_all
from analytics.many_ids import IdArray
from analytics.present_facts import MOST_CHANGED, MOST_NAMED
from analytics.results import TABLES
from analytics.run_columns import COLUMNS, KNOWN, ROWS, TEXTS, path_of
from analytics.score_fields import FIELDS
from analytics.snapshot_columns import Mask, NoColumns, number_of_day
from analytics.snapshot_sums import read_numbers
from core.id_sets import sent_numbers
from core.models import OrganisationSettings
from core.money import minor_digits
from core.once_a_request import once_a_request
from customers.filters import kinds
from customers.filters.exact import ReadBefore
from customers.filters.expression import Comparison, Leaf, Moment
from customers.filters.sources import Column, MinorColumn, OneOf, RoundedColumn, Rows
from customers.filters.values import day_on

# As the file of a run has them; see `analytics.run_columns`.
Columns = Mapping[str, NDArray[Any]]
NONE: IdArray = np.array([], dtype=np.int64)
# By the key of the field, of which analysis and column it is.
ASKED: Mapping[str, tuple[str, Column]] = {
    field.key: (analysis, field.source.column)
    for analysis in COLUMNS
    for field in FIELDS[analysis]
    if isinstance(field.source, Rows) and field.source.column.name in COLUMNS[analysis]
}

_PRESENT = """
SELECT columns.file, (SELECT max(id) FROM customers_customer), (
    SELECT string_agg(int8send(customer_id), ''::bytea)
    FROM (SELECT customer_id FROM analytics_changedrow WHERE run_id = columns.run_id LIMIT %(many)s) AS noted
)
FROM analytics_runcolumns AS columns WHERE columns.run_id = %(run)s AND columns.file <> ''
"""


def is_of_scores(leaf: Leaf) -> bool:
    """As `customers.filters.exact.sooner` is asked."""
    return isinstance(leaf, Comparison) and leaf.field in ASKED


def read_before(leaf: Leaf, moment: Moment) -> ReadBefore | None:
    """As `customers.filters.exact.readers` are asked."""
    if not isinstance(leaf, Comparison) or leaf.field not in ASKED:
        return None
    analysis, column = ASKED[leaf.field]
    try:
        found = _present(analysis, asked_run_id(analysis, moment))
    except NoColumns:
        return None
    if found is None:
        return None
    mask = of_all(_mask(found.columns, column, leaf, moment), found.last_customer)
    if len(found.changed):
        mask[found.changed] = _mask(found.columns_of_changed, column, leaf, moment)
    return ReadBefore(mask, NONE)


@dataclass(frozen=True, eq=False)
class _Present:
    """What a run says, and instead of that what it says by now of customers whose rows have changed, one after the
    other. The ids of all customers are at most `last_customer`."""

    columns: Columns
    last_customer: int
    changed: IdArray
    columns_of_changed: Columns


def _present(analysis: str, run_id: int) -> _Present | None:
    """Raises NoColumns."""
    found = _looked_up()
    if run_id not in found:
        found[run_id] = _look_up(analysis, run_id)
    return found[run_id]


@once_a_request
def _looked_up() -> dict[int, _Present | None]:
    return {}


def _look_up(analysis: str, run_id: int) -> _Present | None:
    with connection.cursor() as cursor:
        cursor.execute(_PRESENT, {"run": run_id, "many": MOST_NAMED})
        row = cursor.fetchone()
    if row is None:
        return None
    file, last_customer, noted = row[0], row[1] or 0, row[2]
    named = sent_numbers(noted)
    changed = np.unique(named[named <= last_customer])
    if len(named) >= MOST_NAMED or len(changed) > MOST_CHANGED:
        return None
    columns = _mapped(analysis, path_of(file))
    return _Present(columns, last_customer, changed, _columns_of(analysis, run_id, changed) if len(changed) else {})


def _columns_of(analysis: str, run_id: int, customer_ids: IdArray) -> Columns:
    """The same of some customers as the database has it. Each leaf that asked it whether it holds would take longer."""
    model, names = TABLES[analysis].model, COLUMNS[analysis]
    among: Any = model._default_manager.filter(OneOf(F("customer_id"), Constant(customer_ids.tolist())), run_id=run_id)
    rows = {pk: values for pk, *values in among.values_list("customer_id", *names)}
    listed = [rows.get(pk, [None] * len(names)) for pk in customer_ids.tolist()]
    told: dict[str, NDArray[Any]] = {ROWS: np.array([pk in rows for pk in customer_ids.tolist()], dtype=np.bool_)}
    for name, values in zip(names, zip(*listed, strict=True), strict=True):
        told[KNOWN.format(name)] = np.array([value is not None for value in values], dtype=np.bool_)
        if isinstance(model._meta.get_field(name), CharField):
            texts = np.array([value or "" for value in values], dtype=np.str_)
            told[TEXTS.format(name)], told[name] = np.unique(texts, return_inverse=True)
        else:
            told[name] = np.array([*map(_number, values)])
    return told


def _number(value: Any) -> float:
    """As files have it."""
    if isinstance(value, dt.date):
        return number_of_day(value)
    return math.inf if value != value else value or 0


# By analysis the file that was asked last, as this process has mapped it.
_latest: dict[str, tuple[Path, Columns]] = {}


def _mapped(analysis: str, path: Path) -> Columns:
    """Raises NoColumns."""
    kept = _latest.get(analysis)
    if kept is None or kept[0] != path:
        kept = _latest[analysis] = path, read_numbers(path)
    return kept[1]


def _mask(columns: Columns, column: Column, asked: Comparison, moment: Moment) -> Mask:
    """Who has a value of which it is true; its last place is nobody's. Raises NoColumns where the file is older than
    the column."""
    if column.name not in columns:
        raise NoColumns(column.name)
    known: Mask = columns.get(KNOWN.format(column.name), columns[ROWS])
    if asked.op == kinds.EMPTY:
        return ~known
    numbers, texts = columns[column.name], columns.get(TEXTS.format(column.name))
    if texts is not None:
        found = _have(numbers, texts.tolist(), asked)
    else:
        found = _compared(asked.op, asked.value, *_limits(numbers, column, moment))
    found &= known
    return found


def _have(codes: NDArray[Any], texts: list[str], asked: Comparison) -> Mask:
    wanted = {asked.value} if isinstance(asked.value, str) else set(asked.value)  # type: ignore[arg-type]
    are_wanted = np.array([(text in wanted) != (asked.op == kinds.IS_NOT) for text in [*texts, ""]], dtype=np.bool_)
    return are_wanted.take(codes)


# Which numbers are at least, or at most, a value.
Limit = Callable[[Any], Mask]


def _limits(numbers: NDArray[Any], column: Column, moment: Moment) -> tuple[Limit, Limit]:
    """As `Column`, `MinorColumn` and `RoundedColumn` compare."""
    if isinstance(column, RoundedColumn):
        half = Decimal(5).scaleb(-column.digits - 1)
        return lambda value: numbers >= float(value - half), lambda value: numbers < float(value + half)
    digits = minor_digits(OrganisationSettings.current().currency) if isinstance(column, MinorColumn) else 0

    def stored(value: Any) -> Decimal | int:
        if isinstance(value, Decimal):
            return value.scaleb(digits)
        return value if isinstance(value, int) else number_of_day(day_on(value, moment.today))

    return lambda value: numbers >= math.ceil(stored(value)), lambda value: numbers <= math.floor(stored(value))


def _compared(op: str, value: Any, begins: Limit, ends: Limit) -> Mask:
    if op == kinds.BETWEEN:
        return begins(value[0]) & ends(value[1])
    if op in {kinds.AT_LEAST, kinds.LESS}:
        return begins(value) if op == kinds.AT_LEAST else ~begins(value)
    if op in {kinds.AT_MOST, kinds.MORE}:
        return ends(value) if op == kinds.AT_MOST else ~ends(value)
    found = begins(value) & ends(value)
    return ~found if op == kinds.IS_NOT else found
