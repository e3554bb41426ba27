"""Who did what until this moment, and who is what: out of the latest snapshot, with whose facts have changed since.

The snapshot and the changes are looked up in one statement. The transaction that makes a snapshot ready takes away the
marks of the changes that it holds, so whoever is not named there did, and is, what the snapshot says.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from analytics.engine import facts_folder
from analytics.many_ids import IdArray
from analytics.mapped_columns import MappedColumns
from analytics.models import SnapshotManifest
from analytics.snapshot_columns import NoColumns, columns_path
from analytics.snapshot_files import SUMS, paths, sum_paths
from analytics.snapshot_sums import read_numbers
from analytics.snapshot_tables import CUSTOMER_DIM, FACT_TABLES, FactTable, fingerprint
from core.id_sets import sent_numbers
from core.once_a_request import once_a_request

# To ask the database of more takes longer than a page has. Some of them are named by several statements.
MOST_CHANGED = 20_000
MOST_NAMED = 2 * MOST_CHANGED
# Of so many a list takes a third longer.
MANY = 1_000
# The kind of the marks of what `CUSTOMER_DIM` holds.
CUSTOMERS = "customers"

_PRESENT = """
WITH snapshot AS (
    SELECT id, created_at FROM analytics_snapshotmanifest WHERE status = 'ready' ORDER BY id DESC LIMIT 1
), mark AS MATERIALIZED (
    SELECT kind, whose FROM analytics_changemark WHERE kind = ANY(%(kinds)s) LIMIT %(many)s
), named AS MATERIALIZED (
    SELECT kind IN ('lines', 'refunds') AS is_order, unnest(whose) AS id FROM mark LIMIT %(many)s
), changed AS MATERIALIZED (
    SELECT CASE WHEN is_order THEN (SELECT customer_id FROM customers_order WHERE id = named.id) ELSE id END AS id
    FROM named WHERE (SELECT count(*) < %(many)s FROM named)
)
SELECT
    snapshot.id, snapshot.created_at,
    (SELECT max(id) FROM customers_customer),
    (SELECT count(*) < %(many)s AND count(*) = count(whose) FROM mark)
        AND (SELECT count(*) < %(many)s FROM named),
    (SELECT string_agg(int8send(id), ''::bytea) FROM changed WHERE id IS NOT NULL)
FROM snapshot
"""


_ARE_MANY = """
SELECT coalesce(bool_or(whose IS NULL) OR sum(cardinality(whose)) >= %(many)s, FALSE)
FROM (SELECT whose FROM analytics_changemark WHERE kind = ANY(%(kinds)s) LIMIT %(many)s) AS mark
"""


@dataclass(frozen=True, eq=False)
class Present:
    """The facts of the latest snapshot, the ids of all customers being at most `last_customer`."""

    facts: Facts
    last_customer: int
    changed: IdArray


def present(*kinds: str) -> Present | None:
    """As facts of these kinds say, which are those of `ChangeMark`. None where there is no snapshot that tells, or too
    much has changed."""
    found = _looked_up()
    if kinds not in found:
        found[kinds] = _look_up(kinds)
    return found[kinds]


def have_many_changed() -> bool:
    """Whether lists are waiting for a snapshot."""
    with connection.cursor() as cursor:
        cursor.execute(_ARE_MANY, {"kinds": [*(table.name for table in FACT_TABLES), CUSTOMERS], "many": MANY})
        (are_many,) = cursor.fetchone()
    return bool(are_many)


@once_a_request
def _looked_up() -> dict[tuple[str, ...], Present | None]:
    return {}


def _look_up(kinds: tuple[str, ...]) -> Present | None:
    with connection.cursor() as cursor:
        cursor.execute(_PRESENT, {"kinds": list(kinds), "many": MOST_NAMED + 1})
        row = cursor.fetchone()
    if row is None or not row[3]:
        return None
    manifest, created_at, last_customer, _are_known, changed = row
    facts = _facts_of(manifest, created_at)
    ids = np.unique(sent_numbers(changed))
    return Present(facts, last_customer or 0, ids) if facts.are_whole and len(ids) <= MOST_CHANGED else None


@dataclass(eq=False)
class Facts:
    """The files of a snapshot, as this process has mapped them."""

    key: tuple[Any, ...]
    manifest: SnapshotManifest
    _columns: dict[Path, MappedColumns] = field(default_factory=dict)
    _sums: dict[str, NDArray[Any]] = field(default_factory=dict)
    _customers: dict[str, NDArray[Any]] = field(default_factory=dict)

    @cached_property
    def are_whole(self) -> bool:
        """Made the way in which they are read here, with sums; right after an upgrade they may be older."""
        made_by = self.manifest.fingerprints
        are_ours = all(made_by.get(each.name) == fingerprint(each) for each in FACT_TABLES)
        return are_ours and bool(self.manifest.files.get(SUMS))

    def sums(self, name: str) -> NDArray[Any]:
        """Raises NoColumns."""
        if not self._sums:
            [file] = sum_paths(self.manifest.files)
            self._sums = read_numbers(file)
        if name not in self._sums:
            raise NoColumns(name)
        return self._sums[name]

    def customers(self) -> Mapping[str, NDArray[Any]]:
        """As `analytics.customer_columns` has them. Raises NoColumns."""
        if not self._customers:
            files = paths(self.manifest.files, CUSTOMER_DIM)
            if not files:
                raise NoColumns(CUSTOMER_DIM.name)
            self._customers = read_numbers(columns_path(files[0]))
        return self._customers

    def files(self, table: FactTable, since: dt.date, until: dt.date) -> Iterator[tuple[int, MappedColumns, bool]]:
        """Those that may have facts of these days: at which place among all of the table, and whether they have facts
        of no other days. Raises NoColumns."""
        first, last = since.isoformat()[:7], until.isoformat()[:7]
        for place, path in enumerate(paths(self.manifest.files, table)):
            month = path.name[:7]
            if first <= month <= last:
                if path not in self._columns:
                    self._columns[path] = MappedColumns.beside(path)
                yield place, self._columns[path], first < month < last

    def keep_mapped(self, earlier: Facts) -> None:
        """What both have, not to map it again; of files that are gone nothing keeps the space on the disk."""
        named = {path for table in FACT_TABLES for path in paths(self.manifest.files, table)}
        self._columns = {path: columns for path, columns in earlier._columns.items() if path in named}


_latest: list[Facts] = []


def _facts_of(manifest: int, created_at: dt.datetime) -> Facts:
    key = manifest, created_at, facts_folder()
    earlier = _latest[:1]
    if earlier and earlier[0].key == key:
        return earlier[0]
    facts = Facts(key, SnapshotManifest.objects.get(pk=manifest))
    for each in earlier:
        facts.keep_mapped(each)
    _latest[:] = [facts]
    return facts
