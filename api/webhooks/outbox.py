"""From the audit trail to deliveries: each line that a webhook wants to be told of becomes one, in order and once.

Lines are read in the order of their transactions, and only of such as are over before every one that still runs: a
transaction that commits late is read late, and never passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from api.models import Delivery, Occasion, Outbox, Webhook
from protection.audit.models import Change

LINES_AT_ONCE = 1000
SNAPSHOT = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
       (SELECT last_value FROM pg_sequences
        WHERE schemaname = current_schema() AND sequencename = 'protection_change_id_seq')
"""
# Changes of these are changes of their customer.
PARTS_OF_CUSTOMERS = frozenset(
    {
        "customers_emailaddress",
        "customers_phonenumber",
        "customers_address",
        "customers_customerexternalid",
        "customers_customer_tags",
        "customers_consent",
        "customers_contactperson",
    }
)
OF_TABLE: dict[str, tuple[Occasion | None, Occasion | None]] = {
    "customers_customer": (Occasion.CUSTOMER_CREATED, Occasion.CUSTOMER_CHANGED),
    "customers_order": (Occasion.ORDER_CREATED, Occasion.ORDER_CHANGED),
    "customers_refund": (Occasion.REFUND_CREATED, None),
    "customers_product": (Occasion.PRODUCT_CREATED, Occasion.PRODUCT_CHANGED),
    "customers_event": (Occasion.EVENTS_ADDED, None),
    "surveys_answer": (Occasion.ANSWERS_ADDED, None),
    "analytics_currentrun": (Occasion.RUN_PUBLISHED, Occasion.RUN_PUBLISHED),
}
ADDED = frozenset({Change.Action.INSERT, Change.Action.BULK})


def occasion_of(change: Change) -> Occasion | None:
    """What a webhook would call this line, or None where it is nothing to be told of."""
    if change.table_name in PARTS_OF_CUSTOMERS:
        return Occasion.CUSTOMER_CHANGED if change.customer_id else None
    created, changed = OF_TABLE.get(change.table_name, (None, None))
    if change.action in ADDED:
        return created
    if change.table_name == "customers_customer" and (change.changes.get("deleted_at") or [1])[0] is None:
        return Occasion.CUSTOMER_DELETED
    return changed if change.action == Change.Action.UPDATE else None


def payload_of(change: Change, occasion: str) -> dict[str, Any]:
    """Numbers only: what is in the record is for the API to show, to whom it may."""
    data: dict[str, Any] = {"rows": change.rows}
    if change.table_name in PARTS_OF_CUSTOMERS:
        data["id"] = change.customer_id
    elif change.row_id is not None or change.row_key:
        data["id"] = change.row_id if change.row_id is not None else change.row_key
    if change.customer_id is not None:
        data["customer"] = change.customer_id
    return {"type": occasion, "at": change.at.isoformat(), "data": data}


@dataclass(frozen=True)
class _Snapshot:
    """The transactions before `xmin` are over, those from `xmax` on not begun; `newest` is the last number given."""

    xmin: int
    xmax: int
    newest: int


def begin() -> None:
    """Call this before a webhook becomes active: where none was, what happened before is nobody's to be told."""
    with transaction.atomic():
        outbox, _is_new = Outbox.objects.select_for_update().get_or_create(pk=1)
        if not Webhook.objects.filter(is_active=True).exists():
            now = _snapshot()
            outbox.transaction_id, outbox.change_id = now.xmin - 1, 0
            outbox.next_floor, outbox.next_floor_xid = now.newest, now.xmax
            outbox.save()


def read_trail() -> int:
    """Make deliveries of the next lines of the trail, and say how many lines were read."""
    webhooks = list(Webhook.objects.filter(is_active=True))
    if not webhooks:
        return 0
    with transaction.atomic():
        outbox, _is_new = Outbox.objects.select_for_update().get_or_create(pk=1)
        now = _snapshot()
        lines = _next_lines(outbox, now)
        Delivery.objects.bulk_create(_deliveries(lines, webhooks), ignore_conflicts=True)
        if lines:
            outbox.transaction_id, outbox.change_id = lines[-1].transaction_id, lines[-1].id
        if len(lines) < LINES_AT_ONCE:
            _raise_floor(outbox, now)
        outbox.save()
    return len(lines)


def has_news() -> bool:
    """Whether a line is waiting to be read for an active webhook."""
    outbox = Outbox.objects.filter(pk=1).first()
    is_active = Webhook.objects.filter(is_active=True).exists()
    return is_active and outbox is not None and bool(_next_lines(outbox, _snapshot(), most=1))


def _snapshot() -> _Snapshot:
    with connection.cursor() as cursor:
        cursor.execute(SNAPSHOT)
        xmin, xmax, newest = cursor.fetchone() or (0, 0, 0)
    return _Snapshot(xmin, xmax, newest or 0)


def _next_lines(outbox: Outbox, now: _Snapshot, *, most: int = LINES_AT_ONCE) -> list[Change]:
    after = Change.objects.filter(id__gt=outbox.floor, transaction_id__lt=now.xmin)
    later = after.filter(transaction_id__gt=outbox.transaction_id)
    same = after.filter(transaction_id=outbox.transaction_id, id__gt=outbox.change_id)
    return list((later | same).order_by("transaction_id", "id")[:most])


def _raise_floor(outbox: Outbox, now: _Snapshot) -> None:
    """All lines there are have been read. Which numbers are still to come is known once those who may hold one, the
    transactions that had begun when the newest number was looked up, are over."""
    if now.xmin >= outbox.next_floor_xid:
        outbox.floor = max(outbox.floor, outbox.next_floor)
        outbox.next_floor, outbox.next_floor_xid = now.newest, now.xmax


def _deliveries(lines: Iterable[Change], webhooks: list[Webhook]) -> Iterator[Delivery]:
    for change in lines:
        occasion = occasion_of(change)
        for webhook in webhooks:
            if occasion in webhook.occasions and change.at >= webhook.created_at:
                yield Delivery(
                    webhook=webhook,
                    change_id=change.id,
                    occasion=occasion,
                    payload=payload_of(change, occasion),
                    created_at=change.at,
                )
