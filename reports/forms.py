"""What somebody asks the explorer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.visibility import Sight
from customers.view_forms import SharedForm
from reports.models import Report
from reports.scope import FIRST_SCOPE, SCOPE_KEYS, ScopeForm
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
# What the explorer shows before anybody has asked: the revenue of twelve months.
FIRST_QUESTION = {"measure": "revenue", "by": "month", **FIRST_SCOPE, "form": "bars"}


class ExplorerForm(ScopeForm):
    """A question as it stands in an address; `question` is what it came to."""

    measure = forms.ChoiceField(label=gettext_lazy("Measure"))
    by = forms.ChoiceField(label=gettext_lazy("Divided by"))
    split = forms.ChoiceField(label=gettext_lazy("Then by"), required=False)
    form = forms.ChoiceField(label=gettext_lazy("Picture"), required=False, choices=FORMS)

    field_order = ("measure", "by", "split", *SCOPE_KEYS[:4], "form")
    first = FIRST_QUESTION

    def __init__(self, data: Mapping[str, Any], *, sight: Sight, last_day: dt.date) -> None:
        super().__init__(data, sight=sight, last_day=last_day)
        self.fields["measure"].choices = list(_measures())  # type: ignore[attr-defined]
        divisions = [(each.key, each.label) for each in DIMENSIONS if each.may_be_asked_by(sight)]
        self.fields["by"].choices = divisions  # type: ignore[attr-defined]
        further = [(each.key, each.label) for each in DIMENSIONS if not each.is_time and each.may_be_asked_by(sight)]
        self.fields["split"].choices = [("", _("Nothing")), *further]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        asked_for = {name: cleaned[name] for name in ("measure", "by", "split")}
        days = {name: getattr(self.scope, name) for name in ("since", "until", "compare", "among", "sunday_weeks")}
        try:
            self.question = Question(**asked_for, **days).check(self._sight)
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


def _measures() -> Iterator[tuple[Any, Any]]:
    for subject, name in NAMES_OF_SUBJECTS.items():
        yield name, [(each.key, each.label) for each in MEASURES if each.subject is subject]
