"""Writes that touch more than one model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import F
from django.forms import BaseInlineFormSet
from django.utils import timezone

from customers.forms import CustomerForm
from customers.models import Address, ContactPerson, Customer, CustomerExternalId, EmailAddress, PhoneNumber

# What is marked together with its customer, so that it blocks nothing and comes back with them.
PARTS = (EmailAddress, PhoneNumber, Address, CustomerExternalId)


class StaleVersion(Exception):
    """Somebody else saved the customer after this form was opened; `current` is what they left."""

    def __init__(self, current: Customer) -> None:
        super().__init__(f"customer {current.pk} is at version {current.version} by now")
        self.current = current


def save_customer(*, form: CustomerForm, parts: Iterable[BaseInlineFormSet[Any, Any, Any]]) -> Customer:
    """Saves a checked form with its e-mails, phones, addresses and contact people, all or nothing.

    Raises StaleVersion when the customer has been saved since the form was opened.
    """
    with transaction.atomic():
        if form.instance.pk:
            form.instance.version = _take_version(form.instance.pk, form.cleaned_data["version"] or 0)
        customer = form.save()
        for part in parts:
            part.instance = customer
            part.save()
        for model in (EmailAddress, PhoneNumber, Address, ContactPerson):
            ensure_primary(model, customer)
    return customer


def _take_version(pk: int, opened_version: int) -> int:
    raised = Customer.objects.filter(pk=pk, version=opened_version).update(version=F("version") + 1)
    if not raised:
        raise StaleVersion(Customer.objects.select_related("owner", "team").get(pk=pk))
    return opened_version + 1


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
