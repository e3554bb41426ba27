"""The one filter above the cards of a dashboard: what it says changes every card that can follow it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy, pgettext

from accounts.visibility import Sight
from analytics.publishing import current_run
from customers.filters import EVERYBODY, Expression, as_json
from customers.filters.expression import AllOf
from customers.listing.state import filter_text
from reports.models import Dashboard
from reports.scope import FIRST_SCOPE, PERIODS, SCOPE_KEYS, Scope, ScopeForm
from reports.semantics.questions import Question

AS_CARDS = ("", gettext_lazy("As each card says"))
NOTHING = "nothing"


class DashboardFilterForm(ScopeForm):
    """A filter as it stands in an address. What it leaves open stays as each card has it: `scope` is for the charts of
    the catalog, whose own are those of the first scope, and `applied` for questions, which have their own."""

    period = forms.ChoiceField(label=gettext_lazy("Days"), required=False, choices=[AS_CARDS, *PERIODS])
    compare = forms.ChoiceField(
        label=gettext_lazy("Compare with"),
        required=False,
        choices=[
            AS_CARDS,
            (NOTHING, gettext_lazy("Nothing")),
            ("year", gettext_lazy("The year before")),
            ("before", gettext_lazy("The days before")),
        ],
    )

    field_order = SCOPE_KEYS
    first: Mapping[str, str] = {}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors:
            compare = {"": FIRST_SCOPE["compare"], NOTHING: ""}.get(cleaned["compare"], cleaned["compare"])
            asked = {**self.values, "period": self.values.get("period") or FIRST_SCOPE["period"], "compare": compare}
            address = urlencode({key: asked[key] for key in SCOPE_KEYS if key in asked})
            self.scope = replace(self.scope, compare=compare, address=address, compares_now=self.says_comparison)
        return cleaned

    @property
    def says_days(self) -> bool:
        return bool(self.values.get("period"))

    @property
    def says_comparison(self) -> bool:
        return bool(self.values.get("compare"))

    @property
    def said(self) -> dict[str, str]:
        """What is kept of it."""
        return {key: text for key, text in self.values.items() if text}

    @property
    def asked_scope(self) -> Scope | None:
        """For a card that does not follow it, to say so; None where nothing is asked."""
        if not self.is_asked:
            return None
        return self.scope if self.says_comparison else replace(self.scope, compare="")

    def applied(self, question: Question, *, sight: Sight) -> Question:
        """The question of a card with what the filter says on top of it. Raises BadQuestion."""
        scope = self.scope
        since, until = (scope.since, scope.until) if self.says_days else (question.since, question.until)
        compare = scope.compare if self.says_comparison else question.compare
        among = together(question.among, scope.among)
        return replace(question, since=since, until=until, compare=compare, among=among).check(sight)

    def query_for(self, query: Mapping[str, str], own_filter: Expression) -> dict[str, str]:
        """The address of a question in the explorer with what the filter says on top of it."""
        asked = dict(query)
        if self.says_days:
            asked |= {"period": "own", "since": str(self.scope.since), "until": str(self.scope.until)}
        if self.says_comparison:
            asked["compare"] = self.scope.compare
        if not self.scope.is_of_all:
            asked["filter"] = filter_text(as_json(together(own_filter, self.scope.among)))
        return asked

    def not_followed_by(self, question: Question) -> str:
        """What of it does not change a question."""
        return pgettext("scope", "days") if self.says_days and not question.has_days else ""


def together(one: Expression, other: Expression) -> Expression:
    if EVERYBODY in (one, other):
        return other if one == EVERYBODY else one
    return AllOf((one, other))


def filter_of(dashboard: Dashboard, asked: Mapping[str, str], sight: Sight) -> DashboardFilterForm | None:
    """What an address asks, or else what is saved with the dashboard; None where nothing has been computed yet."""
    run = current_run("daily")
    if run is None:
        return None
    values = {key: asked[key] for key in SCOPE_KEYS if key in asked} or dict(dashboard.filter)
    return DashboardFilterForm(values, sight=sight, last_day=run.as_of)
