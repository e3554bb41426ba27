"""The search for duplicates, as a kind of job."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from customers.duplicates import finding
from jobs import kinds


def register() -> None:
    """Called once, by `CustomersConfig.ready`."""
    kinds.register(
        kinds.JobKind(
            name=finding.JOB_KIND,
            label=_("Search for duplicates"),
            queue=kinds.MAINTENANCE,
            run=finding.run,
            describe_result=finding.describe_result,
            schedulable=True,
            seen_by=frozenset({Role.MANAGER}),
        )
    )
