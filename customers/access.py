"""Loading a customer on behalf of a person: 404 to a stranger, 403 to somebody who may look but not touch."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.visibility import Sight
from customers.models import Customer
from customers.querysets import CustomerQuerySet


def visible_customer(sight: Sight, pk: int, *, among: CustomerQuerySet | None = None) -> Customer:
    """A customer whom the person sees, not deleted unless `among` holds such."""
    rows = Customer.objects.filter(deleted_at=None) if among is None else among
    found: Customer = get_object_or_404(rows.visible_to(sight), pk=pk)
    return found


def editable_customer(sight: Sight, pk: int, *, among: CustomerQuerySet | None = None) -> Customer:
    customer = visible_customer(sight, pk, among=among)
    if not sight.may_edit(customer):
        raise PermissionDenied(_("You may read this customer, and not change it. Ask the owner or an admin."))
    return customer
