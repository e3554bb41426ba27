"""Writing an order or a refund, known by its source and number."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.visibility import ALL
from api.errors import Invalid, Problem
from api.writing import documents
from api.writing.products import custom_values
from customers.models import Customer, CustomerExternalId, Order, OrderLine, Refund, RefundLine


def save_order(values: dict[str, Any], *, by: User) -> tuple[Order, bool]:
    """The order with these values, and whether it is new."""
    with transaction.atomic():
        number = {"source": values["source"], "external_id": values["external_id"]}
        if Refund.objects.filter(**number).exists():
            raise Problem("conflict", _("This is the number of a refund."))
        order = Order.objects.select_for_update().filter(**number).first() or Order(**number)
        is_new = order.pk is None
        if not is_new:
            _require_right(order.customer, by)
        order.customer = _customer(values, by) or order.customer
        if order.customer is None:
            _require_right(None, by)
        lines = documents.work_out(values["lines"], source=order.source)
        settled = documents.settle(values, lines, values["ordered_at"])
        if values["kind"] == Order.Kind.SALE and settled["total_minor"] < 0:
            raise Invalid(("/lines", _("A sale is not negative: what is paid back is a refund.")))
        order.kind, order.channel, order.ordered_at = values["kind"], values["channel"], values["ordered_at"]
        _settle(order, settled, "ordered_date")
        if is_new or "custom" in values:
            order.custom = custom_values("order", order.custom, values.get("custom", {}), is_new=is_new)
        order.save()
        documents.write_lines(OrderLine, "order", order, lines)
    return order, is_new


def save_refund(order: Order, values: dict[str, Any], *, by: User) -> tuple[Refund, bool]:
    """The refund of that order with these values, and whether it is new."""
    _require_right(order.customer, by)
    with transaction.atomic():
        number = {"source": order.source, "external_id": values["external_id"]}
        refund = Refund.objects.select_for_update().filter(**number).first() or Refund(**number, order=order)
        if Order.objects.filter(**number).exists() or refund.order_id != order.pk:
            raise Problem("conflict", _("This number belongs to another document."))
        is_new = refund.pk is None
        lines = documents.work_out(values["lines"], source=order.source)
        settled = documents.settle({"currency": order.currency, **values}, lines, values["refunded_at"])
        if settled["total_minor"] < 0:
            raise Invalid(("/lines", _("The amounts of a refund are positive.")))
        refund.customer_id, refund.reason, refund.refunded_at = (
            order.customer_id,
            values["reason"],
            values["refunded_at"],
        )
        _settle(refund, settled, "refunded_date")
        refund.save()
        documents.write_lines(RefundLine, "refund", refund, lines)
    return refund, is_new


def _settle(document: Any, settled: dict[str, Any], day: str) -> None:
    setattr(document, day, settled.pop("day"))
    for name, value in settled.items():
        setattr(document, name, value)


def _customer(values: dict[str, Any], by: User) -> Customer | None:
    """The customer that an order names; one whom the writer does not see is not there."""
    visible = Customer.objects.filter(deleted_at=None).visible_to(by.sight)
    if values.get("customer") is not None:
        pointer, found = "/customer", visible.filter(pk=values["customer"]).first()
    elif "customer_external_id" in values:
        numbers = CustomerExternalId.objects.filter(deleted_at=None, **values["customer_external_id"])
        pointer, found = "/customer_external_id", visible.filter(pk__in=numbers.values("customer_id")).first()
    else:
        return None
    if found is None:
        raise Invalid((pointer, _("There is no such customer, or not for you to see.")))
    _require_right(found, by)
    return found


def _require_right(customer: Customer | None, by: User) -> None:
    """Orders of nobody are for those who edit all."""
    if customer is None and by.sight.edits != ALL:
        raise PermissionDenied(_("Only who edits all customers writes orders of nobody."))
    if customer is not None and not by.sight.may_see(customer):
        raise Problem("conflict", _("This number belongs to another document."))
    if customer is not None and not by.sight.may_edit(customer):
        raise PermissionDenied(_("You may read this customer, and not change it. Ask the owner or an admin."))
