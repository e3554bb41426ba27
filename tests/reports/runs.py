"""Published runs with rows that a test writes down, without computing anything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from django.db import connection
from django.utils import timezone

from analytics import publishing, summaries
from analytics.models import CurrentRun, Run, RunSummary
from analytics.results import TABLES

SCORE_COLUMNS = "customer_id, recency_days, frequency, monetary_minor, r_score, f_score, segment"
DAY_COLUMNS = "day, orders, buyers, new_buyers, month_buyers, gross_minor, refunded_minor"

# Customer, days, purchases, minor units, R, F, segment: three buyers, one who lapsed, one who never bought.
SCORES = (
    (1, 3, 9, 90_000, 5, 5, "champions"),
    (2, 10, 4, 30_000, 4, 4, "loyal"),
    (3, 200, 5, 20_000, 1, 4, "at_risk"),
    (4, 700, 0, 0, None, None, "lapsed_before_window"),
    (5, None, 0, 0, None, None, "prospect"),
)
# Day, orders, buyers, new, first of the month, ordered, refunded.
DAYS = (
    (dt.date(2025, 11, 3), 2, 2, 1, 2, 40_000, 0),
    (dt.date(2025, 11, 20), 1, 1, 0, 0, 10_000, 5_000),
    (dt.date(2026, 1, 5), 3, 3, 1, 3, 60_000, 0),
    (dt.date(2026, 1, 16), 1, 1, 0, 0, 20_000, 1_000),
)
AS_OF = dt.date(2026, 1, 16)


def publish_scores(scores: Iterable[Sequence[Any]] = SCORES, *, as_of: dt.date = AS_OF) -> Run:
    run = _published_run("rfm", as_of)
    rows = [(run.pk, *row, "active") for row in scores]
    _fill("analytics_rfm", f"run_id, {SCORE_COLUMNS}, lifecycle_class", run, rows)
    sums = summaries.summed_up(run, partition=f"analytics_rfm_r{run.pk}", earlier=publishing.previous_run(run))
    RunSummary.objects.bulk_create(sums)
    return run


def publish_days(days: Iterable[Sequence[Any]] = DAYS, *, as_of: dt.date = AS_OF) -> Run:
    """Days whose buyers are all known; returning buyers are those who are not new."""
    run = _published_run("daily", as_of)
    rows = [(run.pk, *row, row[2] - row[3], 0, 0) for row in days]
    _fill("analytics_daily", f"run_id, {DAY_COLUMNS}, returning_buyers, anonymous_orders, refunds", run, rows)
    return run


def publish_recommendations(offers: Iterable[tuple[int, list[int]]], *, as_of: dt.date = AS_OF) -> Run:
    """Products for customers, best first, because they are popular."""
    run = _published_run("recommendations", as_of)
    rows = [(run.pk, pk, ids, [1.0] * len(ids), [None] * len(ids), [None] * len(ids)) for pk, ids in offers]
    columns = "run_id, customer_id, product_ids, scores, reason_product_ids, reason_shares"
    _fill("analytics_recommendations", columns, run, rows)
    return run


MAP = {
    "features": ["monetary", "frequency"],
    "explained": [0.6, 0.25],
    "loadings": [[0.9, -0.1], [0.4, 0.9]],
    "points": [[1, 2.0, 0.5], [2, -2.0, 0.1], [0, 0.0, 3.0]],
    "centroids": [[0, 0.0, 3.0], [1, 2.0, 0.5], [2, -2.0, 0.1]],
}


def publish_maps(groups: Iterable[tuple[int, int]] = ((1, 1), (2, 2)), *, drawn: dict[str, Any] = MAP) -> None:
    """Groups with their maps. groups: customer and number."""
    for analysis in ("kmeans", "hdbscan"):
        run = publish(analysis, [(pk, group, 0.5) for pk, group in groups])
        Run.objects.filter(pk=run.pk).update(metrics={"map": drawn, "profiles": []})


def publish_demand(values: Sequence[float], *, series: str = "revenue", grain: str = "month", **found: Any) -> Run:
    """One series of months that end with AS_OF's, or weeks, of which the highest stands out, and two to come."""
    count = len(values)
    first = pd.Period(AS_OF, "M" if grain == "month" else "W-SUN") - count
    starts = [(first + place).start_time.date() for place in range(count + 2)]
    expected, highest = max(float(np.mean(values)), 1.0), max(values)
    product = (expected, 1.0) if min(values) > 0 else (None, None)
    rows = [
        (place, series, day, value, expected, expected / 2, expected * 2, value == highest, expected, 0.0, *product)
        for place, (day, value) in enumerate(zip(starts, values, strict=False))
    ]
    coming = (expected, expected / 2, expected * 2, False, None, None, None, None)
    rows += [(count + place, series, day, None, *coming) for place, day in enumerate(starts[count:])]
    run = publish("demand", rows)
    defaults = {"decomposition": "additive", "used": "theta", "coverage": 0.8, "anomalies": 1}
    known = {"series": series, **defaults, "comparison": {"beats": True}, **found}
    last_date = (starts[count] - dt.timedelta(days=1)).isoformat()
    run.metrics = {"series": [known], "grain": grain, "last_date": last_date, "horizon": 2}
    run.save(update_fields=["metrics"])
    return run


def publish(analysis: str, rows: Iterable[Sequence[Any]], *, as_of: dt.date = AS_OF) -> Run:
    """Rows of any analysis, in the order of its table's columns; the last of these may be left out."""
    run, table, filled = _published_run(analysis, as_of), TABLES[analysis], list(rows)
    columns = list(table.columns)[: max(map(len, filled), default=len(table.columns))]
    _fill(table.name, ", ".join(["run_id", *columns]), run, [(run.pk, *row) for row in filled])
    return run


def _published_run(analysis: str, as_of: dt.date) -> Run:
    run = Run.objects.create(
        analysis=analysis, as_of=as_of, status=Run.Status.PUBLISHED, manifest=None, finished_at=timezone.now()
    )
    CurrentRun.objects.update_or_create(analysis=analysis, defaults={"run": run, "published_at": timezone.now()})
    return run


def _fill(table: str, columns: str, run: Run, rows: Sequence[Sequence[Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {table}_r{run.pk} PARTITION OF {table} FOR VALUES IN ({run.pk})")
        marks = ", ".join(["%s"] * (columns.count(",") + 1))
        cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)


def drop_partitions() -> None:
    """After a test whose rows no transaction takes back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            " WHERE inhparent IN ('analytics_rfm'::regclass, 'analytics_daily'::regclass,"
            " 'analytics_recommendations'::regclass, 'analytics_demand'::regclass)"
        )
        for (partition,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE {partition}")
