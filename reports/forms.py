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
from customers.view_forms import SharedForm
from reports.models import Report
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
# Counted back from the last day with data, so that a saved report moves on with it.
PERIODS = (
    ("12m", gettext_lazy("The last 12 months")),
    ("90d", gettext_lazy("The last 90 days")),
    ("30d", gettext_lazy("The last 30 days")),
    ("year", gettext_lazy("This year")),
    ("last_year", gettext_lazy("Last year")),
    ("own", gettext_lazy("Days of your own")),
)


class ExplorerForm(forms.Form):
    """A question as it stands in an address; `question` is what it came to."""

    measure = forms.ChoiceField(label=gettext_lazy("Measure"))
    by = forms.ChoiceField(label=gettext_lazy("Divided by"))
    split = forms.ChoiceField(label=gettext_lazy("Then by"), required=False)
    period = forms.ChoiceField(label=gettext_lazy("Days"), required=False, choices=PERIODS)
    since = forms.DateField(
        label=gettext_lazy("From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Where the days are your own."),
    )
    until = forms.DateField(label=gettext_lazy("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
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
        values = {**FIRST_QUESTION, **data}
        if "period" not in data and (data.get("since") or data.get("until")):
            values["period"] = "own"
        super().__init__(values)
        # The whole question, as an address says it.
        self.values = {key: values[key] for key in QUESTION_KEYS if values.get(key, "") or key in data}
        self._sight, self._last_day = sight, last_day
        self.fields["measure"].choices = list(_measures())  # type: ignore[attr-defined]
        divisions = [(each.key, each.label) for each in DIMENSIONS if each.may_be_asked_by(sight)]
        self.fields["by"].choices = divisions  # type: ignore[attr-defined]
        further = [(each.key, each.label) for each in DIMENSIONS if not each.is_time and each.may_be_asked_by(sight)]
        self.fields["split"].choices = [("", _("Nothing")), *further]  # type: ignore[attr-defined]
        self.fields["view"].queryset = SavedFilter.objects.available_to(sight)  # type: ignore[attr-defined]

    def _days(self, cleaned: Mapping[str, Any]) -> tuple[dt.date, dt.date]:
        if cleaned["period"] != "own":
            return days_of(cleaned["period"], self._last_day)
        until = cleaned["until"] or self._last_day
        return cleaned["since"] or until - dt.timedelta(days=364), until

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
        asked_for = {name: cleaned[name] for name in ("measure", "by", "split", "compare")}
        since, until = self._days(cleaned)
        try:
            authorise(among, self._sight)
            self.question = Question(**asked_for, since=since, until=until, among=among).check(self._sight)
        except FilterError as error:
            raise forms.ValidationError(error.message) from error
        except BadQuestion as error:
            raise forms.ValidationError(str(error)) from error
        return cleaned

    @property
    def as_line(self) -> bool:
        return bool(self.cleaned_data.get("form") == "line")


class ReportForm(SharedForm):
    name_taken = gettext_lazy("You have a report of this name. Choose another name.")

    class Meta:
        model = Report
        fields = ["name", "sharing", "team"]
        widgets = {"sharing": forms.RadioSelect}
        help_texts = {"sharing": gettext_lazy("Others get the answer for what they may see: it shares the question.")}


QUESTION_KEYS = tuple(ExplorerForm.base_fields)


# What the explorer shows before anybody has asked: the revenue of twelve months.
FIRST_QUESTION = {"measure": "revenue", "by": "month", "period": "12m", "compare": "year", "form": "bars"}


def days_of(period: str, last_day: dt.date) -> tuple[dt.date, dt.date]:
    """The days of one of PERIODS that is not one's own."""
    match period:
        case "90d" | "30d":
            return last_day - dt.timedelta(days=int(period[:-1]) - 1), last_day
        case "year":
            return last_day.replace(month=1, day=1), last_day
        case "last_year":
            return dt.date(last_day.year - 1, 1, 1), dt.date(last_day.year - 1, 12, 31)
        case _:
            return (last_day.replace(day=1) - dt.timedelta(days=334)).replace(day=1), last_day


def _measures() -> Iterator[tuple[Any, Any]]:
    for subject, name in NAMES_OF_SUBJECTS.items():
        yield name, [(each.key, each.label) for each in MEASURES if each.subject is subject]
