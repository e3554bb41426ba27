"""The columns of a run that filters ask for, as a file that a web server keeps mapped: at the place of each customer's
id what the run says of them. PostgreSQL takes a tenth of a second to compare a million rows, this a thousandth of that.

A trigger notes whose rows are written since the partition was attached, in the transaction that writes them. So the
file and the notes, read in one statement, miss nobody: see `analytics.exact_scores`. A file is written before the run
is shown, and anew when many are noted; it takes the place of the one that lay there when it was begun, or of none.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from django.db import connection, models, transaction
from django.db.models.functions import Now
from numpy.typing import NDArray

from analytics.engine import Engine, EngineError, OutOfMemory, facts_folder, literal, open_engine, postgres_query
from analytics.many_ids import IdArray
from analytics.models import CurrentRun, Run, RunColumns
from analytics.present_facts import MANY
from analytics.results import TABLES
from analytics.snapshot_columns import EPOCH, MOST_IDS, NoColumns, Numbers
from analytics.snapshot_files import make_durable
from analytics.snapshot_sums import read_numbers, write_numbers

logger = logging.getLogger(__name__)

# By the analysis; each has one row for a customer.
COLUMNS: Mapping[str, Sequence[str]] = {
    "rfm": (
        "segment",
        "lifecycle_class",
        "weighted_score",
        "r_score",
        "f_score",
        "m_score",
        "recency_days",
        "frequency",
        "monetary_minor",
    ),
    "kmeans": ("cluster",),
    "hdbscan": ("cluster",),
    "labels": ("label",),
    "clv": ("expected_spend_12m_minor", "expected_purchases_12m", "alive_probability", "next_purchase_date"),
    "churn": ("churn_probability", "band"),
    "composite": ("score", "perceived"),
}
# Who has a row; of a column that not all of them have, who has it; and what the codes of a column of texts stand for.
ROWS, KNOWN, TEXTS = "rows", "{} known", "{} texts"

FOLDER = "runs"
# An id far beyond all others would make a place for each in between.
MOST_BYTES = 1 << 30
# What nobody names by then was left by who broke off.
UNNAMED_SECONDS = 600
_TYPES = tuple(np.dtype(f"<{kind}") for kind in ("u1", "i1", "u2", "i2", "u4", "i4", "i8"))

_WANTED = """
SELECT pointer.run_id FROM analytics_currentrun AS pointer
LEFT JOIN analytics_runcolumns AS columns ON columns.run_id = pointer.run_id
WHERE pointer.analysis = ANY(%(analyses)s) AND (columns.written_at IS NULL OR columns.file <> '' AND (
    SELECT count(*) FROM (SELECT FROM analytics_changedrow WHERE run_id = pointer.run_id LIMIT %(many)s) AS noted
) = %(many)s)
"""


def path_of(file: str) -> Path:
    return facts_folder() / FOLDER / file


# --- writing ----------------------------------------------------------------------------------------------------------


def write_first(engine: Engine, run: Run, partition: str) -> str:
    """The file of a partition that is still to be attached; nothing where it has none, or it could not be written."""
    if run.analysis not in COLUMNS:
        return ""
    try:
        return _written(engine, run, partition).file
    except (OSError, EngineError, OutOfMemory):
        logger.warning("The columns of run %s could not be written", run.pk, exc_info=True)
        return ""


def show(run: Run, file: str) -> None:
    """In the transaction that attaches the partition. Where there is no file, a refresh tries it again."""
    if file:
        RunColumns.objects.create(run=run, file=file, written_at=Now())


def are_wanted() -> bool:
    """Whether a run that is shown waits for its file, or for another."""
    return bool(_wanted())


def write_wanted() -> None:
    """Also what is gone, as after a restore of the database alone."""
    if wanted := {*_wanted(), *_not_whole()}:
        write_anew(*Run.objects.filter(pk__in=wanted))


def write_anew(*runs: Run) -> None:
    """Of each run a file, unless another is written meanwhile; then who is noted stays so."""
    with open_engine() as engine:
        for run in runs:
            _write_anew(engine, run)
    take_out_who_is_gone()


def _write_anew(engine: Engine, run: Run) -> None:
    # Before anything is read: of a run without this row notes are removed.
    pointer, _created = RunColumns.objects.get_or_create(run=run)
    made = _written(engine, run, TABLES[run.analysis].name)
    with transaction.atomic(), connection.cursor() as cursor:
        rows = RunColumns.objects.filter(pk=pointer.pk, file=pointer.file)
        is_next = bool(rows.update(file=made.file, written_at=Now()))
        if is_next and made.file:
            cursor.execute("DELETE FROM analytics_changedrow WHERE id = ANY(%s)", [made.noted.tolist()])
    for file in {pointer.file if is_next else made.file} - {""}:
        path_of(file).unlink(missing_ok=True)


def _wanted() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_WANTED, {"analyses": list(COLUMNS), "many": MANY})
        return [run_id for (run_id,) in cursor.fetchall()]


def _not_whole() -> Iterator[int]:
    for columns in RunColumns.objects.exclude(file="").filter(run__in=CurrentRun.objects.values("run")):
        try:
            read_numbers(path_of(columns.file))
        except NoColumns:
            yield columns.run_id


@dataclass(frozen=True, eq=False)
class _Written:
    """A file, or none where it would not do, and the notes of all changes that are in it."""

    file: str
    noted: IdArray


def _written(engine: Engine, run: Run, table: str) -> _Written:
    with engine.postgres_snapshot():
        noted = engine.numbers(
            postgres_query(f"SELECT id FROM analytics_changedrow WHERE run_id = {run.pk}")  # noqa: S608 - a number
        )
        try:
            columns = _read(engine, run, table)
        except NoColumns:
            return _Written("", noted)
    path = path_of(f"{run.pk}-{uuid.uuid4().hex}.numbers")
    path.parent.mkdir(exist_ok=True)
    fresh = path.with_suffix(".part")
    write_numbers(columns, fresh)
    make_durable([fresh.replace(path)])
    return _Written(path.name, noted)


def _read(engine: Engine, run: Run, table: str) -> dict[str, NDArray[Any]]:
    """Raises NoColumns where there is no place for an id."""
    names = COLUMNS[run.analysis]
    rows = f"SELECT customer_id, {', '.join(names)} FROM {table} WHERE run_id = {run.pk}"  # noqa: S608 - names of ours
    engine.define("rows_of_run", postgres_query(rows))
    model = TABLES[run.analysis].model
    told: dict[str, NDArray[Any]] = {}
    selected = ["customer_id"]
    for name in names:
        field = model._meta.get_field(name)
        if isinstance(field, models.CharField):
            found = engine.rows(f"SELECT DISTINCT {name} FROM rows_of_run WHERE {name} IS NOT NULL ORDER BY 1")  # noqa: S608
            told[TEXTS.format(name)] = np.array([text for (text,) in found], dtype=np.str_)
        selected.append(f"{_number(field, told.get(TEXTS.format(name)))} AS {name}")
        selected.append(f'{name} IS NOT NULL AS "{KNOWN.format(name)}"')
    columns = engine.columns(f"SELECT {', '.join(selected)} FROM rows_of_run")  # noqa: S608 - as above
    return {**told, **_placed(columns.pop("customer_id"), columns)}


def _number(field: Any, texts: NDArray[np.str_] | None) -> str:
    """What is kept of a column of the engine; nothing of it is missing."""
    name = field.name
    if texts is not None:
        listed = ", ".join(map(literal, texts.tolist()))
        return f"COALESCE(enum_code(CAST({name} AS ENUM({listed}))), 0)" if listed else "0"
    if isinstance(field, models.DateField):
        return f"COALESCE({name} - DATE '{EPOCH}', 0)"
    if isinstance(field, models.FloatField):
        # To PostgreSQL what is no number is more than all others.
        return f"COALESCE(CASE WHEN isnan({name}) THEN CAST('inf' AS DOUBLE) ELSE {name} END, 0)"
    return f"COALESCE({name}, 0)"


def _placed(ids: IdArray, columns: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Each at the places of the ids. The last place is nobody's, so that larger ids can be looked up there."""
    size = int(ids.max(initial=0)) + 2
    kept = {name: _narrow(column) for name, column in columns.items()}
    kept = {name: column for name, column in kept.items() if column.dtype != np.bool_ or not column.all()}
    if ids.min(initial=1) < 1 or size > MOST_IDS or size * sum(each.itemsize for each in kept.values()) > MOST_BYTES:
        raise NoColumns
    placed = {}
    for name, column in {ROWS: np.ones(len(ids), dtype=np.bool_), **kept}.items():
        placed[name] = np.zeros(size, dtype=column.dtype)
        placed[name][ids] = column
    return placed


def _narrow(column: Numbers) -> Numbers:
    """Whole numbers in as few bytes as hold them."""
    if column.dtype.kind not in "iu":
        return column
    lowest, highest = int(column.min(initial=0)), int(column.max(initial=0))
    kind = next(kind for kind in _TYPES if np.iinfo(kind).min <= lowest and highest <= np.iinfo(kind).max)
    return column.astype(kind)


# --- taking out -------------------------------------------------------------------------------------------------------


def take_out_on_commit(customer_ids: Collection[int]) -> None:
    """Whose rows are deleted in this transaction. They are noted, so nobody reads what stands at their places."""
    transaction.on_commit(partial(take_out_who_is_gone, list(customer_ids)), robust=True)


def take_out_who_is_gone(customer_ids: list[int] | None = None) -> None:
    """Of these, or of all who are noted: also where nobody came to it, or a file was on its way.

    Of each run the file first, then who has no row: should they get one, it stays noted as long as that is the file.
    """
    for columns in RunColumns.objects.exclude(file="").select_related("run"):
        path, table = path_of(columns.file), TABLES[columns.run.analysis].name
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT customer_id FROM analytics_changedrow AS noted"  # noqa: S608 - a name of ours
                " WHERE run_id = %(run)s AND (%(among)s::bigint[] IS NULL OR customer_id = ANY(%(among)s))"
                f" AND NOT EXISTS (SELECT FROM {table} WHERE run_id = %(run)s AND customer_id = noted.customer_id)",
                {"run": columns.run_id, "among": customer_ids},
            )
            _take_out(path, np.array([pk for (pk,) in cursor.fetchall()], dtype=np.int64))


def _take_out(path: Path, customer_ids: IdArray) -> None:
    """Nothing is left at their places, where others may be reading."""
    if not len(customer_ids):
        return
    with suppress(NoColumns, FileNotFoundError):
        columns = read_numbers(path, mode="r+")
        has_row = columns[ROWS]
        found = customer_ids[(customer_ids > 0) & (customer_ids < len(has_row))]
        found = found[has_row[found]]
        if len(found):
            for column in columns.values():
                if column.dtype.kind != "U":
                    column[found] = 0
            make_durable([path])


def collect(*, kept_runs: Collection[int]) -> None:
    """The files of other runs, with what was noted of their rows, and what nobody names."""
    RunColumns.objects.exclude(run__in=kept_runs).delete()
    with connection.cursor() as cursor:
        # In one statement: a file whose row is not there yet will have what was noted by now.
        cursor.execute(
            "DELETE FROM analytics_changedrow AS noted"
            " WHERE NOT EXISTS (SELECT FROM analytics_runcolumns WHERE run_id = noted.run_id)"
        )
    files = list(_files())
    named = set(RunColumns.objects.values_list("file", flat=True))
    for path in files:
        with suppress(FileNotFoundError):
            if path.name not in named and time.time() - path.stat().st_mtime > UNNAMED_SECONDS:
                path.unlink()
    take_out_who_is_gone()


def _files() -> Iterator[Path]:
    return (facts_folder() / FOLDER).glob("*.*")
