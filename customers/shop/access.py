"""Orders are seen and edited with their customer; products are everybody's to see and managers' to edit."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.visibility import ALL, Sight
from customers.models import Order, Product


def visible_orders(sight: Sight) -> QuerySet[Order, Order]:
    """Also those of customers who were deleted meanwhile, for people who see all: the books keep them."""
    orders: QuerySet[Order, Order] = Order.objects.all().visible_to(sight).select_related("customer")
    return orders if sight.sees_all else orders.filter(customer__deleted_at=None)


def visible_order(sight: Sight, pk: int) -> Order:
    return get_object_or_404(visible_orders(sight), pk=pk)


def may_edit_order(sight: Sight, order: Order) -> bool:
    """One that belongs to nobody is edited by those who edit everybody's."""
    if order.customer is None:
        return sight.edits == ALL
    return sight.may_edit(order.customer)


def editable_order(sight: Sight, pk: int) -> Order:
    order = visible_order(sight, pk)
    if not may_edit_order(sight, order):
        raise PermissionDenied(_("You may read this order, and not change it. Ask the customer's owner or an admin."))
    return order


def editable_product(user: User, pk: int) -> Product:
    product = get_object_or_404(Product, pk=pk)
    if not user.is_manager:
        raise PermissionDenied(_("Products are changed by managers and admins."))
    return product
