"""What customers did: bought something, used the site, kept silent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Self

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.id_sets import Chosen, Member, Unknown, joined
from core.templatetags.ui import day as day_words
from customers.filters import values
from customers.filters.contacts import ContactSource, customers_in_contact, in_contact_since, silent_since
from customers.filters.errors import FilterError
from customers.filters.expression import Condition, Day, Moment, RelativeDay
from customers.filters.prepared import Prepared
from customers.filters.purchases import (
    EVER,
    at_least,
    begin_of,
    bought_since,
    categories,
    category_with_parts,
    customers_who_bought,
    not_bought_since,
    on_or_after,
    purchases,
    purchases_of,
)
from customers.filters.sources import OneOf
from customers.models import Event, Interaction, Order, OrderLine, Product

MAX_TIMES = 1000
# A product of fewer lines is looked for by them.
RARE = 20_000
TIMES_SCHEMA = {"type": "integer", "minimum": 1, "maximum": MAX_TIMES}


@dataclass(frozen=True)
class Period:
    """From day to day, both included; None is no limit."""

    since: Day | None = None
    until: Day | None = None

    @classmethod
    def parse(cls, data: Mapping[str, Any], at: str) -> Self:
        limits = {name: values.day(data[name], f"{at}/{name}") for name in ("since", "until") if name in data}
        return cls(**limits)

    def limits(self, moment: Moment) -> tuple[dt.date | None, dt.date]:
        """Nothing that is still to come counts."""
        since = None if self.since is None else values.day_on(self.since, moment.today)
        until = moment.today if self.until is None else min(values.day_on(self.until, moment.today), moment.today)
        return since, until

    def values(self, moment: Moment) -> tuple[Any, ...]:
        """What `within` takes."""
        since, until = self.limits(moment)
        return (until, since, begin_of(since)) if since else (until,)

    def as_json(self) -> dict[str, Any]:
        named = {"since": self.since, "until": self.until}
        return {name: values.day_json(day) for name, day in named.items() if day is not None}

    def in_words(self) -> str:
        if self.since and self.until:
            return _("from %(since)s to %(until)s") % {"since": in_words(self.since), "until": in_words(self.until)}
        if self.since:
            return _("since %(day)s") % {"day": in_words(self.since)}
        return _("until %(day)s") % {"day": in_words(self.until)} if self.until else ""


def within(until: Any, *since: Any, date: str = "ordered_date", instant: str = "ordered_at") -> Q:
    """since: a day and its beginning; without it from the beginning of all."""
    up_to = Q(**{f"{date}__lte": until})
    return up_to & on_or_after(since[0], since[1], date, instant) if since else up_to


PERIOD_SCHEMA = {"since": values.DAY_SCHEMA, "until": values.DAY_SCHEMA}


def in_words(day: Day) -> str:
    if not isinstance(day, RelativeDay):
        return day_words(day)
    if day.days == 0:
        return _("today")
    if day.days < 0:
        return ngettext("%(count)d day ago", "%(count)d days ago", -day.days) % {"count": -day.days}
    return ngettext("in %(count)d day", "in %(count)d days", day.days) % {"count": day.days}


def _times(data: Mapping[str, Any], at: str) -> int:
    return values.whole(data.get("at_least", 1), f"{at}/at_least", least=1, most=MAX_TIMES)


def _thing(product: int | None, category: int | None) -> str:
    """What it is about, by name."""
    if product is not None:
        name = Product.objects.filter(pk=product).values_list("name", flat=True).first()
    elif category is not None:
        name, _parent = categories().get(category, (None, None))
    else:
        return _("anything")
    return f"“{name}”" if name else _("something that is no longer there")


@dataclass(frozen=True)
class Bought(Condition):
    """At least so many purchases with a product, or with one of a category and those below it."""

    product: int | None = None
    category: int | None = None
    times: int = 1
    period: Period = field(default_factory=Period)

    key = "bought"
    label = gettext_lazy("Bought")

    @classmethod
    def parse(cls, data: Mapping[str, Any], at: str) -> Self:
        things = {
            name: values.reference(data[name], f"{at}/{name}") for name in ("product", "category") if name in data
        }
        if len(things) == 2:
            raise FilterError(at, _("Name a product or a category, not both."))
        return cls(**things, times=_times(data, at), period=Period.parse(data, at))

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {
                "product": values.REFERENCE_SCHEMA,
                "category": values.REFERENCE_SCHEMA,
                "at_least": TIMES_SCHEMA,
                **PERIOD_SCHEMA,
            },
            "additionalProperties": False,
            "not": {"required": ["product", "category"]},
        }

    def as_json(self) -> dict[str, Any]:
        things = {"product": self.product, "category": self.category}
        named = {name: pk for name, pk in things.items() if pk is not None}
        return {**named, "at_least": self.times, **self.period.as_json()}

    def q(self, moment: Moment) -> Q:
        period = self.period.values(moment)
        if self.product is not None:
            return Q(Prepared(_bought_product, (self.times,), (moment.today, self.product, *period)))
        if self.category is not None:
            categories = list(category_with_parts(self.category))
            return Q(Prepared(_bought_category, (self.times,), (moment.today, categories, *period)))
        if self._is_kept(moment):
            return bought_since(self._since(moment), moment)
        return Q(Prepared(_bought, (self.times,), (moment.today, *period)))

    def not_q(self, moment: Moment) -> Q:
        return not_bought_since(self._since(moment), moment) if self._is_kept(moment) else super().not_q(moment)

    def customers_of(self, moment: Moment, *, is_negated: bool) -> Chosen:
        """Whoever bought a thing since a day bought anything since then. Of a rare one there are few lines."""
        if self._is_kept(moment):
            return customers_who_bought(self._since(moment), moment, is_since=not is_negated)
        if self.product is not None and self.times == 1 and _is_rare(self.product, moment.today):
            return Member(self._buyers(moment), is_negated=is_negated)
        if self.period.since is None or is_negated:
            return Unknown()
        return joined([customers_who_bought(self._since(moment), moment, is_since=True), Unknown()], means_all=True)

    def _is_kept(self, moment: Moment) -> bool:
        """Whether it asks for no more than the day of the last purchase, which is kept."""
        is_anything = self.product is None and self.category is None and self.times == 1
        return is_anything and self.period.limits(moment)[1] == moment.today

    def _since(self, moment: Moment) -> dt.date:
        return self.period.limits(moment)[0] or EVER

    def _buyers(self, moment: Moment) -> QuerySet[Any, Any]:
        """Through the lines of a product, of which each knows its order. PostgreSQL would read all orders of the period
        instead, since it expects few customers."""
        period = within(*self.period.values(moment))
        order = purchases(moment.today).filter(period, pk=OuterRef("order"), customer__isnull=False)
        lines = OrderLine.objects.filter(product=self.product).order_by()
        bought = lines.annotate(buyer=Subquery(order.values("customer")[:1])).filter(buyer__isnull=False)
        return bought.values("buyer")

    def in_words(self) -> str:
        what = _thing(self.product, self.category)
        often = ngettext("bought %(what)s", "bought %(what)s at least %(count)d times", self.times)
        return f"{often % {'what': what, 'count': self.times}} {self.period.in_words()}".rstrip()


@lru_cache(maxsize=1000)
def _is_rare(product: int, day: dt.date) -> bool:
    """Asked once a day: it only decides how a list goes about it."""
    return OrderLine.objects.filter(product=product).order_by()[:RARE].count() < RARE


def _bought(times: int, today: Any, *period: Any) -> Q:
    return at_least(purchases(today).filter(within(*period)), times)


def _bought_product(times: int, today: Any, product: Any, *period: Any) -> Q:
    return _bought_in(OrderLine.objects.filter(product=product), times, today, *period)


def _bought_category(times: int, today: Any, categories: Any, *period: Any) -> Q:
    lines = OrderLine.objects.filter(OneOf(F("product__category"), categories))
    return _bought_in(lines, times, today, *period)


def _bought_in(lines: QuerySet[Any, Any], times: int, today: Any, *period: Any) -> Q:
    return at_least(purchases_of(lines, today).filter(within(*period)), times)


@dataclass(frozen=True)
class Did(Condition):
    """At least so many events of a kind."""

    event: str
    product: int | None = None
    times: int = 1
    period: Period = field(default_factory=Period)

    key = "did"
    label = gettext_lazy("Did")

    @classmethod
    def parse(cls, data: Mapping[str, Any], at: str) -> Self:
        if data.get("event") not in Event.Kind.values:
            known = ", ".join(Event.Kind.values)
            raise FilterError(f"{at}/event", _("“event” is one of: %(known)s.") % {"known": known})
        product = values.reference(data["product"], f"{at}/product") if "product" in data else None
        return cls(data["event"], product, _times(data, at), Period.parse(data, at))

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {
                "event": {"enum": Event.Kind.values},
                "product": values.REFERENCE_SCHEMA,
                "at_least": TIMES_SCHEMA,
                **PERIOD_SCHEMA,
            },
            "required": ["event"],
            "additionalProperties": False,
        }

    def as_json(self) -> dict[str, Any]:
        product = {} if self.product is None else {"product": self.product}
        return {"event": self.event, **product, "at_least": self.times, **self.period.as_json()}

    def q(self, moment: Moment) -> Q:
        product = () if self.product is None else (self.product,)
        parts = (self.times, bool(product))
        return Q(Prepared(_did, parts, (self.event, *product, *self.period.values(moment))))

    def customers_of(self, moment: Moment, *, is_negated: bool) -> Chosen:
        """Whoever did anything since a day was in contact since then."""
        since, _until = self.period.limits(moment)
        if is_negated or since is None:
            return Unknown()
        kept = tuple(source for source in contact_sources if source.is_kept)
        return joined([customers_in_contact(since, moment, kept, is_since=True), Unknown()], means_all=True)

    def in_words(self) -> str:
        said: dict[str, Any] = {"what": Event.Kind(self.event).label, "count": self.times}
        often = ngettext("did “%(what)s”", "did “%(what)s” at least %(count)d times", self.times) % said
        if self.product is not None:
            often = _("%(did)s of %(product)s") % {"did": often, "product": _thing(self.product, None)}
        return f"{often} {self.period.in_words()}".rstrip()


def _did(times: int, is_of_product: bool, event: Any, *values: Any) -> Q:
    product, period = (values[:1], values[1:]) if is_of_product else ((), values)
    events = Event.objects.filter(within(*period, date="occurred_date", instant="occurred_at"), kind=event)
    return at_least(events.filter(product=product[0]) if product else events, times)


# Apps above add theirs: tickets, answers. Of these three the day is kept (`ContactDay`).
contact_sources: list[ContactSource] = [
    ContactSource("orders", gettext_lazy("Orders"), lambda: Order.objects.sales(), "ordered_date", "ordered_at", True),
    ContactSource("events", gettext_lazy("Events"), lambda: Event.objects.all(), "occurred_date", "occurred_at", True),
    ContactSource(
        "interactions",
        gettext_lazy("Calls, meetings, e-mails"),
        lambda: Interaction.objects.contacts(),
        "happened_date",
        is_kept=True,
    ),
]


@dataclass(frozen=True)
class NoContactFor(Condition):
    """Nothing was heard of the customer in the last so many days, today included; nor ever is no contact either."""

    days: int

    key = "no_contact_for"
    label = gettext_lazy("No contact for")

    @classmethod
    def parse(cls, data: Mapping[str, Any], at: str) -> Self:
        if "days" not in data:
            raise FilterError(at, _("Say for how many days: {“days”: 90}."))
        return cls(values.whole(data["days"], f"{at}/days", least=1, most=values.MAX_DAYS))

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {"days": {"type": "integer", "minimum": 1, "maximum": values.MAX_DAYS}},
            "required": ["days"],
            "additionalProperties": False,
        }

    def as_json(self) -> dict[str, Any]:
        return {"days": self.days}

    def silent_since(self, moment: Moment) -> dt.date:
        """The last day on which a contact still counts as too long ago."""
        return moment.today - dt.timedelta(days=self.days)

    def q(self, moment: Moment) -> Q:
        return silent_since(self._since(moment), moment, tuple(contact_sources))

    def not_q(self, moment: Moment) -> Q:
        return in_contact_since(self._since(moment), moment, tuple(contact_sources))

    def customers_of(self, moment: Moment, *, is_negated: bool) -> Chosen:
        return customers_in_contact(self._since(moment), moment, tuple(contact_sources), is_since=is_negated)

    def _since(self, moment: Moment) -> dt.date:
        return self.silent_since(moment) + dt.timedelta(days=1)

    def in_words(self) -> str:
        return ngettext("no contact for %(count)d day", "no contact for %(count)d days", self.days) % {
            "count": self.days
        }
