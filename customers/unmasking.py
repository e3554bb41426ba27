"""Showing what is hidden, one value at a time and on the record."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.models import Confidential, User
from accounts.visibility import Sight
from core.numbers import whole_number
from customers import custom_fields, searching
from customers.models import Customer, CustomField, Order
from protection.audit import log_access
from protection.audit.models import AccessLog
from protection.classification import CLASSIFIED, masked_as
from protection.crypto import Undecryptable
from protection.fields import Sealed

# What the name of a secret in a custom field begins with.
CUSTOM, CUSTOM_OF_ORDER = "custom", "order_custom"


@dataclass(frozen=True)
class Secret:
    """A field of one row about a customer, of a kind that is hidden from some."""

    row: models.Model
    field: str

    @property
    def kind(self) -> Confidential:
        kind = masked_as(type(self.row), self.field)
        if kind is None:
            raise LookupError(f"{self.key} is hidden from nobody")
        return kind

    @property
    def key(self) -> str:
        """Its name in a form: "customer.birth_date.17"."""
        return f"{self.row._meta.model_name}.{self.field}.{self.row.pk}"

    @property
    def stored(self) -> Any:
        return getattr(self.row, self.field)

    def is_open_to(self, sight: Sight) -> bool:
        """Whether a page may show it as it is. What is encrypted is never shown unasked."""
        return not sight.masks(self.kind) and not isinstance(self.stored, Sealed)

    def may_be_asked_for_by(self, sight: Sight) -> bool:
        return sight.may_unmask or not sight.masks(self.kind)

    def reveal(self, *, user: User, customer: Customer) -> Any:
        """The value, with a line in the log of accesses."""
        if not self.may_be_asked_for_by(user.sight):
            raise PermissionDenied(_("Your role may not see this. Ask an admin of your organisation."))
        log_access(AccessLog.What.UNMASK, user=user, obj=self.row, customer_id=customer.pk, field=self.field)
        return self.stored.reveal() if isinstance(self.stored, Sealed) else self.stored


@dataclass(frozen=True)
class CustomSecret(Secret):
    """The value of a custom field of a customer or of an order of theirs; `field` is its key."""

    definition: CustomField

    @property
    def kind(self) -> Confidential:
        return Confidential(self.definition.confidential)

    @property
    def key(self) -> str:
        return f"{CUSTOM if isinstance(self.row, Customer) else CUSTOM_OF_ORDER}.{self.field}.{self.row.pk}"

    @property
    def stored(self) -> Any:
        kept = self.row.custom.get(self.field)  # type: ignore[attr-defined]
        if kept is None:
            return None
        if self.definition.is_encrypted:
            return Sealed(base64.b64decode(kept), custom_fields.context_of(self.definition))
        return custom_fields.in_words(self.definition, kept)


def custom_secret(row: Customer | Order, key: str) -> CustomSecret:
    record = CustomField.Record.CUSTOMER if isinstance(row, Customer) else CustomField.Record.ORDER
    definition = next((each for each in custom_fields.definitions(record) if each.key == key), None)
    if definition is None or not definition.confidential:
        raise Http404
    return CustomSecret(row, key, definition)


def find(customer: Customer, key: str) -> Secret:
    """The secret of that name, if it is this customer's. Raises Http404."""
    model_name, field, pk = [*key.split("."), "", "", ""][:3]
    if model_name == CUSTOM:
        return custom_secret(customer, field)
    if model_name == CUSTOM_OF_ORDER:
        return custom_secret(get_object_or_404(customer.orders, pk=whole_number(pk)), field)
    try:
        model = apps.get_model("customers", model_name)
    except LookupError:
        raise Http404 from None
    if masked_as(model, field) is None:
        raise Http404
    rows = model._default_manager.filter(**{CLASSIFIED[model].subject: customer.pk})
    if hasattr(model, "deleted_at"):
        rows = rows.filter(deleted_at=None)
    row = rows.filter(pk=whole_number(pk)).first()
    if row is None:
        raise Http404
    return Secret(row, field)


def reveal(secret: Secret, *, user: User, customer: Customer) -> Any:
    """What the page shows to somebody who asks: the value, or why it cannot be read."""
    try:
        return secret.reveal(user=user, customer=customer)
    except Undecryptable:
        return _("This cannot be decrypted: its key is not among the keys of this installation.")


def log_search(text: str, *, user: User, found: Callable[[], int]) -> None:
    """Note that somebody looked for a value that is hidden from them: what they found confirms it."""
    for kind in searching.hidden_kinds(text, user.sight):
        log_access(AccessLog.What.SEARCH_MASKED, user=user, model=Customer, kind=str(kind), found=found())
