"""Kinds of job for the tests, here and in the processes that they start. What they do is kept in a table of its own."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection

from accounts.models import Role
from jobs.context import JobContext
from jobs.errors import JobError
from jobs.kinds import JobKind

CREATE_EFFECTS = """
CREATE TABLE job_effects (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id bigint NOT NULL, attempt int NOT NULL, pid int NOT NULL, what text NOT NULL
)
"""


def leave(context: JobContext, what: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO job_effects (job_id, attempt, pid, what) VALUES (%s, %s, %s, %s)",
            [context.job_id, context.attempt, os.getpid(), what],
        )


def left(job_id: int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT what FROM job_effects WHERE job_id = %s ORDER BY id", [job_id])
        return [what for (what,) in cursor.fetchall()]


def count(context: JobContext) -> Mapping[str, Any]:
    """Leaves the numbers below `upto`, one by one, each together with the checkpoint that it is left."""
    upto = context.params["upto"]
    for number in range(context.checkpoint.get("next", 0), upto):
        time.sleep(context.params.get("pause", 0))
        with context.fenced():
            leave(context, str(number))
            context.save_checkpoint({"next": number + 1})
        context.progress(number + 1, upto, f"number {number}")
    return {"counted": upto}


def publish(context: JobContext) -> None:
    """Says that it has begun, is silent for a while, and publishes: with the fence, or as one would without."""
    leave(context, "begun")
    time.sleep(context.params.get("pause", 0))
    if not context.params["fenced"]:
        leave(context, "published")
        return
    with context.fenced():
        leave(context, "published")
        context.finish({"rows": 1})


def wait(context: JobContext) -> None:
    """Does nothing, for long, and says so often."""
    leave(context, "begun")
    for second in range(600):
        context.progress(second, 600, "waiting")
        time.sleep(0.02)


def fail(context: JobContext) -> None:
    errors = {
        "words": JobError("The file has no column “date”."),
        "bug": ZeroDivisionError("a / b"),
        "time": SoftTimeLimitExceeded(),
    }
    raise errors[context.params["how"]]


MANAGERS = frozenset({Role.MANAGER})
KINDS = (
    JobKind("test-count", "Count", "runs", count, lambda params: f"up to {params['upto']}", True, MANAGERS),
    JobKind("test-publish", "Publish", "runs", publish),
    JobKind("test-wait", "Wait", "interactive", wait),
    JobKind("test-fail", "Fail", "imports", fail),
)
