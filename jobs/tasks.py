"""What Celery calls. Arguments that a later or earlier version sends are passed over."""

from __future__ import annotations

import logging
from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down
from django.utils import timezone

from jobs import beat, shutdown
from jobs.execution import run_job
from jobs.models import Job
from jobs.reaping import reap as reap_jobs
from jobs.schedules import enqueue_due

logger = logging.getLogger(__name__)

worker_shutting_down.connect(shutdown.tell)


@shared_task(name="jobs.tasks.run")  # type: ignore[untyped-decorator]
def run(job_id: int, **kwargs: Any) -> None:
    try:
        run_job(job_id)
    except Job.DoesNotExist:
        logger.warning("A message names job %s, which is not there", job_id)


@shared_task(name="jobs.tasks.reap")  # type: ignore[untyped-decorator]
def reap(**kwargs: Any) -> None:
    beat.note_tick()
    reap_jobs()


@shared_task(name="jobs.tasks.tick")  # type: ignore[untyped-decorator]
def tick(**kwargs: Any) -> None:
    beat.note_tick()
    enqueue_due(now=timezone.now())
