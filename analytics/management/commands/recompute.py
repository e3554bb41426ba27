from __future__ import annotations

import argparse
import datetime as dt
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from analytics import catalog
from analytics.actions import request_recomputation
from analytics.models import Run
from jobs.errors import JobError
from jobs.execution import wait_for
from jobs.models import Job
from jobs.status import Status

USAGE_ERROR = 2
# For a worker to come: then it is run here.
PATIENCE_SECONDS = 1.0


class Command(BaseCommand):
    help = "Recompute analyses over a fresh snapshot and publish them. Prints what came of it as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        known = ", ".join(analysis.name for analysis in catalog.ANALYSES)
        parser.add_argument("analyses", nargs="*", metavar="ANALYSIS", help=f"one of: {known}; all if none is named")
        parser.add_argument("--as-of", type=_day, metavar="DATE", help="as it was known on that day (YYYY-MM-DD)")
        parser.add_argument(
            "--wait", action="store_true", help="wait for the end, and compute here if no worker is there to do it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            job = request_recomputation(
                analyses=options["analyses"], as_of=options["as_of"], reason="manage.py recompute"
            )
        except (catalog.UnknownAnalysis, JobError) as error:
            raise CommandError(str(error), returncode=USAGE_ERROR) from error
        if options["wait"]:
            job = wait_for(job.pk, patience=PATIENCE_SECONDS)
        self.stdout.write(json.dumps(_summary(job), indent=2))
        if job.is_over and job.status != Status.DONE:
            raise CommandError(job.error or job.get_status_display())


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            _("“%(text)s” is no day; write it like 2026-03-31.") % {"text": text}
        ) from None


def _summary(job: Job) -> dict[str, Any]:
    if not job.is_over:
        return {"job": job.pk, "status": job.status}
    return {
        "job": job.pk,
        "status": job.status,
        "error": job.error,
        "seconds": _seconds(job.started_at, job.finished_at),
        "peak_memory_mb": job.peak_memory_mb,
        "runs": [_run(run) for run in Run.objects.filter(job=job).select_related("manifest").order_by("pk")],
    }


def _run(run: Run) -> dict[str, Any]:
    return {
        "run": run.pk,
        "analysis": run.analysis,
        "status": run.status,
        "as_of": run.as_of.isoformat(),
        "snapshot": run.manifest_id,
        "rows": run.row_count,
        "seconds": _seconds(run.started_at, run.finished_at),
        "error": run.error,
    }


def _seconds(start: dt.datetime | None, end: dt.datetime | None) -> float | None:
    return round((end - start).total_seconds(), 2) if start and end else None
