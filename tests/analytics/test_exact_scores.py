"""What is published of customers, out of the columns beside a run: whom the database finds at this moment."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from typing import Any

import numpy as np
import psycopg
import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.utils import timezone

from accounts.models import Role
from analytics import exact_scores, publishing, run_columns
from analytics.collection import collect_run_columns
from analytics.engine import Engine
from analytics.erasure import delete_results
from analytics.exact_scores import ASKED
from analytics.fresh_rows import replace_rows
from analytics.models import ChangedRow, CurrentRun, RfmScore, Run, RunColumns, SnapshotManifest
from analytics.results import TABLES
from analytics.run_columns import COLUMNS, ROWS, path_of, write_anew
from analytics.score_fields import FIELDS
from analytics.snapshot_sums import read_numbers
from core.id_sets import IdArray, Member, Told
from customers.filters import registry
from customers.filters.compiling import condition, moment_of, sets_of
from customers.filters.exact import exact_mask
from customers.filters.expression import Comparison, Moment, RelativeDay
from customers.merging.actions import merge_customers
from customers.models import Customer
from tests.factories import create_customer, create_user

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = dt.date(2026, 6, 30)
# Whole ones of all sizes; ends of what is rounded to two digits, and what is no number.
WHOLE = (0, 1, 2, 5, 255, 256, -3)
HELD: dict[type[models.Field[Any, Any]], tuple[Any, ...]] = {
    models.SmallIntegerField: (*WHOLE, 300),
    models.IntegerField: (*WHOLE, 40_000),
    models.BigIntegerField: (*WHOLE, 12_345, -1, 2**40),
    models.FloatField: (0.0, 0.005, 0.015, 0.125, 0.1249999, 1.005, 4.0, 1 / 3, -0.005, 12.34, float("nan")),
    models.CharField: ("champions", "new", "low", "", "潜在"),
    ArrayField: ([],),
    models.DateField: tuple(TODAY + dt.timedelta(days=days) for days in (-40_000, 0, 1, 90)),
}
ASKED_FOR: dict[str, tuple[Any, ...]] = {
    "integer": (-3, 0, 1, 2, 300, 2**31 - 1),
    "number": tuple(map(Decimal, ("0", "0.01", "0.12", "0.13", "1", "1.001", "-0.01", "12.34", "900000"))),
    "money": tuple(map(Decimal, ("0", "0.01", "2.56", "0.005", "-0.015", "123.45", "10995116277.76"))),
    "choice": ("champions", "low", "潜在", "nobody"),
    "date": (TODAY, RelativeDay(1), dt.date(1999, 1, 1)),
}
SEGMENT = Comparison("rfm.segment", "is", "champions")


def publish(rng: random.Random, *analyses: str) -> dict[str, Run]:
    """Runs that are shown, of two in three customers."""
    shown = {}
    for analysis in analyses:
        run = Run.objects.create(analysis=analysis, as_of=TODAY, status="published", finished_at=timezone.now())
        CurrentRun.objects.create(analysis=analysis, run=run, published_at=timezone.now())
        table = TABLES[analysis].name
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE {table}_r{run.pk} PARTITION OF {table} FOR VALUES IN ({run.pk})")
        score(rng, run, *(pk for pk in Customer.objects.values_list("pk", flat=True) if rng.random() < 0.67))
        shown[analysis] = run
    run_columns.write_wanted()
    return shown


def score(rng: random.Random, run: Run, *customer_ids: int) -> None:
    """By rows in which what may be missing is so now and then."""
    fields = {each.column: each for each in TABLES[run.analysis].model._meta.concrete_fields if each.column}
    rows = []
    for customer_id in customer_ids:
        values: dict[str, Any] = {"run_id": run.pk, "customer_id": customer_id}
        for column, field in fields.items():
            may_lack = field.null and rng.random() < 0.3
            held = HELD.get(type(field), (None,))
            values.setdefault(column, None if may_lack else rng.choice(held))
        rows.append(values)
    names = ", ".join(rows[0])
    row = f"({', '.join(['%s'] * len(rows[0]))})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLES[run.analysis].name} ({names}) VALUES {', '.join([row] * len(rows))}",
            [value for values in rows for value in values.values()],
        )


@pytest.fixture
def rng() -> random.Random:
    for _ in range(20):
        create_customer()
    return random.Random(5)


def leaves(*analyses: str) -> Iterator[Comparison]:
    """Each comparison of each field, with each value."""
    for key, (analysis, _column) in ASKED.items():
        field = registry.fields().get(key)
        asked = ASKED_FOR[field.kind.name]
        for op in field.kind.ops if analysis in analyses else ():
            for value in asked if op != "is_empty" else asked[:1]:
                several = {"between": (asked[0], value), "in": (value, "new"), "is_empty": None}
                yield Comparison(key, op, several.get(op, value))


def now(leaf: Comparison, moment: Moment) -> IdArray | None:
    mask = exact_mask(leaf, moment, condition(leaf, moment))
    return None if mask is None else np.flatnonzero(mask)


def agree(shown: dict[str, Run], *, every: int) -> None:
    moment, told = moment_of(TODAY), set()
    everybody = set(Customer.objects.values_list("pk", flat=True))
    for leaf in islice(leaves(*shown), 0, None, every):
        found = now(leaf, moment)
        assert found is not None, leaf
        expected = set(Customer.objects.filter(condition(leaf, moment)).values_list("pk", flat=True))
        assert set(found.tolist()) & everybody == expected, leaf
        told.add(frozenset(expected))
    assert len(told) > 3, "the leaves tell customers apart"


def noted(run: Run) -> set[int]:
    return set(ChangedRow.objects.filter(run_id=run.pk).values_list("customer_id", flat=True))


def test_each_comparison_finds_whom_the_database_finds(rng):
    assert set(ASKED) == {each.key for analysis in COLUMNS for each in FIELDS[analysis]}
    shown = publish(rng, *COLUMNS)
    assert not ChangedRow.objects.exists(), "the files hold it all"
    agree(shown, every=7)
    create_customer("Came later")
    agree(shown, every=40)
    chosen = sets_of(SEGMENT, moment_of(TODAY))
    assert isinstance(chosen, Told)
    assert isinstance(chosen.otherwise, Member)
    assert now(SEGMENT, replace(moment_of(TODAY), runs={"rfm": 2**40})) is None, "of that run there are no columns"


def test_whatever_is_written_since_is_seen(context, rng):
    shown, people = publish(rng, "rfm", "clv"), list(Customer.objects.order_by("pk"))
    rfm = shown["rfm"]
    delete_results([people[0].pk])
    merge_customers(survivor_id=people[1].pk, absorbed_ids=[people[2].pk], picks={}, by=create_user(Role.ADMIN))
    frame = publishing.result_frame(rfm).rename(columns={"monetary_minor": "monetary"}).convert_dtypes()
    others = frame.tail(2).assign(segment="champions", recency_days=7, r_score=5)
    manifest = SnapshotManifest.objects.create(status="ready")
    changed = [*others["customer_id"].tolist(), people[4].pk]
    assert replace_rows(context(), rfm, others, changed, manifest=manifest)
    late = create_customer("Came later")
    for run in shown.values():
        score(rng, run, late.pk)
    assert noted(rfm) >= {late.pk, *others["customer_id"]}
    agree(shown, every=8)
    write_anew(*shown.values())
    assert not ChangedRow.objects.exists()
    agree(shown, every=9)


def test_what_is_not_committed_while_a_file_is_written_is_seen_when_it_is(rng):
    shown = publish(rng, "rfm")
    rows = RfmScore.objects.filter(run=shown["rfm"])
    early, late = rows.order_by("pk").values_list("customer_id", flat=True)[:2]
    with psycopg.connect(**connection.get_connection_params()) as writer:
        writer.execute("UPDATE analytics_rfm SET segment = 'lost', r_score = 4 WHERE customer_id = %s", [late])
        rows.filter(customer_id=early).update(segment="champions")
        agree(shown, every=15)
        write_anew(*shown.values())
        assert noted(shown["rfm"]) == set()
        agree(shown, every=15)
    assert noted(shown["rfm"]) == {late}
    agree(shown, every=15)


def test_of_two_who_write_at_once_the_later_keeps_what_was_there(monkeypatch, rng):
    shown = publish(rng, "rfm")
    written = run_columns._written

    def overtaken(engine: Engine, run: Run, table: str) -> Any:
        made = written(engine, run, table)
        monkeypatch.setattr(run_columns, "_written", written)
        RfmScore.objects.filter(run=run, segment="champions").update(segment="new")
        write_anew(run)
        return made

    monkeypatch.setattr(run_columns, "_written", overtaken)
    write_anew(*shown.values())
    assert now(SEGMENT, moment_of(TODAY)).tolist() == []
    agree(shown, every=15)
    kept = set(RunColumns.objects.values_list("file", flat=True))
    assert {path.name for path in path_of("").glob("*")} == kept


def test_nothing_is_said_where_the_file_does_not_tell(monkeypatch, rng):
    moment, shown = moment_of(TODAY), publish(rng, "rfm")
    rfm = shown["rfm"]
    assert now(SEGMENT, moment) is not None
    RfmScore.objects.filter(run=rfm).update(segment="new")
    assert now(SEGMENT, moment) is not None
    with monkeypatch.context() as few:
        few.setattr(exact_scores, "MOST_CHANGED", 0)
        assert now(SEGMENT, moment) is None, "too many have changed"
    assert now(Comparison("name", "is", "Ada"), moment) is None
    path = path_of(RunColumns.objects.get(run=rfm).file)
    exact_scores._latest.clear()
    path.write_bytes(path.read_bytes()[:-1])
    assert now(SEGMENT, moment) is None, "it is broken"
    path.unlink()
    assert now(SEGMENT, moment) is None, "it is gone"
    run_columns.write_wanted()
    assert now(SEGMENT, moment) is not None
    RunColumns.objects.filter(run=rfm).delete()
    assert now(SEGMENT, moment) is None, "it was never there"
    assert run_columns.are_wanted()
    run_columns.write_wanted()
    assert not run_columns.are_wanted()
    agree(shown, every=11)
    score(rng, rfm, create_customer("Far away", pk=2**40).pk)
    write_anew(rfm)
    assert now(SEGMENT, moment) is None, "there is no place for an id"
    assert not run_columns.are_wanted(), "which stays so"


def test_nothing_of_whoever_goes_is_left_in_a_file(monkeypatch, rng):
    shown = publish(rng, "rfm")
    path = path_of(RunColumns.objects.get(run=shown["rfm"]).file)
    has_row = np.flatnonzero(read_numbers(path)[ROWS]).tolist()
    delete_results(has_row[:2])
    with monkeypatch.context() as broken_off:
        broken_off.setattr(run_columns, "take_out_who_is_gone", lambda customer_ids: None)
        delete_results(has_row[2:3])
    assert np.flatnonzero(read_numbers(path)[ROWS]).tolist() == has_row[2:]
    strays = [path_of("1-0.part"), path_of("2-0.numbers")]
    for each in strays:
        each.touch()
    collect_run_columns()
    assert all(each.exists() for each in strays), "they may be on their way"
    monkeypatch.setattr(run_columns, "UNNAMED_SECONDS", -1)
    collect_run_columns()
    assert not any(each.exists() for each in strays)
    left = read_numbers(path)
    assert np.flatnonzero(left[ROWS]).tolist() == has_row[3:]
    assert not any(column[has_row[:3]].any() for column in left.values() if column.dtype.kind != "U")
    agree(shown, every=11)
    CurrentRun.objects.all().delete()
    collect_run_columns()
    assert not path.exists()
    assert noted(shown["rfm"]) == set()
