"""Making and changing dashboards by the rules of their pages. Callers hold the transaction and have checked rights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any

from django.forms import BaseForm
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.visibility import Sight
from api.errors import Invalid
from customers.models import SavedFilter
from reports.catalog import BY_KEY
from reports.dashboards import arranging
from reports.dashboards.arranging import NewCard
from reports.dashboards.cards import may_see
from reports.dashboards.forms import DashboardForm
from reports.dashboards.one_filter import filter_of
from reports.models import Dashboard, DashboardCard, Report

NAMED = ("name", "sharing", "team")


def create(values: Mapping[str, Any], *, by: User) -> Dashboard:
    more = _more(values, Dashboard(owner=by), by)
    form = DashboardForm({"sharing": SavedFilter.Sharing.NOBODY, **_named(values)}, user=by)
    return _kept(form, lambda: arranging.create(owner=by, **more, **form.cleaned_data))


def change(found: Dashboard, values: Mapping[str, Any], *, by: User) -> Dashboard:
    """Of one that is locked."""
    more, named = _more(values, found, by), _named(values)
    if not named:
        return arranging.change(found, version=found.version, **more)
    present = {"name": found.name, "sharing": found.sharing, "team": found.team_id}
    form = DashboardForm({**present, **named}, user=by, instance=copy(found))
    return _kept(form, lambda: arranging.change(found, version=found.version, **more, **form.cleaned_data))


def _named(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in NAMED if name in values}


def _kept(form: DashboardForm, save: Callable[[], Dashboard]) -> Dashboard:
    kept = form.kept(save) if form.is_valid() else None
    if kept is None:
        raise Invalid(*_faults(form))
    return kept


def _more(values: Mapping[str, Any], found: Dashboard, by: User) -> dict[str, Any]:
    """Filter and cards, where they are named."""
    more: dict[str, Any] = {}
    if "filter" in values:
        more["filter"] = _filter(values["filter"], by.sight)
    if "cards" in values:
        more["cards"] = _cards(values["cards"], found, by)
    return more


def _faults(form: BaseForm, within: str = "") -> list[tuple[str, str]]:
    faults = [(name, str(words)) for name, all_words in form.errors.items() for words in all_words]
    return [(f"{within}/{name}" if name != "__all__" else within, words) for name, words in faults]


def _filter(values: Mapping[str, str], sight: Sight) -> dict[str, str]:
    said = {name: text for name, text in values.items() if text}
    if not said:
        return {}
    form = filter_of(Dashboard(filter=said), {}, sight)
    if form is None:
        raise Invalid(("/filter", _("Nothing has been computed yet.")))
    if not form.is_valid():
        raise Invalid(*_faults(form, "/filter"))
    return form.said


def _cards(sent: Sequence[Mapping[str, Any]], found: Dashboard, by: User) -> list[NewCard]:
    present = {card.pk: card for card in found.cards.all()} if found.pk else {}
    asked = [card["report"] for card in sent if "report" in card]
    reports = set(Report.objects.available_to(by.sight).filter(pk__in=asked).values_list("pk", flat=True))
    cards: list[NewCard] = []
    for place, card in enumerate(sent):
        named = _named_card(card, present, reports, by)
        if isinstance(named, str):
            [name] = card.keys() - {"is_wide"}
            raise Invalid((f"/cards/{place}/{name}", named))
        if any((named.chart, named.report_id) == (other.chart, other.report_id) for other in cards):
            raise Invalid((f"/cards/{place}", _("This card stands there twice.")))
        cards.append(named)
    return cards


def _named_card(
    sent: Mapping[str, Any], present: Mapping[int, DashboardCard], reports: set[int], by: User
) -> NewCard | str:
    """Or in words why it cannot stand there."""
    if "id" in sent:
        card = present.get(sent["id"])
        if card is None:
            return _("This card is not on the dashboard any more.")
        return NewCard(card.chart, card.report_id, sent.get("is_wide", card.is_wide))
    if "report" in sent:
        if sent["report"] not in reports:
            return _("There is no such report, or it is not shared with you.")
        return NewCard(report_id=sent["report"], is_wide=sent.get("is_wide", False))
    chart = BY_KEY.get(sent["chart"])
    if chart is None or not may_see(by, chart):
        return _("There is no such chart, or it is not for you.")
    return NewCard(chart.key, is_wide=sent.get("is_wide", False))
