"""What merging records means for what is asked for about one person."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from customers.merging.steps import Stays, registry
from privacy.models import DataPackage, ErasureRequest


def register() -> None:
    """Called once, by `PrivacyConfig.ready`."""
    registry.add(
        Stays(ErasureRequest, "customer", because="It says which record was erased; one that is open forbids a merge."),
        Stays(DataPackage, "customer", because="It holds what was known of that record on that day."),
    )
    registry.refusals.append(_is_being_erased)


def _is_being_erased(customer_ids: Sequence[int]) -> str:
    waiting = ErasureRequest.objects.filter(customer_id__in=customer_ids, status=ErasureRequest.Status.REQUESTED)
    return _("One of the records is being erased.") if waiting.exists() else ""
