"""Erasures, data packages and what is applied every night, as kinds of jobs."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from jobs import kinds
from privacy import erasing, finishing, packages, retention


def register() -> None:
    """Called once, by `PrivacyConfig.ready`."""
    kinds.register(
        kinds.JobKind(
            name=erasing.JOB_KIND,
            label=_("Erasure of a customer"),
            queue=kinds.MAINTENANCE,
            run=erasing.run,
            describe=erasing.describe,
            describe_result=erasing.describe_result,
        )
    )
    kinds.register(
        kinds.JobKind(
            name=packages.JOB_KIND,
            label=_("Data package of a customer"),
            queue=kinds.INTERACTIVE,
            run=packages.run,
            describe=packages.describe,
            describe_result=packages.describe_result,
        )
    )
    kinds.register(
        kinds.JobKind(
            name=finishing.JOB_KIND,
            label=_("End of erasures"),
            queue=kinds.MAINTENANCE,
            run=erasing.finish_all,
            describe_result=finishing.describe_result,
            schedulable=True,
        )
    )
    kinds.register(
        kinds.JobKind(
            name=retention.JOB_KIND,
            label=_("Retention rules"),
            queue=kinds.MAINTENANCE,
            run=retention.run,
            describe_result=retention.describe_result,
            schedulable=True,
        )
    )
