"""Reads, named in the field's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Func, Q, Value

if TYPE_CHECKING:
    from customers.models import Customer, Order  # noqa: F401  # named in the generic bases below


class CustomerQuerySet(models.QuerySet["Customer"]):
    def live(self) -> CustomerQuerySet:
        """Neither deleted nor archived: what lists and scores are about."""
        return self.filter(deleted_at=None, archived_at=None)

    def search(self, text: str) -> CustomerQuerySet:
        """Customers whose name contains every word, or whose e-mail or phone begins with the text, or with that number.

        Case and accents do not matter. An e-mail must hold an @ and a phone three digits to be taken for one.
        """
        words = text.split()
        named = Q()
        for word in words:
            named &= Q(sort_name__contains=Func(Value(word), function="crm_sort_key"))
        found = named | Q(external_ids__value=text.strip(), external_ids__deleted_at=None)
        if "@" in text:
            found |= Q(pk__in=self._with_email(text.strip()))
        digits = "".join(filter(str.isdigit, text))
        if len(digits) >= 3 and not any(map(str.isalpha, text)):
            found |= Q(pk__in=self._with_phone(digits))
        return self.filter(found).distinct() if words else self

    def _with_email(self, prefix: str) -> models.QuerySet[Customer, int]:
        return self.model._default_manager.filter(
            emails__email__istartswith=prefix, emails__deleted_at=None
        ).values_list("pk", flat=True)

    def _with_phone(self, digits: str) -> models.QuerySet[Customer, int]:
        return self.model._default_manager.filter(
            phones__digits__startswith=digits, phones__deleted_at=None
        ).values_list("pk", flat=True)


class OrderQuerySet(models.QuerySet["Order"]):
    def sales(self) -> OrderQuerySet:
        """Real orders, without stock corrections and written-off debt."""
        return self.filter(kind="sale")

    def newest_first(self) -> OrderQuerySet:
        return self.order_by(F("ordered_at").desc(), F("id").desc())
