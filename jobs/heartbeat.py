"""The sign of life of a running attempt."""

from __future__ import annotations

import logging
import threading
import time
from types import TracebackType
from typing import Any, NamedTuple, Self

import psycopg
from django.conf import settings
from django.db import connection

from jobs import memory, shutdown
from jobs.errors import Interrupted, JobCancelled, LeaseLost
from jobs.models import Job

logger = logging.getLogger(__name__)

# How often progress is written, and the worker's shutdown looked for.
PULSE_SECONDS = 1.0

RENEW = """
UPDATE jobs_job
SET lease_until = clock_timestamp() + make_interval(secs => %(lease)s),
    progress_done = %(done)s, progress_total = %(total)s, progress_note = %(note)s,
    peak_memory_mb = greatest(peak_memory_mb, %(peak_memory_mb)s)
WHERE id = %(id)s AND attempt = %(attempt)s AND status = 'running'
RETURNING cancel_requested
"""
# Nothing is counted against the job: it did not ask for its worker to stop.
HAND_BACK = """
UPDATE jobs_job
SET status = CASE WHEN cancel_requested THEN 'cancelled' ELSE 'queued' END,
    finished_at = CASE WHEN cancel_requested THEN clock_timestamp() END,
    lease_until = NULL, sent_at = NULL, queued_at = clock_timestamp()
WHERE id = %(id)s AND attempt = %(attempt)s AND status = 'running'
"""


class Progress(NamedTuple):
    done: int
    total: int
    note: str


class Heartbeat:
    """Renews the lease of one attempt from a thread with a connection of its own, and hears what speaks against it.

    A long fit gives nobody else a turn to do that, and the connection of the run may be deep in a transaction. Progress
    goes the same way, so it is seen while that transaction is open. The connection is opened at the first beat: a job
    of less than a second needs none.
    """

    def __init__(self, job: Job) -> None:
        self.progress = Progress(job.progress_done, job.progress_total, job.progress_note)
        self.interruption: Interrupted | None = None
        self._job_id, self._attempt = job.pk, job.attempt
        self._written = self.progress
        self._written_at = time.monotonic()
        self._ended = threading.Event()
        self._link: psycopg.Connection[Any] | None = None
        self._link_params = connection.get_connection_params()
        self._thread = threading.Thread(target=self._beat_until_ended, name=f"heartbeat-{job.pk}", daemon=True)

    def __enter__(self) -> Self:
        memory.start_measuring()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
        self._close()

    def hand_back(self) -> None:
        """Return the job to the queue, because this process is about to end."""
        self._stop()
        try:
            self._hand_back()
        except psycopg.Error:
            logger.warning("Job %s could not be handed back; its lease will run out", self._job_id, exc_info=True)

    def _stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _hand_back(self) -> None:
        self._execute(HAND_BACK)
        self.interruption = LeaseLost(f"job {self._job_id} was handed back: the worker stops")

    def _beat_until_ended(self) -> None:
        pulse = min(PULSE_SECONDS, settings.JOB_HEARTBEAT_SECONDS)
        while self.interruption is None and not self._ended.wait(pulse):
            try:
                if shutdown.is_under_way():
                    self._hand_back()
                elif self._is_due():
                    self._beat()
            except psycopg.Error:
                logger.warning("Job %s: no heartbeat could be written", self._job_id, exc_info=True)
                self._close()

    def _is_due(self) -> bool:
        return self.progress != self._written or time.monotonic() - self._written_at >= settings.JOB_HEARTBEAT_SECONDS

    def _beat(self) -> None:
        progress = self.progress
        found = self._execute(RENEW, **progress._asdict()).fetchone()
        self._written, self._written_at = progress, time.monotonic()
        if found is None:
            self.interruption = LeaseLost(f"job {self._job_id}: attempt {self._attempt} is no longer the current one")
        elif found[0]:
            self.interruption = JobCancelled(f"job {self._job_id} was cancelled")

    def _execute(self, statement: str, **values: Any) -> psycopg.Cursor[Any]:
        if self._link is None:
            self._link = psycopg.connect(**self._link_params, autocommit=True)
        common = {"id": self._job_id, "attempt": self._attempt, "lease": settings.JOB_LEASE_SECONDS}
        return self._link.execute(statement, {**common, "peak_memory_mb": memory.peak_mb(), **values})

    def _close(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None
