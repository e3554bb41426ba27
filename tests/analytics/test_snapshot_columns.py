"""Columns beside the files of facts: they say the same rows as these, of any customers, days and kinds."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from analytics.engine import Engine, facts_folder, open_engine
from analytics.models import SnapshotManifest
from analytics.snapshot_columns import (
    Mask,
    Wanted,
    columns_path,
    define_chosen,
    mask_of,
    packed,
    unpacked,
    write_missing_columns,
)
from analytics.snapshot_files import paths
from analytics.snapshot_tables import EVENTS, LINES, ORDERS, FactTable

CUSTOMERS, ROWS = 60, 400
MONTHS = (dt.date(1969, 12, 1), dt.date(2025, 11, 1), dt.date(2025, 12, 1))
COLUMNS = {
    ORDERS.name: ("order_id", "customer_id", "ordered_date", "second", "total_minor", "channel", "kind"),
    LINES.name: ("order_id", "customer_id", "product_id", "ordered_date", "quantity", "amount", "cost"),
    EVENTS.name: ("customer_id", "product_id", "kind", "occurred_date", "second"),
}
KINDS = {ORDERS.name: ("sale", "adjustment"), EVENTS.name: ("visit", "click", "rating")}


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.SNAPSHOT_DIR = tmp_path


def row(table: FactTable, month: dt.date, chance: np.random.Generator) -> dict[str, Any]:
    def amount() -> Decimal:
        return Decimal(int(chance.integers(-(10**6), 10**9))) / 10 ** int(chance.choice([0, 2, 6]))

    drawn = {
        "order_id": int(chance.integers(1, 10**10)),
        "customer_id": int(chance.integers(1, CUSTOMERS)) if chance.random() < 0.9 else None,
        "product_id": int(chance.integers(1, 300)) if chance.random() < 0.9 else None,
        "second": int(chance.integers(-50_400, 129_600)) if chance.random() < 0.9 else None,
        "total_minor": int(chance.integers(-(10**4), 10**12)),
        "channel": str(chance.choice(["web", "", "Müller's"])),
        "kind": str(chance.choice(KINDS.get(table.name, ("",)))),
        "quantity": amount(),
        "amount": amount(),
        "cost": amount() if chance.random() < 0.5 else None,
    }
    return {
        **dict.fromkeys(table.types),
        **{name: value for name, value in drawn.items() if name in table.types},
        table.day: month + dt.timedelta(days=int(chance.integers(0, 28))),
    }


def written(engine: Engine, table: FactTable, month: str, name: str, rows: list[dict[str, Any]]) -> Path:
    file = facts_folder() / table.name / f"{month}-{name}.parquet"
    file.parent.mkdir(exist_ok=True)
    columns = ", ".join(f"CAST({column} AS {kind}) AS {column}" for column, kind in table.types.items())
    engine.define_frame("written_down", pd.DataFrame(rows, columns=list(table.types)).astype(object))
    engine.write_file(f"SELECT {columns} FROM written_down", file)
    write_missing_columns(engine, table, [file], building=facts_folder())
    return file


def manifest_of(table: FactTable, files: list[Path]) -> SnapshotManifest:
    months: dict[str, list[str]] = {}
    for file in files:
        months.setdefault(file.name[:7], []).append(str(file.relative_to(facts_folder())))
    return SnapshotManifest(files={table.name: months})


def asked(engine: Engine, wanted: Wanted, *, chosen: np.ndarray | None = None) -> list[tuple[Any, ...]]:
    where = [f"{wanted.table.day} BETWEEN $since AND $until"]
    where += [f"list_contains({list(map(int, chosen))}, customer_id)"] if chosen is not None else []
    where += [f"kind IN {(*wanted.kinds, '')}"] if wanted.kinds else []
    where += [f"kind NOT IN {(*wanted.but_kinds, '')}"] if wanted.but_kinds else []
    columns = ", ".join(wanted.columns)
    sql = f"SELECT {columns} FROM {wanted.table.name} WHERE {' AND '.join(where)} ORDER BY ALL"
    return engine.rows(sql, {"since": wanted.since, "until": wanted.until})


@pytest.mark.parametrize("table", [ORDERS, LINES, EVENTS], ids=lambda table: table.name)
def test_the_rows_of_any_customers_are_those_of_the_files(table):
    chance = np.random.default_rng(20261127)
    with open_engine() as engine:
        files = [
            written(engine, table, f"{month:%Y-%m}", name, [row(table, month, chance) for _ in range(ROWS)])
            for month, name in [*((month, "j1a1") for month in MONTHS), (MONTHS[1], "j2a1")]
        ]
        manifest = manifest_of(table, files)
        for _ in range(12):
            chosen = chance.permutation(np.arange(1, CUSTOMERS))[: int(chance.integers(0, CUSTOMERS))]
            since, until = sorted(
                [MONTHS[0], MONTHS[int(chance.integers(0, 3))] + dt.timedelta(days=int(chance.integers(0, 40)))]
            )
            kinds = chance.choice(np.array([None, *KINDS[table.name]])) if table.name in KINDS else None
            narrowed = "kinds" if chance.random() < 0.5 else "but_kinds"
            side: dict[str, Any] = {} if kinds is None else {narrowed: (str(kinds),)}
            columns = [name for name in COLUMNS[table.name] if chance.random() < 0.7 or name == "customer_id"]
            columns += [] if "kind" in columns or not side else ["kind"]
            wanted = Wanted(table, since, until, list(dict.fromkeys([*columns, table.day])), **side)
            engine.define_files(table.name, paths(manifest.files, table), table.types)
            expected = asked(engine, wanted, chosen=chosen)
            assert define_chosen(engine, manifest, known_mask(chosen), wanted)
            assert asked(engine, wanted) == expected


def known_mask(ids: NDArray[np.int64]) -> Mask:
    mask = mask_of(ids)
    assert mask is not None
    return mask


def test_a_column_that_was_not_wanted_says_so_instead_of_being_empty():
    with open_engine() as engine:
        chance = np.random.default_rng(1)
        rows = [{**row(ORDERS, MONTHS[1], chance), "customer_id": 7}]
        manifest = manifest_of(ORDERS, [written(engine, ORDERS, "2025-11", "j1a1", rows)])
        wanted = Wanted(ORDERS, MONTHS[1], MONTHS[2], ("customer_id", "ordered_date"))
        assert define_chosen(engine, manifest, known_mask(np.array([7])), wanted)
        assert engine.rows("SELECT customer_id FROM orders") == [(7,)]
        with pytest.raises(Exception, match="not wanted: channel"):
            engine.rows("SELECT channel FROM orders")


def test_without_whole_columns_the_files_are_asked():
    with open_engine() as engine:
        chance = np.random.default_rng(1)
        drawn = [row(LINES, MONTHS[1], chance) for _ in range(5)]
        too_large = {**drawn[0], "amount": Decimal(10) ** 17}
        [large, cut, gone] = [
            written(engine, LINES, "2025-11", f"j{number}a1", rows)
            for number, rows in enumerate([[*drawn, too_large], drawn, drawn])
        ]
        assert not columns_path(large).exists()
        columns_path(cut).write_bytes(columns_path(cut).read_bytes()[:-1])
        columns_path(gone).unlink()
        wanted = Wanted(LINES, MONTHS[1], MONTHS[2], ("customer_id", "ordered_date"))
        for file in (large, cut, gone):
            manifest = manifest_of(LINES, [file])
            engine.define_files(LINES.name, [file], LINES.types)
            assert not define_chosen(engine, manifest, known_mask(np.array([1])), wanted)
            assert engine.rows("SELECT count(amount) FROM lines") == [(6 if file == large else 5,)]


@pytest.mark.parametrize("ids", [[], [1], [3, 9, 2000], list(range(1, 900)), [5, 2**40]])
def test_ids_are_the_same_when_they_are_unpacked(ids):
    assert unpacked(packed(np.array(ids, dtype=np.int64))).tolist() == ids
