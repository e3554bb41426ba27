"""The files of a snapshot: written aside, renamed into place, never changed.

New rows of a month come in one file more, until there are so many files that they are written together into one. Their
names carry job and attempt (`orders/2026-03-j17a1.parquet`), so an attempt that was given up and comes back to life
writes no file of another.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from analytics.engine import Engine, facts_folder, postgres_query
from analytics.snapshot_tables import FactTable, Table

# {"2026-03": ["orders/2026-03-j17a1.parquet"]}; a whole table has the one key WHOLE.
MonthFiles = dict[str, list[str]]
Files = Mapping[str, MonthFiles]
Period = tuple[dt.date | None, dt.date | None]

WHOLE = ""
EVERYTHING: Period = (None, None)
BUILDING = "building"
MONTH = "month"
MOST_FILES_A_MONTH = 8
# Beside the tables of a manifest; see `analytics.snapshot_sums`.
SUMS = "sums"

_MERGED = "-merged"
_ATTEMPT = re.compile(rf"j(\d+)a(\d+)(-\d+|{_MERGED})?$")


def paths(files: Files, table: Table) -> list[Path]:
    """All files of a table, earliest month first."""
    of_table = files.get(table.name, {})
    return [facts_folder() / name for month in sorted(of_table) for name in of_table[month]]


def sum_paths(files: Files) -> list[Path]:
    return [facts_folder() / name for names in files.get(SUMS, {}).values() for name in names]


def suffix(job_id: int, attempt: int) -> str:
    return f"j{job_id}a{attempt}"


def attempt_of(name: str) -> tuple[int, int] | None:
    """Job and attempt that the name of a file or folder ends with."""
    match = _ATTEMPT.search(name)
    return (int(match[1]), int(match[2])) if match else None


def write_whole(engine: Engine, table: Table, *, building: Path, suffix: str) -> MonthFiles:
    """Read the table from PostgreSQL into one file."""
    fresh = building / f"{table.name}.parquet"
    engine.write_file(postgres_query(table.select), fresh)
    return {WHOLE: [into_place(fresh, f"{table.name}/all-{suffix}.parquet")]}


def write_months(
    engine: Engine, table: FactTable, periods: Iterable[Period], *, building: Path, suffix: str
) -> MonthFiles:
    """Read the days of `periods` from PostgreSQL into files by month; a month without facts has none."""
    written: MonthFiles = {}
    for number, period in enumerate(periods):
        facts = postgres_query(table.between(*period))
        written |= _write_by_month(engine, table, facts, building / table.name / str(number), suffix)
    return written


def write_new_rows(
    engine: Engine, table: FactTable, ids: Sequence[range], *, without: Sequence[Period], building: Path, suffix: str
) -> MonthFiles:
    """Read the rows with these keys from PostgreSQL into files by month, but for the days of `without`."""
    if not ids or EVERYTHING in without:
        return {}
    others = " AND ".join(["TRUE", *(f"NOT ({table.within(*period)})" for period in without)])
    facts = f"SELECT * FROM ({postgres_query(table.among(ids))}) WHERE {others}"  # noqa: S608 - ids and days of ours
    return _write_by_month(engine, table, facts, building / table.name / "new", suffix)


def merge_small_files(
    engine: Engine, table: FactTable, months: MonthFiles, *, building: Path, suffix: str
) -> MonthFiles:
    """The same with one file for each month that has too many."""
    merged: MonthFiles = {}
    for month, names in months.items():
        if len(names) > MOST_FILES_A_MONTH:
            fresh = building / f"{table.name}-{month}.parquet"
            engine.merge_files([facts_folder() / name for name in names], fresh)
            merged[month] = [into_place(fresh, f"{table.name}/{month}-{suffix}{_MERGED}.parquet")]
    return months | merged


def _write_by_month(engine: Engine, table: FactTable, facts: str, folder: Path, suffix: str) -> MonthFiles:
    folder.parent.mkdir(parents=True, exist_ok=True)
    # The engine takes a third of the time that PostgreSQL needs to put a month into words, row by row.
    month_number = f"year({table.day}) * 100 + month({table.day})"
    engine.write_files(f"SELECT *, {month_number} AS {MONTH} FROM ({facts})", folder, partition_by=MONTH)  # noqa: S608
    written: MonthFiles = {}
    for fresh in sorted(folder.glob(f"{MONTH}=*/*.parquet")):
        month = _month_in_words(fresh.parent.name)
        names = written.setdefault(month, [])
        part = f"-{len(names)}" if names else ""
        names.append(into_place(fresh, f"{table.name}/{month}-{suffix}{part}.parquet"))
    return written


def _month_in_words(folder: str) -> str:
    """`2026-03` for the folder `month=202603`."""
    year, month = divmod(int(folder.removeprefix(f"{MONTH}=")), 100)
    return f"{year:04}-{month:02}"


def periods_of(months: Collection[dt.date]) -> list[Period]:
    """Months, given by their first days, as periods of consecutive ones: each is one statement."""
    ordered = sorted(months)
    gaps = [later for earlier, later in pairwise(ordered) if later != next_month(earlier)]
    starts = ordered[:1] + gaps
    ends = [next_month(max(month for month in ordered if month < gap)) for gap in gaps]
    return list(zip(starts, [*ends, *[next_month(month) for month in ordered[-1:]]], strict=True))


def next_month(month: dt.date) -> dt.date:
    return (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def make_durable(files: Sequence[Path]) -> None:
    """A manifest outlives a power cut, so what it names must."""
    for path in [*files, *{path.parent for path in files}]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def into_place(fresh: Path, name: str) -> str:
    target = facts_folder() / name
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh.replace(target)
    return name
