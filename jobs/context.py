"""What a running job is given: its parameters, and the only safe ways to write what counts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models.functions import Now

from jobs import leases, memory
from jobs.errors import JobCancelled, LeaseLost
from jobs.heartbeat import Heartbeat, Progress
from jobs.models import Job
from jobs.status import Status

NOTE_LENGTH = 200


class JobContext:
    """One attempt at one job, as its kind's `run` sees it."""

    def __init__(self, job: Job, heartbeat: Heartbeat) -> None:
        self.job_id: int = job.pk
        self.attempt: int = job.attempt
        self.scope: str = job.scope
        self.params: Mapping[str, Any] = job.params
        self.checkpoint: dict[str, Any] = job.checkpoint
        self.requested_by_id: int | None = job.requested_by_id
        self.is_finished = False
        self._job = job
        self._heartbeat = heartbeat
        self._fences = 0
        self._finishing = False

    def progress(self, done: int, total: int, note: str = "") -> None:
        """Say how far the work is. Costs a microsecond; call it at least once a second, for it is also where a
        cancelled job and a lost lease end the run (JobCancelled, LeaseLost)."""
        self._heartbeat.progress = Progress(int(done), int(total), str(note)[:NOTE_LENGTH])
        self.check()

    def check(self) -> None:
        """End the run if the job was cancelled or the lease lost, as far as the last heartbeat knows."""
        if self._heartbeat.interruption is not None and not self.is_finished:
            raise self._heartbeat.interruption

    def save_checkpoint(self, checkpoint: Mapping[str, Any]) -> None:
        """Remember how far this attempt got, for the next one. Inside `fenced()` it is remembered together with the
        work it speaks of."""
        plain = as_json(checkpoint)
        if not Job.objects.held(self.job_id, self.attempt).update(checkpoint=plain):
            raise LeaseLost(f"job {self.job_id}: attempt {self.attempt} saved no checkpoint")
        self.checkpoint = plain

    @contextmanager
    def fenced(self) -> Iterator[Job]:
        """A transaction that only the current attempt can commit: the job row is locked and checked first, so an
        attempt whose lease another has taken raises LeaseLost and writes nothing.

        Heartbeats wait while it lasts, but nobody takes a job whose row is locked.
        """
        self.check()
        try:
            with transaction.atomic():
                yield from self._locked()
        except BaseException:
            self._finishing = False  # rolled back
            raise
        self.is_finished = self._finishing and not self._fences

    def finish(self, result: Mapping[str, Any] | None = None) -> None:
        """Mark the job done in the transaction of `fenced()`, together with what it publishes.

        A run that does not call it is marked done by its return.
        """
        if not self._fences:
            raise RuntimeError("finish() belongs inside `with context.fenced():`")
        leases.end(self._job, Status.DONE, result=as_json(result or {}), **self.closing())
        self._finishing = True

    def closing(self) -> dict[str, Any]:
        """What the last heartbeat has not written."""
        done, total, note = self._heartbeat.progress
        peak = max(memory.peak_mb(), self._job.peak_memory_mb or 0)
        return {"progress_done": done, "progress_total": total, "progress_note": note, "peak_memory_mb": peak}

    def _locked(self) -> Iterator[Job]:
        job = Job.objects.held(self.job_id, self.attempt).select_for_update().first()
        if job is None:
            raise LeaseLost(f"job {self.job_id}: attempt {self.attempt} is no longer the current one")
        if job.cancel_requested:
            raise JobCancelled(f"job {self.job_id} was cancelled")
        self._fences += 1
        try:
            yield job
            if not self._finishing:
                Job.objects.filter(pk=self.job_id).update(lease_until=Now() + leases.lease())
        finally:
            self._fences -= 1


def as_json(value: Mapping[str, Any]) -> dict[str, Any]:
    """Dates, decimals and the like as PostgreSQL will give them back."""
    plain: dict[str, Any] = json.loads(json.dumps(value, cls=DjangoJSONEncoder, allow_nan=False))
    return plain
