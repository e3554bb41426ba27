"""What this app itself puts on a customer's timeline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.visibility import Sight
from core.templatetags.ui import money, number
from customers.extensions import Place, Registry, TimelineEntry, TimelineSource
from customers.models import Consent, Customer, Event, Merge, Order, OrderLine, Refund
from customers.timeline import before_place
from protection.audit.models import Change, Origin
from protection.audit.reading import deeds
from protection.audit.words import FieldChange

NAMED_PRODUCTS = 3
# Of a customer's own columns, those whose changes a reader of the timeline wants to see; the history has all.
TOLD_COLUMNS = ["owner_id", "team_id", "lifecycle", "archived_at", "deleted_at", "profiling_objected_at"]

# What those of them mean that hold an instant: once there is one, and once there is none any more.
BECAME = {
    "archived_at": (gettext_lazy("Archived"), gettext_lazy("Brought back")),
    "deleted_at": (gettext_lazy("Deleted"), gettext_lazy("Restored")),
    "profiling_objected_at": (gettext_lazy("Objects to profiling"), gettext_lazy("No longer objects to profiling")),
}

EVENT_ICONS = {
    Event.Kind.VISIT: "globe",
    Event.Kind.CLICK: "mouse-pointer-click",
    Event.Kind.VIEW: "eye",
    Event.Kind.ADD_TO_CART: "shopping-cart",
    Event.Kind.RATING: "star",
    Event.Kind.REVIEW: "message-square-text",
    Event.Kind.SERVICE_USE: "activity",
}


# --- orders and refunds -----------------------------------------------------------------------------------------------


def order_rows(customer: Customer, sight: Sight) -> QuerySet[Any, Any]:
    return Order.objects.filter(customer=customer)


@cache
def _orders_with_lines() -> QuerySet[Any, Any]:
    """Put together once a process, since that takes longer than to read them; whoever narrows it gets one of their own.
    It says nothing of who asks."""
    lines = OrderLine.objects.filter(order=OuterRef("pk")).order_by("position", "pk")
    named = lines.annotate(name=Coalesce("product__name", "description")).values("name")
    counted = lines.order_by().values("order").annotate(lines=Count("pk")).values("lines")
    return Order.objects.annotate(
        names=ArraySubquery(named[:NAMED_PRODUCTS]), line_count=Coalesce(Subquery(counted), 0)
    )


def order_entries(customer: Customer, sight: Sight, before: Place | None, limit: int) -> Sequence[TimelineEntry]:
    orders = before_place(_orders_with_lines().filter(customer=customer), "ordered_at", before, limit)
    return [_order_entry(order) for order in orders]


def _order_entry(order: Any) -> TimelineEntry:
    is_sale = order.kind == Order.Kind.SALE
    said = _("Order %(number)s · %(total)s") if is_sale else _("Adjustment %(number)s · %(total)s")
    return TimelineEntry(
        at=order.ordered_at,
        id=order.pk,
        kind=order.kind,
        icon="shopping-bag",
        title=said % {"number": order.external_id, "total": money(order.total_minor, order.currency)},
        body=" · ".join(filter(None, [_bought(order.names, order.line_count), order.channel])),
        url=order.get_absolute_url(),
    )


def _bought(names: Sequence[str], lines: int) -> str:
    told, rest = ", ".join(filter(None, names)), lines - len(names)
    if rest <= 0:
        return told
    return ngettext("%(names)s and %(count)d more", "%(names)s and %(count)d more", rest) % {
        "names": told or "–",
        "count": rest,
    }


def refund_rows(customer: Customer, sight: Sight) -> QuerySet[Any, Any]:
    return Refund.objects.filter(customer=customer)


def refund_entries(customer: Customer, sight: Sight, before: Place | None, limit: int) -> Sequence[TimelineEntry]:
    refunds = before_place(refund_rows(customer, sight), "refunded_at", before, limit).select_related("order")
    return [_refund_entry(refund) for refund in refunds]


def _refund_entry(refund: Refund) -> TimelineEntry:
    of_order = _("of order %(number)s") % {"number": refund.order.external_id} if refund.order else ""
    return TimelineEntry(
        at=refund.refunded_at,
        id=refund.pk,
        kind="refund",
        icon="undo-2",
        title=_("Refund %(number)s · %(total)s")
        % {"number": refund.external_id, "total": money(refund.total_minor, refund.currency)},
        body=" · ".join(filter(None, [of_order, refund.reason])),
    )


# --- events -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DayOfEvents:
    """The events of one kind on one day, and what the newest of them says."""

    newest_at: dt.datetime
    newest: int
    kind: str
    count: int
    value: Decimal | None
    text: str
    product: str | None


# From day to day by the index on (customer, time): a day counts once, however many events it has. What people write is
# told one by one. A day stands where its newest event stands, so a page either has it whole or not at all; the bounds
# on the instant leave room for any time zone.
_DAYS_OF_EVENTS = """
WITH RECURSIVE days (day, place) AS (
    (SELECT occurred_date, 1 FROM customers_event
     WHERE customer_id = %(customer)s AND occurred_at <= %(at)s
     ORDER BY occurred_at DESC LIMIT 1)
  UNION ALL
    SELECT earlier.occurred_date, place + 1 FROM days CROSS JOIN LATERAL (
        SELECT occurred_date FROM customers_event
        WHERE customer_id = %(customer)s AND occurred_at < days.day + interval '2 days' AND occurred_date < days.day
        ORDER BY occurred_at DESC LIMIT 1
    ) earlier
    WHERE place <= %(limit)s
), grouped AS (
    SELECT newest_at, newest, events FROM days CROSS JOIN LATERAL (
        SELECT max(occurred_at) AS newest_at, (array_agg(id ORDER BY occurred_at DESC, id DESC))[1] AS newest,
               count(*) AS events
        FROM customers_event
        WHERE customer_id = %(customer)s AND occurred_date = days.day
          AND occurred_at >= days.day - interval '2 days' AND occurred_at < days.day + interval '2 days'
        GROUP BY kind, CASE WHEN kind IN ('rating', 'review') THEN id END
    ) day
    WHERE (newest_at, newest) < (%(at)s, %(id)s)
    ORDER BY newest_at DESC, newest DESC
    LIMIT %(limit)s
)
SELECT newest_at, newest, event.kind, events, event.value, event.text, product.name
FROM grouped JOIN customers_event event ON event.id = newest
LEFT JOIN customers_product product ON product.id = event.product_id
ORDER BY newest_at DESC, newest DESC
"""
_LAST_INSTANT = (dt.datetime(9999, 1, 1, tzinfo=dt.UTC), 0)


def days_of_events(customer: Customer, before: Place | None, limit: int) -> list[DayOfEvents]:
    at, newest = before or _LAST_INSTANT
    with connection.cursor() as cursor:
        cursor.execute(_DAYS_OF_EVENTS, {"customer": customer.pk, "at": at, "id": newest, "limit": limit})
        return [DayOfEvents(*row) for row in cursor.fetchall()]


def event_entries(customer: Customer, sight: Sight, before: Place | None, limit: int) -> Sequence[TimelineEntry]:
    return [_event_entry(day) for day in days_of_events(customer, before, limit)]


def _event_entry(day: DayOfEvents) -> TimelineEntry:
    label = Event.Kind(day.kind).label
    stars = _("%(stars)s stars") % {"stars": number(day.value)} if day.value is not None else ""
    about = day.product or ""
    if day.count > 1 and about:
        about = _("most recently %(product)s") % {"product": about}
    return TimelineEntry(
        at=day.newest_at,
        id=day.newest,
        kind=day.kind,
        icon=EVENT_ICONS[Event.Kind(day.kind)],
        title=_("%(event)s, %(count)s times") % {"event": label, "count": number(day.count)}
        if day.count > 1
        else label,
        body="\n".join(filter(None, [" · ".join(filter(None, [stars, about])), day.text])),
    )


# --- the record itself ------------------------------------------------------------------------------------------------


def consent_rows(customer: Customer, sight: Sight) -> QuerySet[Any, Any]:
    return Consent.objects.filter(customer=customer)


def consent_entries(customer: Customer, sight: Sight, before: Place | None, limit: int) -> Sequence[TimelineEntry]:
    consents = before_place(consent_rows(customer, sight), "decided_at", before, limit).select_related("recorded_by")
    return [_consent_entry(consent) for consent in consents]


def _consent_entry(consent: Consent) -> TimelineEntry:
    said = _("Agreed: %(purpose)s") if consent.is_given else _("Refused: %(purpose)s")
    return TimelineEntry(
        at=consent.decided_at,
        id=consent.pk,
        kind="consent",
        icon="circle-check" if consent.is_given else "circle-slash",
        title=said % {"purpose": consent.get_purpose_display()},
        body=consent.source,
        actor=str(consent.recorded_by or ""),
    )


def change_rows(customer: Customer, sight: Sight) -> QuerySet[Any, Any]:
    """That the record was made, those changes that say what became of it, and what files of other systems changed."""
    changed = Q(changes__has_any_keys=TOLD_COLUMNS) | Q(origin=Origin.IMPORT)
    told = Q(action=Change.Action.INSERT) | Q(changed, action=Change.Action.UPDATE)
    return Change.objects.filter(told, customer_id=customer.pk, table_name=Customer._meta.db_table)


def change_entries(customer: Customer, sight: Sight, before: Place | None, limit: int) -> Sequence[TimelineEntry]:
    changes = list(before_place(change_rows(customer, sight), "at", before, limit).select_related("actor"))
    for change in changes:
        if change.action == Change.Action.INSERT:
            change.changes = {}
        elif change.origin != Origin.IMPORT:
            change.changes = {key: change.changes[key] for key in TOLD_COLUMNS if key in change.changes}
    told = {line.change.pk: (deed, line) for deed in deeds(changes, sight=sight) for line in deed.lines}
    return [_change_entry(change, *told[change.pk]) for change in changes]


def _change_entry(change: Change, deed: Any, line: Any) -> TimelineEntry:
    is_new, is_import = change.action == Change.Action.INSERT, change.origin == Origin.IMPORT
    labels = ", ".join(map(_became, line.fields))
    title = _("Changed by an import: %(fields)s") % {"fields": labels} if is_import else labels
    return TimelineEntry(
        at=change.at,
        id=change.pk,
        kind=change.action,
        icon="user-plus" if is_new else "upload" if is_import else "pencil",
        title=_("Customer created") if is_new else title,
        body="" if is_new else "\n".join(_values(field) for field in line.fields if field.name not in BECAME),
        url=reverse("customers:history", args=[change.customer_id]),
        actor=" · ".join(filter(None, [deed.by, deed.way])),
    )


def _became(field: FieldChange) -> str:
    since, no_more = BECAME.get(field.name, (field.label, field.label))
    return str(since if field.after else no_more)


def _values(field: FieldChange) -> str:
    return f"{field.before or '–'} → {field.after or '–'}"


def merge_rows(customer: Customer, sight: Sight) -> QuerySet[Any, Any]:
    return Merge.objects.filter(survivor=customer)


def merge_entries(customer: Customer, sight: Sight, before: Place | None, limit: int) -> Sequence[TimelineEntry]:
    merges = before_place(merge_rows(customer, sight), "merged_at", before, limit).select_related("merged_by")
    return [_merge_entry(merge) for merge in merges]


def _merge_entry(merge: Merge) -> TimelineEntry:
    records = len(merge.absorbed_ids)
    numbers = ", ".join(f"#{pk}" for pk in merge.absorbed_ids[:NAMED_PRODUCTS])
    more = "…" if records > NAMED_PRODUCTS else ""
    return TimelineEntry(
        at=merge.merged_at,
        id=merge.pk,
        kind="merge",
        icon="merge",
        title=ngettext("Merged with %(count)d record", "Merged with %(count)d records", records) % {"count": records},
        body=" · ".join(filter(None, [f"{numbers}{more}", _("taken back since") if merge.undone_at else ""])),
        actor=str(merge.merged_by or ""),
    )


def register(registry: Registry) -> None:
    """Called once, by `CustomersConfig.ready`."""
    registry.add(
        TimelineSource(
            "orders", gettext_lazy("Orders"), "shopping-bag", order_entries, rows=order_rows, at="ordered_at"
        ),
        TimelineSource(
            "refunds", gettext_lazy("Refunds"), "undo-2", refund_entries, rows=refund_rows, at="refunded_at"
        ),
        TimelineSource("events", gettext_lazy("Events"), "mouse-pointer-click", event_entries),
        TimelineSource(
            "consents", gettext_lazy("Consent"), "circle-check", consent_entries, rows=consent_rows, at="decided_at"
        ),
        TimelineSource("merges", gettext_lazy("Merges"), "merge", merge_entries, rows=merge_rows, at="merged_at"),
        TimelineSource("record", gettext_lazy("Record"), "pencil", change_entries, rows=change_rows, at="at"),
    )
