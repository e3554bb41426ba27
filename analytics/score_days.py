"""Of which day, run and model the scores in a column of the list are."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.utils.translation import gettext as _

from analytics import catalog, champion_history, publishing
from core.templatetags.ui import day


@cache
def as_of(analysis: str) -> Callable[[], str]:
    """Says it of the run that is shown, "" where none is; the same function each time, for columns that share it."""

    def said() -> str:
        run = publishing.current_runs().get(analysis)
        if run is None:
            return ""
        known = {"analysis": catalog.get(analysis).label, "day": day(run.as_of), "run": run.pk}
        if model := champion_history.in_words(run):
            return _("%(analysis)s as of %(day)s, run %(run)d (%(model)s)") % {**known, "model": model}
        return _("%(analysis)s as of %(day)s, run %(run)d") % known

    return said
