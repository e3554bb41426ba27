"""What the pages of this app show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.consent import current_decisions
from customers.models import Consent, Customer
from privacy import tombstones
from privacy.models import DataPackage, ErasureRequest, Tombstone
from privacy.rows import about_customers, rows_about
from protection import suppression
from protection.audit import log_access
from protection.audit.models import Entry
from protection.classification import Rows

SHOWN = 25

WHAT_HAPPENS: dict[Rows, Promise] = {
    Rows.DELETE: _("removed"),
    Rows.UNLINK: _("kept for the sums, without the person"),
    Rows.KEEP: _("kept empty"),
}


@dataclass(frozen=True)
class Affected:
    """A table of the product, how many rows of it are about the customer, and what becomes of them."""

    label: str
    rows: int
    what_happens: Promise


def overview(reader: User) -> dict[str, Any]:
    requests = ErasureRequest.objects.select_related("requested_by", "job", "customer")
    return {
        "requests": requests[:SHOWN],
        "open_requests": ErasureRequest.objects.exclude(status=ErasureRequest.Status.DONE).count(),
        "packages": DataPackage.objects.filter(requested_by=reader).select_related("customer", "job")[:SHOWN],
        "kept_out": suppression.size(),
        "unreplayed": len(tombstones.unreplayed()),
    }


def before_erasure(customer: Customer) -> dict[str, Any]:
    return {
        "affected": list(affected(customer)),
        "open_request": ErasureRequest.objects.filter(customer=customer)
        .exclude(status=ErasureRequest.Status.DONE)
        .first(),
        "tombstone": Tombstone.objects.filter(customer_id=customer.pk).first(),
    }


def affected(customer: Customer) -> Iterator[Affected]:
    for known in about_customers():
        if issubclass(known.model, Entry) or known.model is ErasureRequest:
            continue
        if rows := rows_about(known, customer.pk).count():
            yield Affected(str(known.model._meta.verbose_name_plural), rows, WHAT_HAPPENS[known.rows])


def decisions(customer: Customer) -> dict[str, Any]:
    """What holds for each purpose, and every decision there was, the newest first."""
    labels = dict(Consent.Purpose.choices)
    return {
        "current": [(labels[purpose], decided) for purpose, decided in current_decisions(customer).items()],
        "history": customer.consents.select_related("recorded_by")[:100],
    }


def lift(identity: suppression.Identity, *, by: User) -> bool:
    """Takes an identity off the suppression list, on the record."""
    is_lifted = suppression.lift(identity)
    if is_lifted:
        log_access("erasure", user=by, step="lifted", kind=str(identity[0]))
    return is_lifted
