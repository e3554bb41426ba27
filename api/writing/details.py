"""Making the lists of many customers what they are to be, by a handful of statements whatever their number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model
from django.utils import timezone

from customers.models import Address, CustomerExternalId, EmailAddress, PhoneNumber

# Of each member its model, and the fields that say whether an entry is the same.
LISTS: dict[str, tuple[type[Model], tuple[str, ...]]] = {
    "emails": (EmailAddress, ("email",)),
    "phones": (PhoneNumber, ("number", "kind")),
    "addresses": (Address, ("kind", "street", "postal_code", "city", "region", "country")),
    "external_ids": (CustomerExternalId, ("source", "value")),
}


@dataclass
class Plan:
    """What is to be written to one table. Carried out in this order, no entry stands beside one that goes."""

    model: Any
    drop: list[int] = field(default_factory=list)
    demote: list[int] = field(default_factory=list)
    promote: list[int] = field(default_factory=list)
    create: list[Any] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)

    @property
    def size(self) -> int:
        return len(self.drop) + len(self.demote) + len(self.promote) + len(self.create)

    def carry_out(self) -> None:
        rows = self.model.objects
        if self.drop:
            rows.filter(pk__in=self.drop).update(deleted_at=timezone.now())
        if self.demote:
            rows.filter(pk__in=self.demote).update(is_primary=False)
        if self.promote:
            rows.filter(pk__in=self.promote).update(is_primary=True)
        if self.create:
            rows.bulk_create(self.create)


def plan(member: str, wanted: Mapping[int, list[dict[str, Any]]], *, is_new: frozenset[int] = frozenset()) -> Plan:
    """What makes the lists of these customers (by id) the wanted ones. Those that are new have none to be read."""
    model, names = LISTS[member]
    plan = Plan(model)
    present = _present(model, [pk for pk in wanted if pk not in is_new])
    for customer_id, entries in wanted.items():
        before = plan.size
        _compare(plan, customer_id, _with_primary(model, entries), present.get(customer_id, []), names)
        if plan.size != before:
            plan.touched.add(customer_id)
    return plan


def _present(model: Any, customer_ids: list[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    if customer_ids:
        for row in model.objects.filter(customer_id__in=customer_ids, deleted_at=None).order_by("pk"):
            found[row.customer_id].append(row)
    return found


def _with_primary(model: Any, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Where nobody chose the primary entry, the first is it."""
    if not entries or not hasattr(model, "is_primary") or any(entry.get("is_primary") for entry in entries):
        return entries
    return [{**entries[0], "is_primary": True}, *entries[1:]]


def _compare(
    plan: Plan, customer_id: int, entries: list[dict[str, Any]], rows: list[Any], names: tuple[str, ...]
) -> None:
    unmatched = {tuple(getattr(row, name) for name in names): row for row in rows}
    for entry in entries:
        row = unmatched.pop(tuple(entry[name] for name in names), None)
        if row is None:
            plan.create.append(plan.model(customer_id=customer_id, **entry))
        elif getattr(row, "is_primary", False) != entry.get("is_primary", False):
            (plan.demote if row.is_primary else plan.promote).append(row.pk)
    plan.drop.extend(row.pk for row in unmatched.values())
