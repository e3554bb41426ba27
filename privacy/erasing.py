"""The erasure of one customer, as a job.

One transaction under the job's fence erases everything in the database, so an attempt that is killed has erased all or
nothing. What lies outside follows, each part of which may be done again: the tombstone in its file, packages that were
made, and snapshots, of which `privacy.finishing` sees the last one off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import User
from customers.merging.following import merged_with
from customers.models import Customer
from imports.exporting import actions as exporting
from imports.importing import ONE_AT_A_TIME
from jobs.actions import enqueue
from jobs.context import JobContext
from privacy import finishing, packages, tombstones
from privacy.models import ErasureRequest, Tombstone
from privacy.people import identities_of_this_one_alone, person_of
from privacy.rows import erase_rows
from privacy.trail import forgetting
from protection import suppression
from protection.audit import log_access
from protection.erasure import registry

JOB_KIND = "erase_customer"
Ground = ErasureRequest.Ground


def request_erasure(
    *, customer: Customer, ground: str = Ground.REQUEST, keeps_out: bool = True, by: User | None = None
) -> ErasureRequest:
    """Ask for the erasure of a customer, whether living, archived or deleted. One that waits already is found again."""
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=customer.pk)
        request, is_new = ErasureRequest.objects.get_or_create(
            customer=customer,
            status=ErasureRequest.Status.REQUESTED,
            defaults={"ground": ground, "keeps_out": keeps_out, "requested_by": by},
        )
        if is_new:
            log_access("erasure", user=by, obj=customer)
        if is_new or request.has_failed:
            # After a restore whoever replays runs them, and the workers may still know the database from before.
            request.job = enqueue(
                kind=JOB_KIND, params={"request": request.pk}, requested_by=by, notify=ground != Ground.REPLAY
            )
            request.save(update_fields=["job"])
    return request


def replay(missing: Sequence[tombstones.Line]) -> list[ErasureRequest]:
    """Ask once more for the erasures of which a restored database knows nothing."""
    with transaction.atomic():
        return [
            request_erasure(
                customer=Customer.objects.get(pk=line.customer_id),
                ground=Ground.REPLAY,
                keeps_out=bool(line.digests),
            )
            for line in tombstones.take_back(missing)
        ]


def run(context: JobContext) -> Mapping[str, Any]:
    request = ErasureRequest.objects.get(pk=context.params["request"])
    if request.erased_at is None:
        with context.fenced():
            erase(request)
    settle(request)
    finishing.finish(request)
    request.refresh_from_db()
    return {"customer": request.customer_id, "status": request.status, "rows": sum(request.counts.values())}


def erase(request: ErasureRequest) -> None:
    """Everything in the database. Runs inside the caller's transaction."""
    with connection.cursor() as cursor:
        # An import that is committing has not seen the suppression list as it will be.
        cursor.execute(ONE_AT_A_TIME)
    ids = everybody_in(request)
    customers = Customer.objects.filter(pk__in=ids).order_by("pk").select_for_update()
    people = [(customer, person_of(customer)) for customer in customers]
    digests = {
        person.customer_id: suppression.suppress(identities_of_this_one_alone(person, records=ids))
        for _customer, person in people
        if request.keeps_out
    }
    counts: Counter[str] = Counter()
    with forgetting():
        for _customer, person in people:
            counts.update({step.name: step.erase(person) for step in registry})
        for pk in ids:
            counts.update(erase_rows(pk))
    ErasureRequest.objects.filter(pk=request.pk).update(
        status=ErasureRequest.Status.FINISHING,
        counts={name: count for name, count in counts.items() if count},
        erased_at=Now(),
    )
    request.refresh_from_db()
    for customer, _person in people:
        _bury(customer, request, digests.get(customer.pk, []))


def everybody_in(request: ErasureRequest) -> list[int]:
    """The record that was asked for, and all that were found to be of the same customer."""
    return sorted([request.customer_id, *merged_with(request.customer_id)])


def _bury(customer: Customer, request: ErasureRequest, digests: Sequence[tuple[str, str]]) -> None:
    assert request.erased_at is not None  # noqa: S101  # `erase` has written it
    # What is repeated was done before: the file says so already.
    repeated = tombstones.last_line_of(customer.pk) if request.ground == Ground.REPLAY else None
    erased_at = repeated.erased_at if repeated else request.erased_at
    before = Tombstone.objects.filter(customer_id=customer.pk).first()
    known = [tuple(each) for each in before.digests] if before else []
    tombstones.bury(customer.pk, customer.created_at, erased_at, [*dict.fromkeys([*known, *digests])])


def settle(request: ErasureRequest) -> None:
    """What follows once the database has forgotten; done again it does nothing more."""
    for tombstone in Tombstone.objects.filter(customer_id__in=everybody_in(request)).order_by("customer_id"):
        if tombstone.filed_at is None:
            tombstones.file(tombstone)
        packages.remove_files_of(tombstone.customer_id)
    exporting.remove_withdrawn()
    if request.settled_at is None:
        # Later than the commit: a snapshot begun after this moment has not seen the person.
        ErasureRequest.objects.filter(pk=request.pk).update(settled_at=Now())
        request.refresh_from_db()


def finish_all(context: JobContext) -> Mapping[str, Any]:
    """What the jobs of erasures could not end: a run was reading an old snapshot, or they were killed too often."""
    unfinished = list(ErasureRequest.objects.filter(status=ErasureRequest.Status.FINISHING).order_by("pk"))
    finished = 0
    for number, request in enumerate(unfinished):
        context.progress(number, len(unfinished))
        settle(request)
        finished += finishing.finish(request)
    return {"finished": finished, "open": len(unfinished) - finished}


def describe(params: Mapping[str, Any]) -> str:
    request = ErasureRequest.objects.filter(pk=params["request"]).first()
    return _("Customer %(number)d") % {"number": request.customer_id} if request else ""


def describe_result(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (_("Customer"), str(result["customer"])),
        (_("Rows changed or removed"), str(result["rows"])),
        (_("Status"), str(ErasureRequest.Status(result["status"]).label)),
    ]
