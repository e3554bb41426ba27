"""Of which day, run and model the scores in a column of the list are."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.utils.translation import gettext as _

from analytics import catalog, champion_history, publishing, switches
from analytics.models import Run
from core.templatetags.ui import day
from customers.extensions import Origin


@cache
def as_of(analysis: str) -> Callable[[], Origin]:
    """Says it of the run that is shown; the same function each time, for columns that share it."""

    def origin() -> Origin:
        run = publishing.current_runs().get(analysis)
        return origin_of(analysis, run, _in_words(analysis, run) if run else "")

    return origin


def origin_of(analysis: str, run: Run | None, said: str) -> Origin:
    """said: what there is to say of it while the analysis is switched on."""
    label = catalog.get(analysis).label
    off = switches.in_words(analysis, run)
    told = " · ".join(each for each in (said, off) if each)
    if run is None:
        return Origin(label, told, instead=_("switched off") if off else "")
    # Where none was chosen among several, what is computed is defined by its name.
    return Origin(label, told, run.as_of, run.pk, champion_history.in_words(run) or str(label))


def _in_words(analysis: str, run: Run) -> str:
    known = {"analysis": catalog.get(analysis).label, "day": day(run.as_of), "run": run.pk}
    if model := champion_history.in_words(run):
        return _("%(analysis)s as of %(day)s, run %(run)d (%(model)s)") % {**known, "model": model}
    return _("%(analysis)s as of %(day)s, run %(run)d") % known
