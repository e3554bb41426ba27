"""Kills at random points while jobs are at work, and what is left of them in the end."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection
from django.utils import timezone

from core.models import OrganisationSettings
from jobs.actions import enqueue
from jobs.models import Job, Schedule
from tests.jobs.fire import work
from tests.jobs.fire.fleet import Fleet, Member

TARGETS = {"pool child": 84, "worker without its pool": 3, "worker with its pool": 5, "beat": 8}
# Of the events so many in a hundred are no kills: a process is stopped until its lease is taken, and goes on.
STALLS = 8
WAITING = 6


@dataclass
class Report:
    """What a campaign did and found."""

    seed: int
    kills: int = 0
    stalls: int = 0
    killed: dict[str, int] = field(default_factory=dict)
    kills_with_a_job: int = 0
    volleys: int = 0
    jobs: int = 0
    done: int = 0
    doubled: int = 0
    lost: int = 0
    half_published: int = 0
    slots: int = 0
    jobs_of_the_slot: int = 0
    attempts: int = 0
    recovery_seconds: list[float] = field(default_factory=list)
    settled_seconds: float = 0.0

    @property
    def worst_recovery(self) -> float:
        return max(self.recovery_seconds, default=0.0)


@dataclass(frozen=True)
class Hit:
    """An attempt whose process was killed."""

    job_id: int
    attempt: int
    at: float


class Campaign:
    """Kills at a pace (the shortest and the longest seconds between two), and processes stopped for `stall` seconds.

    With a `volley`, so many kills are followed by quiet, until each job that was hit is at work again: how long that
    takes after the last kill is its recovery.
    """

    def __init__(
        self,
        *,
        folder: Path,
        seed: int,
        kind: str = work.FENCED.name,
        stall: float,
        pace: tuple[float, float],
        volley: int = 0,
    ) -> None:
        self.report = Report(seed)
        self.volley, self.last_kill = volley, 0.0
        self.folder, self.kind, self.stall, self.pace = folder, kind, stall, pace
        self.chance = random.Random(seed)
        self.hits: list[Hit] = []
        self.stalled: dict[int, float] = {}
        self.asked = 0

    def run(self, kills: int, *, patience: float) -> Report:
        """That many kills, then up to `patience` seconds for everything to come to its end."""
        work.start_afresh()
        slot = self._schedule()
        with Fleet(self.folder) as fleet:
            fleet.wait_until_up()
            while self.report.kills < kills:
                self._keep_busy()
                self._let_pass(self.chance.uniform(*self.pace))
                if fleet.is_up() or not self.chance.randrange(4):  # now and then also while a worker starts
                    self._strike(fleet)
                fleet.restart_dead()
                if self.volley and self.report.kills >= self.volley * (self.report.volleys + 1):
                    self._heal(fleet, patience)
            began = time.monotonic()
            while Job.objects.live().exists() and time.monotonic() - began < patience:
                fleet.restart_dead()  # a worker ends by itself where its pool is killed while it starts
                self._let_pass(0.2)
            self.report.settled_seconds = time.monotonic() - began
            self._let_pass(self.stall if self.stalled else 0)
        self._count(slot)
        return self.report

    def _schedule(self) -> dt.datetime:
        """A slot that both beats come upon: the last full hour's, of a schedule that was there before."""
        Schedule.objects.all().delete()
        OrganisationSettings.objects.update_or_create(pk=1, defaults={"time_zone": "UTC"})
        Schedule.objects.create(
            kind=work.FENCED.name, params={"steps": 3, "pause": 0.01}, every="hour", at_time="00:00"
        )
        Schedule.objects.update(changed_at=timezone.now() - dt.timedelta(hours=2))
        return timezone.now().replace(minute=0, second=0, microsecond=0)

    def _heal(self, fleet: Fleet, patience: float) -> None:
        self.report.volleys += 1
        began = time.monotonic()
        while self.hits and time.monotonic() - began < patience:
            fleet.restart_dead()
            self._keep_busy()
            self._let_pass(0.1)

    def _keep_busy(self) -> None:
        for _missing in range(WAITING - Job.objects.queued().count()):
            self.asked += 1
            enqueue(kind=self.kind, params={"steps": 20, "pause": 0.05, "number": self.asked})

    def _let_pass(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while True:
            self._look()
            left = end - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 0.1))

    def _look(self) -> None:
        """See which hits are healed, wake who was stalled for long enough, and look for half a publication."""
        now = time.monotonic()
        for pid in [pid for pid, until in self.stalled.items() if now >= until]:
            del self.stalled[pid]
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        if self.hits:
            rows = {job.pk: job for job in Job.objects.filter(pk__in={hit.job_id for hit in self.hits})}
            healed = [hit for hit in self.hits if _is_healed(hit, rows[hit.job_id])]
            self.report.recovery_seconds += [round(now - max(hit.at, self.last_kill), 1) for hit in healed]
            self.hits = [hit for hit in self.hits if hit not in healed]
        self.report.half_published = max(self.report.half_published, work.half_published(self.kind))

    def _strike(self, fleet: Fleet) -> None:
        target = self.chance.choices(list(TARGETS), list(TARGETS.values()))[0]
        if target == "pool child":
            self._strike_child(fleet.pool())
        else:
            self._kill(self.chance.choice(fleet.beats if target == "beat" else fleet.workers), target)

    def _strike_child(self, pool: list[int]) -> None:
        awake = [pid for pid in pool if pid not in self.stalled]
        if not awake:
            return
        busy = [pid for pid in awake if pid in _pids(Job.objects.filter(status="running"))]
        pid = self.chance.choice(busy if busy and self.chance.randrange(4) else awake)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)  # so that what it holds is what it dies with
            if self.chance.randrange(100) < STALLS:
                self.stalled[pid] = time.monotonic() + self.stall
                self.report.stalls += 1
                return
            self._note("pool child", [pid])
            os.kill(pid, signal.SIGKILL)

    def _kill(self, member: Member, target: str) -> None:
        if target == "worker with its pool":
            self._note(target, member.pool())
            member.kill_all()
        else:
            self._note(target, [])
            member.kill_main()

    def _note(self, target: str, pids: list[int]) -> None:
        self.report.kills += 1
        self.last_kill = time.monotonic()
        self.report.killed[target] = self.report.killed.get(target, 0) + 1
        held = [
            Hit(job.pk, job.attempt, time.monotonic())
            for job in Job.objects.filter(status="running")
            if _pids([job]) & set(pids)
        ]
        self.report.kills_with_a_job += bool(held)
        self.hits += held

    def _count(self, slot: dt.datetime) -> None:
        report, standing = self.report, work.Standing.of(self.kind)
        report.jobs, report.done, report.doubled = standing.jobs, standing.done, standing.doubled
        report.lost, report.half_published = standing.lost, max(report.half_published, standing.half_published)
        report.attempts = sum(Job.objects.filter(kind=self.kind).values_list("attempt", flat=True))
        of_slots = Job.objects.filter(scheduled_for__gte=slot)
        report.jobs_of_the_slot = of_slots.count()
        report.slots = of_slots.values("scheduled_for").distinct().count()
        connection.close()


def _pids(jobs: Iterable[Job]) -> set[int]:
    """The processes that run them, as far as their rows say."""
    return {int(job.worker.rpartition(":")[2]) for job in jobs}


def _is_healed(hit: Hit, job: Job) -> bool:
    return job.is_over or job.attempt > hit.attempt
