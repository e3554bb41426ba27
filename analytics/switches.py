"""Which analyses an admin has switched off: no recomputation makes them, whoever asks for it.

What they have published stays, with its day; what asks for it (filters, segments of one's own, reports) goes on with
that.
"""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from analytics import catalog, publishing
from analytics.models import CustomerResult, Run, SwitchedOff
from analytics.results import TABLES
from core.once_a_request import once_a_request
from core.templatetags.ui import day
from jobs.errors import JobError


class IsSwitchedOff(JobError):
    """The message says which, and who can change it."""

    def __init__(self, analysis: str) -> None:
        super().__init__(
            _("“%(analysis)s” is switched off. An admin switches it on in its settings.")
            % {"analysis": catalog.get(analysis).label}
        )


@once_a_request
def _off() -> dict[str, SwitchedOff]:
    return switched_off()


def in_words(analysis: str, run: Run | None) -> str:
    """On a page that shows scores of a run, or would: that an admin has switched them off. "" where nobody has."""
    if catalog.get(analysis).always or (off := _off().get(analysis)) is None:
        return ""
    said = {"analysis": catalog.get(analysis).label, "since": day(timezone.localdate(off.since))}
    if run is None:
        return _("“%(analysis)s” has been switched off by an admin since %(since)s and has published nothing.") % said
    return _("“%(analysis)s” has been switched off by an admin since %(since)s and stays as it is.") % said


def about_customers() -> list[str]:
    """Of what a customer's page has nothing to show of, since it was switched off before it published anything;
    recommendations say it themselves."""
    published = publishing.current_runs()
    names = (analysis.name for analysis in catalog.ANALYSES if analysis.name not in published)
    about = (name for name in names if issubclass(TABLES[name].model, CustomerResult) and name != "recommendations")
    return [sentence for name in about if (sentence := in_words(name, None))]


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
