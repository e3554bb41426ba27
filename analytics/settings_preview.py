"""What other settings of an analysis would do, as far as it can be said without computing anything.

RFM alone is counted in the rows that are published: see `analytics.rfm_preview`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics import publishing, switches
from analytics.catalog import Analysis
from analytics.findings import NO_SETTING, PARAMS, Label, in_words
from analytics.models import Run
from analytics.teachers import teacher
from core.dates import day_of
from core.models import OrganisationSettings
from core.templatetags.ui import day, duration
from jobs.context import as_json


@dataclass(frozen=True)
class Change:
    """A parameter in words: as the published run has it, as it is set, and as it would be. Empty: not known."""

    label: Label
    shown: str
    now: str
    then: str


@dataclass(frozen=True)
class Preview:
    changes: list[Change]
    effects: list[str]


def preview(analysis: Analysis, asked: Mapping[str, Any], *, form: forms.Form) -> Preview:
    """asked: what the next run would compute with; the form knows its choices by name."""
    then, now = as_json(analysis.checked(asked)), as_json(analysis.params_or_defaults())
    shown = publishing.current_run(analysis.name)
    return Preview([*_changes(form, then, now, shown.params if shown else {})], [*_effects(analysis, then, shown)])


def _changes(
    form: forms.Form, then: Mapping[str, Any], now: Mapping[str, Any], shown: Mapping[str, Any]
) -> Iterator[Change]:
    for name in then:
        if name not in NO_SETTING and any(values.get(name, then[name]) != then[name] for values in (shown, now)):
            said = [_said(form, name, values[name]) if name in values else "" for values in (shown, now, then)]
            yield Change(PARAMS.get(name, name), *said)


def _said(form: forms.Form, name: str, value: Any) -> str:
    known = dict(getattr(form.fields.get(name), "choices", ()))
    if isinstance(value, list):
        return ", ".join(str(known.get(each, each)) for each in value)
    return str(known[value]) if value in known else in_words(name, value)


def _effects(analysis: Analysis, then: Mapping[str, Any], shown: Run | None) -> Iterator[str]:
    if switches.is_off(analysis.name):
        yield _("It is switched off: nothing is computed with these values until it is switched on.")
        return
    if shown is not None and shown.params == then:
        yield _("The run that is shown was computed with these very values.")
    elif shown is not None:
        yield _(
            "Its values are not compared with those that are shown now: with other parameters all may move."
            " What is shown stays until the next recomputation has published."
        )
    by = teacher(analysis.name, then, as_of=_today()) if analysis.again else None
    if by is not None:
        facts = {"run": by.pk, "day": day(by.as_of)}
        yield (
            _("Nights go by what run %(run)s has learned with these values as of %(day)s; nothing learns anew.") % facts
        )
    elif analysis.again is not None:
        yield _("The next night learns anew, where it would else go by what was learned last; later nights go by that.")
    yield from _durations(analysis, learns=by is None)
    yield _("No other analysis learns anew because of it.")


def _durations(analysis: Analysis, *, learns: bool) -> Iterator[str]:
    over = Run.objects.filter(analysis=analysis.name, finished_at__isnull=False).exclude(status=Run.Status.FAILED)
    last = over.filter(learned_by__isnull=learns).order_by("-pk").first()
    if last is None and not learns:
        return
    if last is None or last.finished_at is None:
        yield _("How long it takes is not known: it has not been computed yet.")
        return
    facts = {"took": duration(last.finished_at - last.started_at), "run": last.pk}
    if learns:
        yield _("It takes about %(took)s, as run %(run)s did; with other values it may be more or less.") % facts
    else:
        yield _("Without learning it takes about %(took)s, as run %(run)s did.") % facts


def _today() -> dt.date:
    return day_of(timezone.now(), OrganisationSettings.current().zone)
