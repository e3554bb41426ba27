"""The schedules page: each schedule with its form, when it comes due next and what became of it last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from core.models import OrganisationSettings
from jobs.actions import params_hash
from jobs.forms import ScheduleForm
from jobs.models import Job, Schedule
from jobs.schedules import next_slot

SLOTS_TRIED = 3


@dataclass(frozen=True)
class Entry:
    schedule: Schedule
    form: ScheduleForm
    next_slot: dt.datetime | None
    last_job: Job | None
    now: dt.datetime
    zone: ZoneInfo

    @property
    def tried_slots(self) -> list[dt.datetime]:
        """When it would come due next by what stands in its form, which is valid; none where it would be off."""
        slots: list[dt.datetime] = []
        while self.form.instance.is_active and len(slots) < SLOTS_TRIED:
            slots.append(next_slot(self.form.instance, slots[-1] if slots else self.now, self.zone))
        return slots

    @property
    def fields(self) -> dict[str, object]:
        """What its form would post to leave it as it stands."""
        stored = self.schedule
        said = {"every": stored.every, "weekday": stored.weekday, "at_time": f"{stored.at_time:%H:%M}"}
        on = {"is_active": "on"} if stored.is_active else {}
        return {"schedule": stored.pk, **{self.form.add_prefix(name): value for name, value in {**said, **on}.items()}}


def entries(*, now: dt.datetime, edited: str = "", data: Mapping[str, Any] | None = None) -> list[Entry]:
    """All schedules; the form of the edited one is bound to the data."""
    zone = OrganisationSettings.current().zone
    last_jobs = _last_jobs()
    return [
        Entry(
            schedule,
            ScheduleForm(
                data if str(schedule.pk) == edited else None,
                instance=copy(schedule),  # a form writes into its instance even what is not valid
                prefix=f"schedule-{schedule.pk}",
            ),
            next_slot(schedule, now, zone) if schedule.is_active else None,
            last_jobs.get((schedule.kind, params_hash(schedule.params))),
            now,
            zone,
        )
        for schedule in Schedule.objects.all()
    ]


def _last_jobs() -> dict[tuple[str, str], Job]:
    jobs = Job.objects.filter(scheduled_for__isnull=False).order_by("kind", "params_hash", "-scheduled_for")
    return {(job.kind, job.params_hash): job for job in jobs.distinct("kind", "params_hash")}
