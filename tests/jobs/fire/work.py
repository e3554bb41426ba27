"""What the jobs under fire do: leave countable marks step by step, then publish a few rows that belong together.

No constraint of the database keeps a mark from being left twice: that is what the fence is for. The unfenced kind does
the same without it, as one would write it who trusts the message.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from jobs.context import JobContext
from jobs.kinds import JobKind
from jobs.models import Job

PARTS = 5
CREATE_TABLES = """
CREATE TABLE IF NOT EXISTS fire_marks (job_id bigint NOT NULL, step int NOT NULL, attempt int NOT NULL);
CREATE TABLE IF NOT EXISTS fire_published (job_id bigint NOT NULL, part int NOT NULL, attempt int NOT NULL);
"""
DOUBLED = """
SELECT coalesce(sum(left_times - 1), 0)::int FROM (
    SELECT count(*) AS left_times FROM fire_marks GROUP BY job_id, step HAVING count(*) > 1
    UNION ALL SELECT count(*) FROM fire_published GROUP BY job_id, part HAVING count(*) > 1
) AS doubled
"""
# Steps and parts that are not there at all.
LOST = """
SELECT coalesce(sum((params ->> 'steps')::int + %(parts)s
     - (SELECT count(DISTINCT step) FROM fire_marks WHERE job_id = job.id)
     - (SELECT count(DISTINCT part) FROM fire_published WHERE job_id = job.id)), 0)
FROM jobs_job AS job WHERE kind = %(kind)s
"""
# Seen from outside, a job is done and has published all its parts, or neither.
HALF_PUBLISHED = """
SELECT count(*) FROM jobs_job AS job
LEFT JOIN (SELECT job_id, count(DISTINCT part) AS parts FROM fire_published GROUP BY job_id) AS published
    ON published.job_id = job.id
WHERE job.kind = %(kind)s AND coalesce(parts, 0) <> CASE WHEN status = 'done' THEN %(parts)s ELSE 0 END
"""


def fenced(context: JobContext) -> None:
    steps = context.params["steps"]
    for step in range(context.checkpoint.get("next", 0), steps):
        time.sleep(context.params["pause"])
        with context.fenced():
            _leave("fire_marks (job_id, step, attempt)", context, step)
            context.save_checkpoint({"next": step + 1})
        context.progress(step + 1, steps)
    with context.fenced():
        _publish(context)
        context.finish({"parts": PARTS})


def unfenced(context: JobContext) -> None:
    for step in range(context.checkpoint.get("next", 0), context.params["steps"]):
        time.sleep(context.params["pause"])
        _leave("fire_marks (job_id, step, attempt)", context, step)
        Job.objects.filter(pk=context.job_id).update(checkpoint={"next": step + 1})
    _publish(context)


def _publish(context: JobContext) -> None:
    for part in range(PARTS):
        _leave("fire_published (job_id, part, attempt)", context, part)
        time.sleep(context.params["pause"] / 2)


def _leave(where: str, context: JobContext, number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {where} VALUES (%s, %s, %s)", [context.job_id, number, context.attempt])


FENCED = JobKind("fire-fenced", "Under fire", "runs", fenced, schedulable=True)
UNFENCED = JobKind("fire-unfenced", "Under fire without the fence", "runs", unfenced)
KINDS = (FENCED, UNFENCED)


@dataclass(frozen=True)
class Standing:
    """How the jobs of a kind stand, counted."""

    jobs: int
    done: int
    doubled: int
    lost: int
    half_published: int

    @classmethod
    def of(cls, kind: str) -> Standing:
        values = {"kind": kind, "parts": PARTS}
        of_kind = Job.objects.filter(kind=kind)
        return cls(
            jobs=of_kind.count(),
            done=of_kind.filter(status="done").count(),
            doubled=_number(DOUBLED),
            lost=_number(LOST, values),
            half_published=_number(HALF_PUBLISHED, values),
        )


def half_published(kind: str) -> int:
    return _number(HALF_PUBLISHED, {"kind": kind, "parts": PARTS})


def start_afresh() -> None:
    with connection.cursor() as cursor:
        cursor.execute(CREATE_TABLES)
        cursor.execute("TRUNCATE fire_marks, fire_published")
    Job.objects.all().delete()


def _number(query: str, values: Mapping[str, Any] | None = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return int(cursor.fetchone()[0])
