"""What jobs wrote about a person: parameters, results, errors."""

from __future__ import annotations

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from jobs.models import Job
from protection.erasure import Person, Step, registry

TEXTS = ("reason", "progress_note", "error", "worker")
DOCUMENTS = ("params", "result", "checkpoint", "checkpoint_at_claim")


def register() -> None:
    """Called once, by `JobsConfig.ready`."""
    registry.add(Step("jobs", erase))


def erase(person: Person) -> int:
    """Takes the mentions out of what stays: that the work was done, when, and for whom."""
    if not person.terms:
        return 0
    mentions = Q()
    for name in (*TEXTS, *(f"{name}_text" for name in DOCUMENTS)):
        for term in person.terms:
            mentions |= Q(**{f"{name}__icontains": term})
    texts = {f"{name}_text": Cast(name, TextField()) for name in DOCUMENTS}
    # A live one reads its parameters still; it is no trace yet.
    jobs = list(Job.objects.over().annotate(**texts).filter(mentions))
    for job in jobs:
        redacted = {name: person.redacted(getattr(job, name)) for name in (*TEXTS, *DOCUMENTS)}
        # Its checkpoint and fence are the run's own: only texts are written.
        Job.objects.filter(pk=job.pk).update(**redacted)
    return len(jobs)
