"""When customers were in contact last, as conditions that the kept day answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models import Value as Constant

from core.id_sets import Chosen, Unknown, joined
from customers.filters.expression import Moment
from customers.filters.prepared import Prepared
from customers.filters.purchases import begin_of, kept_or_asked, on_or_after
from customers.filters.sources import OneOf, any_of
from customers.kept_days import unsure_contacts
from customers.models import ContactDay

if TYPE_CHECKING:
    from django.utils.functional import Promise


@dataclass(frozen=True)
class ContactSource:
    """Rows that show that there was contact on a day: `rows` with a foreign key `customer` and a column `day`; and an
    `instant`, where an index by customer and that is to serve. `is_kept`: triggers keep the day of them."""

    key: str
    label: str | Promise
    rows: Callable[[], QuerySet[Any, Any]]
    day: str
    instant: str = ""
    is_kept: bool = False


def in_contact_since(day: dt.date, moment: Moment, sources: tuple[ContactSource, ...]) -> Q:
    """Until today. The day is kept of all but a few, of whom the rows are asked."""
    ids, rows, others = unsure_contacts(moment.today), _rows(sources, day, moment), _not_kept(sources)
    if ids is None:
        return rows
    kept, unsure = Q(Prepared(_kept_since, (), (day,))), Q(OneOf(F("pk"), Constant(ids)))
    found = kept & ~unsure | unsure & rows if ids else kept
    return found | _rows(others, day, moment) if others else found


def silent_since(day: dt.date, moment: Moment, sources: tuple[ContactSource, ...]) -> Q:
    """Nothing was heard of them on that day or later, until today."""
    ids, rows, others = unsure_contacts(moment.today), _rows(sources, day, moment), _not_kept(sources)
    if ids is None:
        return ~rows
    kept, unsure = Q(Prepared(_kept_before, (), (day,))), Q(OneOf(F("pk"), Constant(ids)))
    found = kept & ~unsure | unsure & ~rows if ids else kept
    return found & ~_rows(others, day, moment) if others else found


def customers_in_contact(day: dt.date, moment: Moment, sources: tuple[ContactSource, ...], *, is_since: bool) -> Chosen:
    """Of whom something was heard on that day or later, or was not."""
    ids, others = unsure_contacts(moment.today), _not_kept(sources)
    if ids is None:
        return Unknown()
    asked = in_contact_since(day, moment, sources) if is_since else silent_since(day, moment, sources)
    found = kept_or_asked(ContactDay, _since(day) if is_since else _before(day), ids, asked)
    return joined([found, Unknown()], means_all=not is_since) if others else found


def _not_kept(sources: tuple[ContactSource, ...]) -> tuple[ContactSource, ...]:
    return tuple(source for source in sources if not source.is_kept)


def _since(day: Any) -> Q:
    return Q(day__gte=day)


def _before(day: Any) -> Q:
    return Q(day=None) | Q(day__lt=day)


def _kept_since(day: Any) -> Q:
    return Q(Exists(ContactDay.objects.filter(_since(day), customer=OuterRef("pk"))))


def _kept_before(day: Any) -> Q:
    return Q(Exists(ContactDay.objects.filter(_before(day), customer=OuterRef("pk"))))


def _rows(sources: tuple[ContactSource, ...], day: dt.date, moment: Moment) -> Q:
    return Q(Prepared(_any_row, sources, (day, begin_of(day), moment.today))) if sources else Q()


def _any_row(*given: Any) -> Q:
    *sources, day, begin, today = given
    return any_of(_row(source, day, begin, today) for source in sources)


def _row(source: ContactSource, day: Any, begin: Any, today: Any) -> Q:
    recent = on_or_after(day, begin, source.day, source.instant)
    until = Q(**{f"{source.day}__lte": today})
    return Q(Exists(source.rows().filter(recent, until, customer=OuterRef("pk"))))
