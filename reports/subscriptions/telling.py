"""What tells apart subscriptions to one page: the days and customers, or the series, that they are of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import suppress

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.visibility import Sight
from analytics import demand_series
from core.templatetags.ui import day
from customers.filters import FilterError, describe, parse_text
from customers.models import SavedFilter
from reports.scope import FIRST_SCOPE, PERIODS
from reports.subscriptions.subjects import ReportPage, Subject

COMPARED = {
    "year": gettext_lazy("compared with the year before"),
    "before": gettext_lazy("compared with the days before"),
}


def told_apart(subjects: Sequence[Subject], sight: Sight) -> list[str]:
    """In words, of each; "" of reports and dashboards, which have names of their own."""
    scopes = [each.scope if isinstance(each, ReportPage) else {} for each in subjects]
    views = _names_of_views(scopes, sight)
    series = [scope["series"] for scope in scopes if scope.get("series")]
    named = {each.key: str(each.label) for each in demand_series.named(list(dict.fromkeys(series)))}
    return [" · ".join(_said(each, views, named, sight)) if isinstance(each, ReportPage) else "" for each in subjects]


def _said(page: ReportPage, views: Mapping[str, str], series: Mapping[str, str], sight: Sight) -> Sequence[str]:
    scope = page.scope
    if page.by_series:
        return [series.get(scope.get("series", ""), "")]
    if not page.has_days:
        return []
    said = [_days(scope), _compared(scope), views.get(scope.get("view", ""), ""), scope.get("among", "")]
    with suppress(FilterError):
        said.append(describe(parse_text(scope["filter"]), sight=sight) if scope.get("filter") else "")
    return list(filter(None, said))


def _days(scope: Mapping[str, str]) -> str:
    """As they are called where they move on with the data, so that they are still right tomorrow."""
    since, until = scope.get("since", ""), scope.get("until", "")
    period = scope.get("period", "own" if since or until else FIRST_SCOPE["period"])
    if period != "own":
        return str(dict(PERIODS).get(period, ""))
    words = _("%(since)s – %(until)s") if until else _("from %(since)s") if since else ""
    return words % {"since": _day(since), "until": _day(until)}


def _compared(scope: Mapping[str, str]) -> str:
    return str(COMPARED.get(scope.get("compare", FIRST_SCOPE["compare"]), ""))


def _day(text: str) -> str:
    with suppress(ValueError):
        return day(dt.date.fromisoformat(text))
    return "…"


def _names_of_views(scopes: Sequence[Mapping[str, str]], sight: Sight) -> dict[str, str]:
    keys = {scope["view"] for scope in scopes if scope.get("view", "").isdecimal()}
    found = SavedFilter.objects.available_to(sight).filter(pk__in=keys) if keys else SavedFilter.objects.none()
    return {str(pk): name for pk, name in found.values_list("pk", "name")}
