"""What customers bought, as conditions that an index serves; `analytics.filters` defines a purchase the same way."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThan

from customers.filters import kinds, values
from customers.filters.expression import Moment
from customers.filters.sources import EVERY_ROW, NO_ROW, ordered
from customers.models import Category, Order, Refund


def purchases(until: dt.date) -> QuerySet[Order, Order]:
    """Sales up to that day of which anything is left: what was paid back by then is taken off."""
    return sales(until).filter(total_base_minor__gt=refunded("pk", until))


def purchases_of(lines: QuerySet[Any, Any], until: dt.date) -> QuerySet[Order, Order]:
    """Purchases with such a line. What was paid back is asked of the few sales that have one."""
    left = GreaterThan(OuterRef("total_base_minor"), refunded("order_id", until))
    return sales(until).filter(Exists(lines.filter(left, order=OuterRef("pk"))))


def sales(until: dt.date) -> QuerySet[Order, Order]:
    found: QuerySet[Order, Order] = Order.objects.sales().filter(ordered_date__lte=until)
    return found


def refunded(order: str, until: dt.date) -> Coalesce:
    """What of an order was paid back by that day, for a queryset that knows the order as `order`."""
    refunds = Refund.objects.filter(order=OuterRef(order), refunded_date__lte=until).order_by().values("order")
    return Coalesce(Subquery(refunds.annotate(minor=Sum("total_base_minor")).values("minor")), 0)


def on_or_after(day: dt.date, date: str = "ordered_date", instant: str = "ordered_at") -> Q:
    """What happened on that day or later. The instant says it once more, less a day and a zone: with it the index by
    customer and instant ends there, instead of leading to everything that they ever did."""
    begin = dt.datetime.combine(day, dt.time(), dt.UTC) - dt.timedelta(days=2)
    happened = Q(**{f"{date}__gte": day})
    return happened & Q(**{f"{instant}__gte": begin}) if instant else happened


def at_least(rows: QuerySet[Any, Any], times: int) -> Q:
    """Customers with so many of the rows. Counting stops there: OFFSET reads no row more than it must."""
    own = rows.filter(customer=OuterRef("pk")).order_by()
    return Q(Exists(own)) if times == 1 else Q(Exists(own[times - 1 : times]))


def category_with_parts(category_id: int) -> tuple[int, ...]:
    """The category and all below it."""
    children: dict[int | None, list[int]] = {}
    for pk, parent in Category.objects.values_list("pk", "parent_id"):
        children.setdefault(parent, []).append(pk)
    found = [category_id]
    for each in found:
        found += [child for child in children.get(each, []) if child not in found]
    return tuple(found)


@dataclass(frozen=True)
class PurchaseDay:
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
        return ~at_least(purchases(moment.today), 1)

    def _reaches(self, day: dt.date, moment: Moment) -> Q:
        """The last purchase lies on that day or later; or the first does, since none lies before it."""
        bought = purchases(moment.today)
        if self.is_last:
            return at_least(bought.filter(on_or_after(day)), 1)
        return ~at_least(bought.filter(ordered_date__lt=day), 1)


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
        return at_least(purchases(moment.today), count) if count > 0 else EVERY_ROW
