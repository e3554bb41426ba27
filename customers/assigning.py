"""Telling people that a customer is theirs now, when somebody else gave it to them: by whichever way it was saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from core.templatetags.ui import number
from core.text import isolated
from customers.models import Customer
from notifications.kinds import NotificationKind, Words
from notifications.kinds import register as register_kind
from notifications.models import Notification
from notifications.telling import Message, tell_each

CUSTOMER_ASSIGNED = "customer_assigned"


def register() -> None:
    """Called once, by `CustomersConfig.ready`."""
    register_kind(NotificationKind(CUSTOMER_ASSIGNED, gettext_lazy("New customer"), "user-plus", words))


def tell_new_owners(owners: Mapping[int, int | None], *, by: int | None) -> None:
    """`owners` are customers whose owner has changed, each with the new one. Of several, one line with their count."""
    given: dict[int, list[int]] = {}
    for customer, owner in owners.items():
        if owner is not None and owner != by:
            given.setdefault(owner, []).append(customer)
    tell_each([_message(owner, customers, by) for owner, customers in given.items()], kind=CUSTOMER_ASSIGNED)


def tell_owner_of_many(owner: int | None, count: int, *, by: int | None, key: str) -> None:
    """By a job: once, however often it is begun."""
    if count and owner is not None and owner != by:
        tell_each([Message(owner, {"count": count, "by": by}, key=key)], kind=CUSTOMER_ASSIGNED)


def _message(owner: int, customers: Sequence[int], by: int | None) -> Message:
    if len(customers) == 1:
        return Message(owner, {"customer": customers[0], "by": by}, customers[0])
    return Message(owner, {"count": len(customers), "by": by})


def words(notifications: Sequence[Notification], reader: User) -> Mapping[int, Words]:
    living = Customer.objects.filter(deleted_at=None).visible_to(reader.sight)
    customers = living.in_bulk([each.params["customer"] for each in notifications if "customer" in each.params])
    people = User.objects.in_bulk([each.params["by"] for each in notifications if each.params.get("by")])
    theirs = f"{reverse('customers:list')}?owner={reader.pk}"
    said = {}
    for each in notifications:
        by = people.get(each.params.get("by"))
        names = {"by": by.name if by else "–"}
        customer = customers.get(each.params.get("customer"))
        if customer is not None:
            text = _("%(by)s gives you the customer %(customer)s.") % {**names, "customer": isolated(customer.name)}
            said[each.pk] = Words(text, customer.get_absolute_url())
        elif "count" in each.params:
            count = each.params["count"]
            many = ngettext("%(by)s gives you %(count)s customer.", "%(by)s gives you %(count)s customers.", count)
            said[each.pk] = Words(many % {**names, "count": number(count)}, theirs)
    return said
