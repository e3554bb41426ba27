"""What a job's row does not say itself: the words that its kind has for it."""

from __future__ import annotations

from collections.abc import Sequence

from django import template

from jobs import kinds
from jobs.models import Job, Schedule
from jobs.status import Status

register = template.Library()

TONES = {
    Status.QUEUED: "neutral",
    Status.RUNNING: "accent",
    Status.DONE: "good",
    Status.FAILED: "bad",
    Status.CANCELLED: "warn",
}


@register.filter
def kind_label(row: Job | Schedule) -> str:
    return str(kinds.label_of(row.kind))


@register.filter
def params_in_words(row: Job | Schedule) -> str:
    return kinds.in_words(row.kind, row.params)


@register.filter
def result_in_words(job: Job) -> Sequence[kinds.Fact]:
    return kinds.result_in_words(job.kind, job.result)


@register.filter
def own_page(job: Job) -> str:
    return kinds.page_of(job.kind, job.params)


@register.filter
def status_tone(job: Job) -> str:
    return TONES[Status(job.status)]
