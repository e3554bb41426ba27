"""What charts of the machinery are drawn from: when each analysis was computed, and how jobs have fared."""

from __future__ import annotations

import datetime as dt

import pandas as pd
from django.db import connection
from django.utils import timezone

from analytics.catalog import ANALYSES
from analytics.models import CurrentRun, Run
from analytics.switches import switched_off
from jobs import kinds
from reports.frames import Published

DAYS = 30
AGE_COLUMNS = ["label", "hours", "as_of", "seconds", "rows", "trouble"]
JOB_COLUMNS = ["kind", "runs", "failed", "median_seconds", "longest_seconds"]

JOBS = """
    SELECT kind, count(*), count(*) FILTER (WHERE status = 'failed'),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM finished_at - started_at)::float8)
            FILTER (WHERE status = 'done'),
        max(extract(epoch FROM finished_at - started_at)::float8) FILTER (WHERE status = 'done')
    FROM jobs_job WHERE status IN ('done', 'failed') AND finished_at >= %s
    GROUP BY kind ORDER BY kind
"""


def newest(published: Published) -> Run | None:
    return published.newest


def ages(published: Published) -> pd.DataFrame:
    """See `charts.upkeep`."""
    shown = {each.analysis: each.run for each in CurrentRun.objects.select_related("run").defer("run__metrics")}
    over = Run.objects.exclude(status=Run.Status.COMPUTING).order_by("analysis", "-pk").distinct("analysis")
    latest = {analysis: (pk, status) for analysis, pk, status in over.values_list("analysis", "pk", "status")}
    now, off = timezone.now(), switched_off()
    rows = []
    for analysis in ANALYSES:
        run = shown.get(analysis.name)
        if run is None or run.finished_at is None:
            continue
        pk, status = latest[analysis.name]
        trouble = status if pk > run.pk and status in {Run.Status.FAILED, Run.Status.WITHHELD} else ""
        trouble = "off" if analysis.name in off else trouble
        fresh_at = max(run.finished_at, run.refreshed_at or run.finished_at)
        hours = max((now - fresh_at) / dt.timedelta(hours=1), 0.0)
        seconds = max((run.finished_at - run.started_at).total_seconds(), 0.0)
        rows.append((str(analysis.label), hours, run.as_of, seconds, run.row_count, str(trouble)))
    return pd.DataFrame(rows, columns=AGE_COLUMNS)


def jobs(published: Published) -> pd.DataFrame:
    """See `charts.upkeep`."""
    with connection.cursor() as cursor:
        cursor.execute(JOBS, [timezone.now() - dt.timedelta(days=DAYS)])
        found = pd.DataFrame.from_records(cursor.fetchall(), columns=JOB_COLUMNS)
    times = {"median_seconds": "float64", "longest_seconds": "float64"}
    return found.astype(times).assign(label=[str(kinds.label_of(kind)) for kind in found["kind"]], days=DAYS)
