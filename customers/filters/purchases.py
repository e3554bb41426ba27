"""What customers bought, as conditions that an index serves; `analytics.filters` defines a purchase the same way."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models import Value as Constant
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan

from core.id_sets import Chosen, Known, Member, Members, Unknown, joined, negated
from core.once_a_request import once_a_request
from customers.filters import kinds, values
from customers.filters.expression import Moment
from customers.filters.prepared import Prepared
from customers.filters.sources import EVERY_ROW, NO_ROW, Column, OneOf, ordered
from customers.kept_days import unsure_buyers
from customers.models import Category, ContactDay, Customer, Order, PurchaseDay, Refund

# Before every day of a purchase, and behind that of those who never bought anything.
EVER = dt.date.min + dt.timedelta(days=1)


def purchases(until: Any) -> QuerySet[Order, Order]:
    """Sales up to that day of which anything is left: what was paid back by then is taken off."""
    return sales(until).filter(total_base_minor__gt=refunded("pk", until))


def purchases_of(lines: QuerySet[Any, Any], until: Any) -> QuerySet[Order, Order]:
    """Purchases with such a line. What was paid back is asked of the few sales that have one."""
    left = GreaterThan(OuterRef("total_base_minor"), refunded("order_id", until))
    return sales(until).filter(Exists(lines.filter(left, order=OuterRef("pk"))))


def sales(until: Any) -> QuerySet[Order, Order]:
    found: QuerySet[Order, Order] = Order.objects.sales().filter(ordered_date__lte=until)
    return found


def refunded(order: str, until: Any) -> Coalesce:
    """What of an order was paid back by that day, for a queryset that knows the order as `order`."""
    refunds = Refund.objects.filter(order=OuterRef(order), refunded_date__lte=until).order_by().values("order")
    return Coalesce(Subquery(refunds.annotate(minor=Sum("total_base_minor")).values("minor")), 0)


def on_or_after(day: Any, begin: Any, date: str = "ordered_date", instant: str = "ordered_at") -> Q:
    """What happened on that day or later. The instant says it once more, as `begin_of` the day: with it the index by
    customer and instant ends there, instead of leading to everything that they ever did."""
    happened = Q(**{f"{date}__gte": day})
    return happened & Q(**{f"{instant}__gte": begin}) if instant else happened


def begin_of(day: dt.date) -> dt.datetime:
    """When the day begins, less a day and a zone."""
    days = dt.timedelta(days=2)
    return dt.datetime.combine(max(day, dt.date.min + days), dt.time(), dt.UTC) - days


def end_before(day: dt.date) -> dt.datetime:
    """What happened before that day did so before this instant, in whichever zone."""
    return dt.datetime.combine(min(day, dt.date.max - dt.timedelta(days=2)), dt.time(), dt.UTC) + dt.timedelta(days=2)


def at_least(rows: QuerySet[Any, Any], times: int) -> Q:
    """Customers with so many of the rows. Counting stops there: OFFSET reads no row more than it must."""
    own = rows.filter(customer=OuterRef("pk")).order_by()
    return Q(Exists(own)) if times == 1 else Q(Exists(own[times - 1 : times]))


def bought_since(day: dt.date, moment: Moment) -> Q:
    """Who bought anything on that day or later. It is kept of all but a few, whose orders are asked."""
    unsure, rows = _unsure(moment), Q(Prepared(_since, (), (moment.today, day, begin_of(day))))
    if unsure is None:
        return rows
    day = max(day, EVER)
    kept = Q(Prepared(_kept_since, (), (day,)))
    return kept & ~unsure | unsure & rows if unsure else kept


def not_bought_since(day: dt.date, moment: Moment) -> Q:
    unsure, rows = _unsure(moment), Q(Prepared(_since, (), (moment.today, day, begin_of(day))))
    if unsure is None:
        return ~rows
    day = max(day, EVER)
    kept = Q(Prepared(_kept_before, (), (day,)))
    return kept & ~unsure | unsure & ~rows if unsure else kept


def customers_who_bought(day: dt.date, moment: Moment, *, is_since: bool) -> Chosen:
    """Who bought anything on that day or later, or did not."""
    unsure, day = unsure_buyers(moment.today), max(day, EVER)
    if unsure is None:
        return Unknown()
    asked = bought_since(day, moment) if is_since else not_bought_since(day, moment)
    return kept_or_asked(PurchaseDay, Q(day__gte=day) if is_since else Q(day__lt=day), unsure, asked)


def kept_or_asked(days: type[PurchaseDay | ContactDay], kept: Q, unsure: list[int], asked: Q) -> Chosen:
    """The customers of days that are kept; of those of whom these are not sure it is `asked`."""
    rows: Any = days._default_manager
    if not unsure:
        return Member(rows.filter(kept).values("customer"), quick=rows.filter(kept).values("customer"))
    likely = rows.filter(kept | Q(OneOf(F("customer_id"), Constant(unsure)))).values("customer")
    sure = joined([Member(rows.filter(kept).values("customer")), negated(Known.of(np.array(unsure)))], means_all=True)
    of_them = Customer.objects.filter(OneOf(F("pk"), Constant(unsure))).filter(asked).values("pk")
    return Members([sure, Member(of_them)], means_all=False, quick=likely)


def _unsure(moment: Moment) -> Q | None:
    """Those of whom the kept day does not tell; an empty condition where it tells of everybody, None where they are
    many."""
    ids = unsure_buyers(moment.today)
    return None if ids is None else Q(OneOf(F("pk"), Constant(ids))) if ids else Q()


def _kept_since(day: Any) -> Q:
    return Q(Exists(PurchaseDay.objects.filter(day__gte=day, customer=OuterRef("pk"))))


def _kept_before(day: Any) -> Q:
    return Q(Exists(PurchaseDay.objects.filter(day__lt=day, customer=OuterRef("pk"))))


@once_a_request
def categories() -> dict[int, tuple[str, int | None]]:
    """Name and parent of each."""
    rows = Category.objects.order_by().values_list("pk", "name", "parent_id")
    return {pk: (name, parent) for pk, name, parent in rows}


def category_with_parts(category_id: int) -> tuple[int, ...]:
    """The category and all below it."""
    children: dict[int | None, list[int]] = {}
    for pk, (_name, parent) in categories().items():
        children.setdefault(parent, []).append(pk)
    found = [category_id]
    for each in found:
        found += [child for child in children.get(each, []) if child not in found]
    return tuple(found)


@dataclass(frozen=True)
class DayOfPurchase:
    """The day of a customer's first or last purchase, as a source of a field."""

    is_last: bool
    is_total: bool = True

    def compare(self, op: str, value: Any, moment: Moment) -> Q:
        pair = value if op == kinds.BETWEEN else (value, value)
        start, end = (values.day_on(day, moment.today) for day in pair)
        begins = self._reaches(start, moment)
        ends = ~self._reaches(end + dt.timedelta(days=1), moment)
        found = begins & ends if op == kinds.BETWEEN else ordered(op, begins, ends)
        # The others are true only where there is a purchase, as they stand.
        of_nobody = {kinds.LESS, kinds.AT_MOST} if self.is_last else {kinds.AT_LEAST, kinds.MORE}
        return ~self.missing(moment) & found if op in {*of_nobody, kinds.IS_NOT} else found

    def missing(self, moment: Moment) -> Q:
        return not_bought_since(EVER, moment)

    def customers_of(self, op: str, value: Any, moment: Moment) -> Chosen:
        """Whose first purchase lies behind a day has bought since then; of these each is asked."""
        if op == kinds.EMPTY:
            return customers_who_bought(EVER, moment, is_since=False)
        if self.is_last:
            unsure = unsure_buyers(moment.today)
            if unsure is None:
                return Unknown()
            kept = Q(day__gte=EVER) & Column("day").compare(op, value, moment)
            return kept_or_asked(PurchaseDay, kept, unsure, self.compare(op, value, moment))
        is_behind = op in {kinds.AT_LEAST, kinds.MORE, kinds.IS, kinds.BETWEEN}
        start = values.day_on(value[0] if op == kinds.BETWEEN else value, moment.today) if is_behind else EVER
        return joined([customers_who_bought(start, moment, is_since=True), Unknown()], means_all=True)

    def _reaches(self, day: dt.date, moment: Moment) -> Q:
        """The last purchase lies on that day or later; or the first does, since none lies before it."""
        if self.is_last:
            return bought_since(day, moment)
        return ~Q(Prepared(_before, (), (moment.today, day, end_before(day))))


@dataclass(frozen=True)
class PurchaseCount:
    """How many purchases a customer made, as a source of a field. It is never missing."""

    is_total: bool = True

    def compare(self, op: str, value: Any, moment: Moment) -> Q:
        least, most = value if op == kinds.BETWEEN else (value, value)
        begins, ends = self._reaches(least, moment), ~self._reaches(most + 1, moment)
        return begins & ends if op == kinds.BETWEEN else ordered(op, begins, ends)

    def missing(self, moment: Moment) -> Q:
        return NO_ROW

    def _reaches(self, count: int, moment: Moment) -> Q:
        return _bought_times(count, moment.today) if count > 0 else EVERY_ROW


def _bought_times(times: int, today: dt.date) -> Q:
    return Q(Prepared(_times, (times,), (today,)))


def _times(times: int, today: Any) -> Q:
    """Whoever has so many has so many orders of any kind, which an index alone tells."""
    bought = at_least(purchases(today), times)
    return bought if times == 1 else at_least(Order.objects.all(), times) & bought


def _since(today: Any, day: Any, begin: Any) -> Q:
    return at_least(purchases(today).filter(on_or_after(day, begin)), 1)


def _before(today: Any, day: Any, end: Any) -> Q:
    return at_least(purchases(today).filter(ordered_date__lt=day, ordered_at__lt=end), 1)
