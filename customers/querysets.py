"""Reads, named in the field's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import F, Func, Value

from accounts.visibility import Sight

if TYPE_CHECKING:
    from customers.models import Customer, Order  # noqa: F401  # named in the generic bases below


class CustomerQuerySet(models.QuerySet["Customer"]):
    def live(self) -> CustomerQuerySet:
        """Neither deleted nor archived: what lists and scores are about."""
        return self.filter(deleted_at=None, archived_at=None)

    def visible_to(self, sight: Sight) -> CustomerQuerySet:
        """Those whom a person with these rights sees at all."""
        return self.filter(sight.visible())

    def editable_by(self, sight: Sight) -> CustomerQuerySet:
        return self.filter(sight.editable())

    def search(self, text: str) -> CustomerQuerySet:
        """Customers whose name contains every word, or whose e-mail or phone begins with the text, or with that number.

        Case and accents do not matter. An e-mail must hold an @ and a phone three digits to be taken for one.
        """
        words = text.split()
        if not words:
            return self
        named = self.model._default_manager.all()
        for word in words:
            named = named.filter(sort_name__contains=Func(Value(word), function="crm_sort_key"))
        # A union of ids lets each part use its own index, which an OR over joins would not.
        ways = [self._reached_by("external_ids", value=text.strip())]
        if "@" in text:
            ways.append(self._reached_by("emails", email__istartswith=text.strip()))
        digits = "".join(filter(str.isdigit, text))
        if len(digits) >= 3 and not any(map(str.isalpha, text)):
            ways.append(self._reached_by("phones", digits__startswith=digits))
        return self.filter(pk__in=named.order_by().values("pk").union(*ways))

    def _reached_by(self, relation: str, **lookups: str) -> models.QuerySet[Any, Any]:
        """Ids of customers with such a detail that is not deleted."""
        details: Any = self.model._meta.get_field(relation).related_model
        found: models.QuerySet[Any, Any] = details.objects.filter(deleted_at=None, **lookups)
        return found.order_by().values("customer_id")


class OrderQuerySet(models.QuerySet["Order"]):
    def sales(self) -> OrderQuerySet:
        """Real orders, without stock corrections and written-off debt."""
        return self.filter(kind="sale")

    def visible_to(self, sight: Sight) -> OrderQuerySet:
        """Orders of customers whom the person sees; those of nobody are for people who see all."""
        return self.filter(sight.visible("customer__"))

    def newest_first(self) -> OrderQuerySet:
        return self.order_by(F("ordered_at").desc(), F("id").desc())
