"""Asking for a recomputation, and setting what the next one computes with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from analytics import catalog, switches
from analytics.job_kinds import RECOMPUTE
from analytics.models import AnalysisSettings
from core.dates import day_of
from core.models import OrganisationSettings
from core.templatetags.ui import day
from jobs.actions import enqueue
from jobs.errors import JobError
from jobs.models import Job


def request_recomputation(
    *,
    analyses: Sequence[str] = (),
    as_of: dt.date | None = None,
    requested_by: User | None = None,
    reason: str = "",
) -> Job:
    """The job that recomputes these analyses (none named: all) as of that day (none: the last one with data).

    The same request finds the job that waits already. All means all that are switched on. Raises `UnknownAnalysis`, and
    JobError for one that is switched off and for a day to come.
    """
    wanted = {catalog.get(name).name for name in analyses}
    for name in wanted & switches.switched_off().keys():
        raise switches.IsSwitchedOff(name)
    today = day_of(timezone.now(), OrganisationSettings.current().zone)
    if as_of is not None and as_of > today:
        raise JobError(_("%(day)s is still to come.") % {"day": day(as_of)})
    # In the order of the catalog, and all of them as none: the same request has the same parameters.
    names = [analysis.name for analysis in catalog.ANALYSES if analysis.name in wanted]
    params = {"analyses": [] if len(names) == len(catalog.ANALYSES) else names, "as_of": as_of}
    return enqueue(kind=RECOMPUTE, params=params, requested_by=requested_by, reason=reason)


def save_settings(*, analysis: str, params: Mapping[str, Any], by: User) -> None:
    """Let the next run compute with these parameters; those that are published keep theirs.

    Raises ValueError if they cannot be used.
    """
    entry = catalog.get(analysis)
    defaults = entry.default_params()
    checked = entry.checked({**defaults, **params})
    # Only what differs: what is left as it was follows the defaults of later versions.
    chosen = {name: value for name, value in checked.items() if value != defaults[name]}
    with transaction.atomic():
        settings, _created = AnalysisSettings.objects.select_for_update().get_or_create(analysis=analysis)
        if settings.params != chosen:
            settings.earlier_params, settings.params, settings.changed_by = settings.params, chosen, by
            settings.save()


def undo_settings(*, analysis: str, by: User) -> bool:
    """Let the next run compute with what was set before the last change, which can be undone in turn.

    False where nothing is kept of before. Raises ValueError if that does not fit this version.
    """
    with transaction.atomic():
        settings = AnalysisSettings.objects.select_for_update().filter(analysis=analysis).first()
        if settings is None or settings.earlier_params is None:
            return False
        entry = catalog.get(analysis)
        entry.checked({**entry.default_params(), **settings.earlier_params})
        settings.earlier_params, settings.params, settings.changed_by = settings.params, settings.earlier_params, by
        settings.save()
    return True
