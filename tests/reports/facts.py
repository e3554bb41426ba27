"""Facts that a test writes down, as files of a snapshot with a run of their day: nothing is read or computed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from analytics.engine import facts_folder, open_engine
from analytics.models import Run, SnapshotManifest
from analytics.snapshot_columns import write_missing_columns
from analytics.snapshot_tables import TABLES, FactTable, fingerprints
from tests.reports.runs import AS_OF, publish_days

Rows = Iterable[Mapping[str, Any]]

# What a row says of itself where a test does not.
USUAL: dict[str, dict[str, Any]] = {
    "orders": {"kind": "sale", "channel": "web", "total_minor": 1_000},
    "lines": {"quantity": 1, "amount": 10},
    "customer_dim": {
        "kind": "person",
        "sex": "",
        "region": "",
        "country": "",
        "source": "",
        "lifecycle": "customer",
        "is_live": True,
        "may_be_profiled": True,
    },
    "products": {"is_offered": True, "product_name": ""},
}


def publish_facts(*, days: Iterable[Any] = (), as_of: dt.date = AS_OF, **tables: Rows) -> Run:
    """The current daily run over these tables (see `analytics.snapshot_tables`); those not named are empty. The folder
    is settings.SNAPSHOT_DIR, which the test has set to one of its own."""
    run = publish_days(days, as_of=as_of)
    files = {name: {"": [_written(name, list(rows), run)]} for name, rows in tables.items() if rows}
    run.manifest = SnapshotManifest.objects.create(
        status=SnapshotManifest.Status.READY, fingerprints=fingerprints(), files=files, latest_date=as_of
    )
    run.save(update_fields=["manifest"])
    return run


def _written(name: str, rows: list[Mapping[str, Any]], run: Run) -> str:
    [table] = [table for table in TABLES if table.name == name]
    full = [{**dict.fromkeys(table.types), **USUAL.get(name, {}), **row} for row in rows]
    file = facts_folder() / name / f"all-r{run.pk}.parquet"
    file.parent.mkdir(exist_ok=True)
    columns = ", ".join(f"CAST({column} AS {kind}) AS {column}" for column, kind in table.types.items())
    with open_engine() as engine:
        engine.define_frame("written_down", pd.DataFrame(full, columns=list(table.types)).astype(object))
        engine.write_file(f"SELECT {columns} FROM written_down", file)
        if isinstance(table, FactTable):
            write_missing_columns(engine, table, [file], building=file.parent)
    return str(file.relative_to(facts_folder()))
