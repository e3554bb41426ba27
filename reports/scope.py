"""Of which days, compared with which, and of whose customers: what one bar above a page says to all its charts.

A page reads it from its address with `ScopeForm`, hands it to `Published.now(scope=…)`, and each address that it makes
carries `Scope.address` on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.visibility import Sight
from customers.filters import EVERYBODY, Expression, FilterError, authorise, describe, parse_text
from customers.filters.expression import AllOf
from customers.filters.saved import read
from customers.filters.typed import TypedError, read_typed
from customers.models import SavedFilter
from reports.charts.words import Words
from reports.semantics.periods import last_day, start_sql, starts, weeks_start_on_sunday
from reports.semantics.questions import day_before, earlier_days

# Counted back from the last day with data, so that a saved report moves on with it.
PERIODS = (
    ("12m", gettext_lazy("The last 12 months")),
    ("90d", gettext_lazy("The last 90 days")),
    ("30d", gettext_lazy("The last 30 days")),
    ("year", gettext_lazy("This year")),
    ("last_year", gettext_lazy("Last year")),
    ("own", gettext_lazy("Days of your own")),
)
# What is shown before anybody has asked.
FIRST_SCOPE = {"period": "12m", "compare": "year"}
LONGEST_DAYS = 366 * 50
# Up to how many days are shown in which periods; more of them by year.
GRAINS = (("day", 45), ("week", 200), ("month", 366 * 4), ("quarter", 366 * 12))


@dataclass(frozen=True)
class Scope:
    """Days (both included), what they are compared with ("", "before" or "year"), customers, and where weeks start.

    address: the same as an address says it; two scopes that mean the same days and customers are equal whatever it is.
    compares_now: whether the comparison is for charts that are of no days as well.
    """

    since: dt.date
    until: dt.date
    compare: str = ""
    among: Expression = EVERYBODY
    sunday_weeks: bool = False
    address: str = field(default="", compare=False, repr=False)
    compares_now: bool = field(default=True, compare=False, repr=False)

    @classmethod
    def first(cls, until: dt.date) -> Self:
        """In the language that is active."""
        since, until = days_of(FIRST_SCOPE["period"], until)
        return cls(since, until, FIRST_SCOPE["compare"], sunday_weeks=weeks_start_on_sunday())

    @property
    def earlier_days(self) -> tuple[dt.date, dt.date] | None:
        """The days that these are compared with."""
        return earlier_days(self.since, self.until, self.compare) if self.compare else None

    @property
    def earlier(self) -> Self | None:
        """Those days and the same customers, compared with nothing."""
        if self.earlier_days is None:
            return None
        since, until = self.earlier_days
        own = {"period": "own", "since": since.isoformat(), "until": until.isoformat(), "compare": ""}
        address = urlencode({**dict(parse_qsl(self.address)), **own})
        return replace(self, since=since, until=until, compare="", address=address)

    def day_before(self, day: dt.date) -> dt.date:
        """The day that lies before another as far as the days lie after those that they are compared with."""
        return day_before(day, self.since, self.until, self.compare)

    @property
    def grain(self) -> str:
        """The periods in which its days are best shown: day, week, month or quarter."""
        days = (self.until - self.since).days + 1
        return next((name for name, most in GRAINS if days <= most), "year")

    @property
    def periods(self) -> list[dt.date]:
        """The first day of each, also where it lies before the days."""
        return starts(self.since, self.until, self.grain, sunday_weeks=self.sunday_weeks)

    def days_in(self, start: dt.date) -> tuple[dt.date, dt.date]:
        """Those of the days that lie in a period, the first and the last."""
        last = last_day(start, self.grain, sunday_weeks=self.sunday_weeks)
        return max(start, self.since), min(last, self.until)

    def period_sql(self, day: str) -> str:
        """The first day of the period that a day lies in, as an expression of the engine."""
        return start_sql(self.grain, day, sunday_weeks=self.sunday_weeks)

    @property
    def is_of_all(self) -> bool:
        return self.among == EVERYBODY


class ScopeForm(forms.Form):
    """A scope as it stands in an address; `scope` is what it came to."""

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

    first: Mapping[str, str] = FIRST_SCOPE

    def __init__(self, data: Mapping[str, Any], *, sight: Sight, last_day: dt.date) -> None:
        values = {**self.first, **data}
        if "period" not in data and (data.get("since") or data.get("until")):
            values["period"] = "own"
        super().__init__(values)
        # All that was asked, as an address says it.
        self.values = {key: values[key] for key in self.fields if values.get(key, "") or key in data}
        self._sight, self._last_day = sight, last_day
        self.fields["view"].queryset = SavedFilter.objects.available_to(sight)  # type: ignore[attr-defined]

    @property
    def address(self) -> str:
        """What was asked of days and customers, as the query of an address."""
        return urlencode({key: self.values[key] for key in SCOPE_KEYS if key in self.values})

    @property
    def is_asked(self) -> bool:
        """Whether it says anything else than what is shown before anybody has asked."""
        return {key: text for key, text in self.values.items() if text} != self.first

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
        try:
            authorise(among, self._sight)
        except FilterError as error:
            raise forms.ValidationError(error.message) from error
        since, until = self._days(cleaned)
        if since > until:
            raise forms.ValidationError(_("The first day lies after the last."))
        if (until - since).days > LONGEST_DAYS:
            raise forms.ValidationError(_("Choose at most fifty years."))
        weeks = weeks_start_on_sunday()
        self.scope = Scope(since, until, cleaned["compare"], among, sunday_weeks=weeks, address=self.address)
        return cleaned

    def _days(self, cleaned: Mapping[str, Any]) -> tuple[dt.date, dt.date]:
        if cleaned["period"] != "own":
            return days_of(cleaned["period"], self._last_day)
        until = cleaned["until"] or self._last_day
        return cleaned["since"] or until - dt.timedelta(days=364), until


SCOPE_KEYS = tuple(ScopeForm.base_fields)


def said_of(scope: Scope, words: Words) -> list[str]:
    """A scope in words: its days, what they are compared with, whose customers."""
    days = _("%(since)s – %(until)s")
    said = [days % {"since": words.day(scope.since), "until": words.day(scope.until)}]
    if scope.earlier_days:
        since, until = map(words.day, scope.earlier_days)
        said.append(_("compared with %(days)s") % {"days": days % {"since": since, "until": until}})
    return [*said, *said_of_customers(scope)]


def said_of_customers(scope: Scope) -> list[str]:
    """Whose customers it is of, where it is not of all."""
    if scope.is_of_all:
        return []
    return [_("only customers with: %(filter)s") % {"filter": describe(scope.among)}]


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
