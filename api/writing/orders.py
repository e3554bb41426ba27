"""Writing orders, one or a thousand, and refunds, by source and number. The caller holds the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.visibility import ALL
from api.errors import Invalid, Problem
from api.writing import documents
from api.writing.entries import Entry, own_values, sound
from core.models import OrganisationSettings
from customers.models import Customer, CustomerExternalId, Order, OrderLine, Refund, RefundLine

PLAIN = ("kind", "channel", "ordered_at")
TOTALS = ("ordered_date", "currency", "exchange_rate", "total_minor", "total_base_minor")
COLUMNS = (*PLAIN, *TOTALS, "customer", "custom", "updated_at")
# Any of these changes what an order comes to.
DECIDES_TOTALS = {"lines", "currency", "ordered_at"}


def number_of(values: dict[str, Any]) -> tuple[str, str]:
    return values["source"], values["external_id"]


def save_orders(entries: Sequence[Entry], *, by: User) -> None:
    """Write those that are in order, and note in each entry what became of it."""
    _find(sound(entries))
    known = Known.of(sound(entries), by)
    for entry in sound(entries):
        with entry.spoilt_alone():
            _apply(entry, known)
    written = sound(entries)
    Order.objects.bulk_create([entry.row for entry in written if entry.is_new])
    lines = {entry.row.pk: entry.values["lines"] for entry in written if "lines" in entry.values}
    new = {entry.row.pk for entry in written if entry.is_new}
    differing = documents.write_lines(OrderLine, "order", lines, new=new)
    for entry in written:
        entry.is_changed = not entry.is_new and (entry.is_changed or entry.row.pk in differing)
    changed = [entry.row for entry in written if entry.is_changed]
    Order.objects.bulk_create(changed, update_conflicts=True, unique_fields=["id"], update_fields=COLUMNS)


def _find(entries: Sequence[Entry]) -> None:
    """The orders that are there, locked in the order of their ids."""
    numbers = {number_of(entry.values): entry for entry in entries if entry.row is None}
    if not numbers:
        return
    named = {
        "source__in": {source for source, _value in numbers},
        "external_id__in": {value for _source, value in numbers},
    }
    rows = Order.objects.filter(**named).select_related("customer").order_by("pk").select_for_update(of=("self",))
    orders = {(row.source, row.external_id): row for row in rows}
    refunds = set(Refund.objects.filter(**named).values_list("source", "external_id"))
    for (source, value), entry in numbers.items():
        with entry.spoilt_alone():
            if (source, value) in refunds:
                raise Problem("conflict", _("This is the number of a refund."))
        entry.is_new = (source, value) not in orders
        entry.row = orders.get((source, value)) or Order(source=source, external_id=value)


@dataclass(frozen=True)
class Known:
    """What the records of a batch name, read at once."""

    by: User
    customers: dict[int, Customer]
    numbers: dict[tuple[str, str], int]
    goods: documents.Goods
    rates: documents.Rates

    @classmethod
    def of(cls, entries: Sequence[Entry], by: User) -> Known:
        named = [entry.values["customer_external_id"] for entry in entries if "customer_external_id" in entry.values]
        rows = CustomerExternalId.objects.filter(
            deleted_at=None,
            source__in={each["source"] for each in named},
            value__in={each["value"] for each in named},
        ).values_list("source", "value", "customer_id")
        numbers = {(source, value): pk for source, value, pk in rows} if named else {}
        ids = {entry.values["customer"] for entry in entries if entry.values.get("customer")} | set(numbers.values())
        customers = Customer.objects.filter(deleted_at=None, pk__in=ids).visible_to(by.sight) if ids else ()
        return cls(
            by=by,
            customers={customer.pk: customer for customer in customers},
            numbers=numbers,
            goods=documents.Goods((entry.row.source, entry.values.get("lines", ())) for entry in entries),
            rates=documents.Rates(
                (_currency(entry), documents.day_of_document(_ordered_at(entry))) for entry in entries
            ),
        )

    def customer_of(self, values: dict[str, Any]) -> Customer | None:
        """The customer that an order names; one whom the writer does not see is not there. Raises Problem."""
        if values.get("customer") is not None:
            pointer, pk = "/customer", values["customer"]
        elif "customer_external_id" in values:
            number = values["customer_external_id"]
            pointer, pk = "/customer_external_id", self.numbers.get((number["source"], number["value"]))
        else:
            return None
        found = self.customers.get(pk)
        if found is None:
            raise Invalid((pointer, _("There is no such customer, or not for you to see.")))
        require_right(found, self.by)
        return found


def _currency(entry: Entry) -> str:
    """What is sent whole and names none is in the organisation's; a change of a part leaves it as it is."""
    given: str = entry.values.get("currency", "")
    is_change = not entry.is_new and "external_id" not in entry.values
    return given or (entry.row.currency if is_change else OrganisationSettings.current().currency)


def _ordered_at(entry: Entry) -> Any:
    return entry.values.get("ordered_at") or entry.row.ordered_at


def _apply(entry: Entry, known: Known) -> None:
    order, values = entry.row, entry.values
    before = _state(order)
    if not entry.is_new:
        require_right(order.customer, known.by)
    order.customer = known.customer_of(values) or order.customer
    if order.customer is None:
        require_right(None, known.by)
    for name in PLAIN:
        if name in values:
            setattr(order, name, values[name])
    if DECIDES_TOTALS & values.keys():
        _settle(order, _settled(entry, known), "ordered_date")
    if order.kind == Order.Kind.SALE and order.total_minor < 0:
        raise Invalid(("/lines", _("A sale is not negative: what is paid back is a refund.")))
    if entry.is_new or "custom" in values:
        given, sight = values.get("custom", {}), known.by.sight
        order.custom = own_values("order", order.custom, given, sight=sight, is_new=entry.is_new)
    entry.is_changed = _state(order) != before


def _settled(entry: Entry, known: Known) -> dict[str, Any]:
    order, values = entry.row, entry.values
    if "lines" in values:
        values["lines"] = documents.work_out(values["lines"], source=order.source, goods=known.goods)
        amounts = [line["amount"] for line in values["lines"]]
    else:
        amounts = list(order.lines.values_list("amount", flat=True))
    return documents.settle(amounts, currency=_currency(entry), at=order.ordered_at, rates=known.rates)


def _state(order: Order) -> tuple[Any, ...]:
    return (*(getattr(order, name) for name in (*PLAIN, *TOTALS)), order.customer_id, order.custom)


def save_refund(order: Order, values: dict[str, Any], *, by: User) -> tuple[Refund, bool]:
    """The refund of that order with these values, and whether it is new."""
    require_right(order.customer, by)
    with transaction.atomic():
        number = {"source": order.source, "external_id": values["external_id"]}
        refund = Refund.objects.select_for_update().filter(**number).first() or Refund(**number, order=order)
        if Order.objects.filter(**number).exists() or refund.order_id != order.pk:
            raise Problem("conflict", _("This number belongs to another document."))
        is_new = refund.pk is None
        goods = documents.Goods([(order.source, values["lines"])])
        lines = documents.work_out(values["lines"], source=order.source, goods=goods)
        currency, at = values.get("currency") or order.currency, values["refunded_at"]
        rates = documents.Rates([(currency, documents.day_of_document(at))])
        settled = documents.settle([line["amount"] for line in lines], currency=currency, at=at, rates=rates)
        if settled["total_minor"] < 0:
            raise Invalid(("/lines", _("The amounts of a refund are positive.")))
        refund.customer_id, refund.reason, refund.refunded_at = order.customer_id, values["reason"], at
        _settle(refund, settled, "refunded_date")
        refund.save()
        documents.write_lines(RefundLine, "refund", {refund.pk: lines})
    return refund, is_new


def _settle(document: Any, settled: dict[str, Any], day: str) -> None:
    setattr(document, day, settled.pop("day"))
    for name, value in settled.items():
        setattr(document, name, value)


def require_right(customer: Customer | None, by: User) -> None:
    """Orders of nobody are for those who edit all."""
    if customer is None and by.sight.edits != ALL:
        raise PermissionDenied(_("Only who edits all customers writes orders of nobody."))
    if customer is not None and not by.sight.may_see(customer):
        raise Problem("conflict", _("This number belongs to another document."))
    if customer is not None and not by.sight.may_edit(customer):
        raise PermissionDenied(_("You may read this customer, and not change it. Ask the owner or an admin."))
