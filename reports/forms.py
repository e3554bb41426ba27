"""What somebody asks the explorer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.visibility import Sight
from customers.filters import EVERYBODY, Expression, FilterError, authorise, parse_text
from customers.filters.expression import AllOf
from customers.filters.saved import read
from customers.filters.typed import TypedError, read_typed
from customers.models import SavedFilter
from reports.semantics.dimensions import DIMENSIONS
from reports.semantics.measures import MEASURES
from reports.semantics.questions import BadQuestion, Question
from reports.semantics.subjects import Subject

NAMES_OF_SUBJECTS = {
    Subject.SALES: gettext_lazy("Orders"),
    Subject.LINES: gettext_lazy("Products"),
    Subject.EVENTS: gettext_lazy("Behaviour"),
    Subject.CUSTOMERS: gettext_lazy("Customers"),
}
FORMS = (("bars", pgettext_lazy("chart", "Bars")), ("line", pgettext_lazy("chart", "Line")))


class ExplorerForm(forms.Form):
    """A question as it stands in an address; `question` is what it came to."""

    measure = forms.ChoiceField(label=gettext_lazy("Measure"))
    by = forms.ChoiceField(label=gettext_lazy("Divided by"))
    split = forms.ChoiceField(label=gettext_lazy("Then by"), required=False)
    since = forms.DateField(label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=gettext_lazy("Until"), widget=forms.DateInput(attrs={"type": "date"}))
    compare = forms.ChoiceField(
        label=gettext_lazy("Compare with"),
        required=False,
        choices=[
            ("", gettext_lazy("Nothing")),
            ("year", gettext_lazy("The year before")),
            ("before", gettext_lazy("The days before")),
        ],
    )
    form = forms.ChoiceField(label=gettext_lazy("Picture"), required=False, choices=FORMS)
    view = forms.ModelChoiceField(
        label=gettext_lazy("Customers of the view"),
        required=False,
        queryset=SavedFilter.objects.none(),
        empty_label=gettext_lazy("All customers"),
    )
    among = forms.CharField(
        label=gettext_lazy("Only customers with"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("A filter, typed: country = DE and not segment = lost"),
    )
    # A filter as the address of the list has it.
    filter = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any], *, sight: Sight, last_day: dt.date) -> None:
        super().__init__({**first_question(last_day), **data})
        self._sight = sight
        self.fields["measure"].choices = list(_measures())  # type: ignore[attr-defined]
        divisions = [(each.key, each.label) for each in DIMENSIONS if each.may_be_asked_by(sight)]
        self.fields["by"].choices = divisions  # type: ignore[attr-defined]
        further = [(each.key, each.label) for each in DIMENSIONS if not each.is_time and each.may_be_asked_by(sight)]
        self.fields["split"].choices = [("", _("Nothing")), *further]  # type: ignore[attr-defined]
        self.fields["view"].queryset = SavedFilter.objects.available_to(sight)  # type: ignore[attr-defined]

    def clean_among(self) -> Expression:
        text = self.cleaned_data["among"].strip()
        try:
            return read_typed(text, sight=self._sight) if text else EVERYBODY
        except TypedError as error:
            raise forms.ValidationError(str(error)) from error

    def clean_filter(self) -> Expression:
        try:
            return parse_text(self.cleaned_data["filter"]) if self.cleaned_data["filter"] else EVERYBODY
        except FilterError as error:
            raise forms.ValidationError(error.message) from error

    def clean_view(self) -> Expression:
        chosen: SavedFilter | None = self.cleaned_data["view"]
        if chosen is None:
            return EVERYBODY
        found = read(chosen)
        if found.expression is None:
            raise forms.ValidationError(found.error)
        return found.expression

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        asked = [cleaned[name] for name in ("view", "among", "filter") if cleaned[name] != EVERYBODY]
        among = EVERYBODY if not asked else asked[0] if len(asked) == 1 else AllOf(tuple(asked))
        names = ("measure", "by", "split", "since", "until", "compare")
        try:
            authorise(among, self._sight)
            self.question = Question(**{name: cleaned[name] for name in names}, among=among).check(self._sight)
        except FilterError as error:
            raise forms.ValidationError(error.message) from error
        except BadQuestion as error:
            raise forms.ValidationError(str(error)) from error
        return cleaned

    @property
    def as_line(self) -> bool:
        return bool(self.cleaned_data.get("form") == "line")


def first_question(last_day: dt.date) -> dict[str, str]:
    """What the explorer shows before anybody has asked: the revenue of twelve months."""
    begin = (last_day.replace(day=1) - dt.timedelta(days=334)).replace(day=1)
    return {
        "measure": "revenue",
        "by": "month",
        "since": begin.isoformat(),
        "until": last_day.isoformat(),
        "compare": "year",
        "form": "bars",
    }


def _measures() -> Iterator[tuple[Any, Any]]:
    for subject, name in NAMES_OF_SUBJECTS.items():
        yield name, [(each.key, each.label) for each in MEASURES if each.subject is subject]
