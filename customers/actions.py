"""Writes that touch more than one model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.forms import BaseInlineFormSet
from django.utils import timezone

from accounts.visibility import Sight
from customers import concurrent_edits
from customers.assigning import tell_new_owners
from customers.concurrent_edits import Conflict
from customers.custom_forms import PREFIX
from customers.forms import CustomerForm
from customers.models import Address, ContactPerson, Customer, CustomerExternalId, EmailAddress, PhoneNumber

# What is marked together with its customer, so that it blocks nothing and comes back with them.
PARTS = (EmailAddress, PhoneNumber, Address, CustomerExternalId)


class StaleVersion(Exception):
    """Somebody else has changed what this form changes; `current` is what they left, `conflicts` where both differ."""

    def __init__(self, current: Customer, conflicts: Sequence[Conflict]) -> None:
        super().__init__(f"customer {current.pk} is at version {current.version} by now")
        self.current, self.conflicts = current, conflicts


def save_customer(
    *, form: CustomerForm, parts: Mapping[str, BaseInlineFormSet[Any, Any, Any]], sight: Sight
) -> Customer:
    """Saves a checked form with its e-mails, phones, addresses and contact people, all or nothing.

    What somebody else has saved since the form was opened is merged; raises StaleVersion where both changed the same.
    """
    with transaction.atomic():
        if form.instance.pk:
            _merge_with_what_is_saved(form, parts, sight)
        customer = form.save()
        for part in parts.values():
            part.instance = customer
            part.save()
        for model in (EmailAddress, PhoneNumber, Address, ContactPerson):
            ensure_primary(model, customer)
        if "owner" in form.changed_data:
            tell_new_owners({customer.pk: customer.owner_id}, by=sight.user_id)
    return customer


def _merge_with_what_is_saved(form: CustomerForm, parts: Mapping[str, Any], sight: Sight) -> None:
    rows = Customer.objects.select_related("owner", "team", "organisation", "referred_by")
    current = rows.select_for_update(of=("self",)).get(pk=form.instance.pk)
    if found := concurrent_edits.reconcile(form, parts, current, sight=sight):
        raise StaleVersion(current, found)
    shown = {name.removeprefix(PREFIX) for name in form.fields if name.startswith(PREFIX)}
    mine = {key: value for key, value in form.instance.custom.items() if key in shown}
    form.instance.custom = {**{key: value for key, value in current.custom.items() if key not in shown}, **mine}
    form.instance.version = current.version + 1


def ensure_primary(model: Any, customer: Customer, *, chosen: int | None = None) -> None:
    """Of several addresses one is the first to use; where nobody chose, the oldest. With `chosen` (which may not be
    saved yet) the others give way."""
    rows = model.objects.filter(customer=customer)
    if hasattr(model, "deleted_at"):
        rows = rows.filter(deleted_at=None)
    primary = rows.filter(is_primary=True)
    if chosen is not None:
        primary.exclude(pk=chosen).update(is_primary=False)
    elif not primary.exists() and (first := rows.order_by("pk").first()):
        model.objects.filter(pk=first.pk).update(is_primary=True)


def archive_customer(*, customer: Customer, archived: bool) -> None:
    """Takes a customer out of the lists and scores, or back in. Nothing else changes."""
    moment = timezone.now() if archived else None
    Customer.objects.filter(pk=customer.pk).update(
        archived_at=moment, updated_at=timezone.now(), version=F("version") + 1
    )


def delete_customer(*, customer: Customer) -> None:
    """Marks a customer and how they are reached as deleted; orders and events stay, for the figures."""
    with transaction.atomic():
        moment = timezone.now()
        marked = Customer.objects.filter(pk=customer.pk, deleted_at=None).update(
            deleted_at=moment, updated_at=moment, version=F("version") + 1
        )
        if marked:
            for model in PARTS:
                model.objects.filter(customer=customer, deleted_at=None).update(deleted_at=moment)


def restore_customer(*, customer: Customer) -> None:
    """Undoes `delete_customer`. Raises IntegrityError where a number has been given to another customer meanwhile."""
    with transaction.atomic():
        deleted = Customer.objects.select_for_update().get(pk=customer.pk)
        if deleted.deleted_at is None:
            return
        for model in PARTS:
            model.objects.filter(customer=deleted, deleted_at=deleted.deleted_at).update(deleted_at=None)
        Customer.objects.filter(pk=deleted.pk).update(
            deleted_at=None, updated_at=timezone.now(), version=F("version") + 1
        )
