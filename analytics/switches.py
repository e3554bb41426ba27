"""Which analyses an admin has switched off: no recomputation makes them, whoever asks for it.

What they have published stays, with its day; what asks for it (filters, segments of one's own, reports) goes on with
that.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.models import User
from analytics import catalog
from analytics.models import SwitchedOff
from jobs.errors import JobError


class IsSwitchedOff(JobError):
    """The message says which, and who can change it."""

    def __init__(self, analysis: str) -> None:
        super().__init__(
            _("“%(analysis)s” is switched off. An admin switches it on in its settings.")
            % {"analysis": catalog.get(analysis).label}
        )


def switched_off() -> dict[str, SwitchedOff]:
    return {off.analysis: off for off in SwitchedOff.objects.select_related("by")}


def is_off(analysis: str) -> bool:
    return SwitchedOff.objects.filter(analysis=analysis).exists()


def switch_off(*, analysis: str, by: User) -> None:
    """Whoever switched it off first stays named. Raises JobError where everything else needs it."""
    entry = catalog.get(analysis)
    if entry.always:
        raise JobError(str(entry.always))
    SwitchedOff.objects.get_or_create(analysis=analysis, defaults={"by": by})


def switch_on(*, analysis: str) -> None:
    SwitchedOff.objects.filter(analysis=analysis).delete()
