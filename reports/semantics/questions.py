"""A question to the semantic layer, and what makes it one that can be answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from django.utils.translation import gettext as _

from accounts.visibility import Sight
from customers.filters import EVERYBODY, Expression
from reports.semantics.dimensions import DIMENSION, Dimension
from reports.semantics.measures import MEASURE, Measure
from reports.semantics.subjects import FACTS

# More marks than that nobody reads, and no screen shows.
MOST_PERIODS = 400
DAYS_OF = {"day": 1, "week": 7, "month": 28, "quarter": 90, "year": 365}


class BadQuestion(ValueError):
    """The question has no answer; the message says what to change, in the reader's language."""


@dataclass(frozen=True)
class Question:
    """`measure` by `by` (and `split`), of the days from `since` to `until`, both included, and of the customers that
    `among` chooses. compare: "" or "before" (as many days, just before) or "year" (the same days a year earlier).
    sunday_weeks: whether weeks start on a Sunday."""

    measure: str
    by: str
    since: dt.date
    until: dt.date
    split: str = ""
    compare: str = ""
    among: Expression = field(default=EVERYBODY)
    sunday_weeks: bool = False

    @property
    def measured(self) -> Measure:
        return MEASURE[self.measure]

    @property
    def has_days(self) -> bool:
        """Whether it is of these days; else of now, and compared with what was there already."""
        return FACTS[self.measured.subject].has_days

    @property
    def divided(self) -> Dimension:
        return DIMENSION[self.by]

    @property
    def split_by(self) -> Dimension | None:
        return DIMENSION[self.split] if self.split else None

    def earlier_days(self) -> tuple[dt.date, dt.date]:
        """The days that these are compared with."""
        return earlier_days(self.since, self.until, self.compare)

    def day_before(self, day: dt.date) -> dt.date:
        """The day that lies before another as far as the days lie after those that they are compared with."""
        return day_before(day, self.since, self.until, self.compare)

    def check(self, sight: Sight) -> Self:
        """The question itself. Raises BadQuestion."""
        if self.measure not in MEASURE:
            raise BadQuestion(_("There is no measure called %(key)s.") % {"key": self.measure})
        for key in filter(None, (self.by, self.split)):
            self._check_dimension(key, sight)
        if self.split and (self.split == self.by or DIMENSION[self.split].is_time):
            raise BadQuestion(_("Divide further by something other than time and the first division."))
        if self.since > self.until:
            raise BadQuestion(_("The first day lies after the last."))
        if self.divided.is_time and (self.until - self.since).days > MOST_PERIODS * DAYS_OF[self.by]:
            raise BadQuestion(_("These are too many periods for one picture. Choose longer ones, or fewer days."))
        return self

    def _check_dimension(self, key: str, sight: Sight) -> None:
        if key not in DIMENSION:
            raise BadQuestion(_("There is no division called %(key)s.") % {"key": key})
        dimension = DIMENSION[key]
        if self.measured.subject not in dimension.subjects:
            names = {"measure": self.measured.label, "dimension": dimension.label}
            raise BadQuestion(_("%(measure)s cannot be divided by: %(dimension)s.") % names)
        if not dimension.may_be_asked_by(sight):
            raise BadQuestion(_("%(dimension)s is made of what is hidden from you.") % {"dimension": dimension.label})


def earlier_days(since: dt.date, until: dt.date, compare: str) -> tuple[dt.date, dt.date]:
    """The same days a year earlier, or as many days just before."""
    if compare == "year":
        return _year_before(since), _year_before(until)
    length = (until - since).days + 1
    return since - dt.timedelta(days=length), since - dt.timedelta(days=1)


def day_before(day: dt.date, since: dt.date, until: dt.date, compare: str) -> dt.date:
    """The day that lies before another as far as these days lie after those that they are compared with."""
    return earlier_days(day - (until - since), day, compare)[1]


def dimensions_for(measure: Measure, sight: Sight) -> Mapping[str, Any]:
    """The divisions that this person can ask of a measure."""
    return {
        key: dimension
        for key, dimension in DIMENSION.items()
        if measure.subject in dimension.subjects and dimension.may_be_asked_by(sight)
    }


def _year_before(day: dt.date) -> dt.date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)
