"""The fields of which the survivor can take another record's value: what is proposed, and the exchange itself.

A value that is taken changes places with the survivor's: the absorbed record holds it from then on, encrypted where it
was, and an undo changes them back. So no value is written down anywhere else.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from customers.custom_fields import definitions
from customers.forms import CustomerForm
from customers.models import Customer
from protection.crypto import Undecryptable
from protection.fields import Sealed

# Two records of different kinds are not merged.
PLAIN = tuple(name for name in CustomerForm.Meta.fields if name != "kind")
LINKS = ("organisation", "referred_by")
# The strictest wins, whatever anybody picks.
OBJECTION = "profiling_objected_at"
CUSTOM = "custom."
STAGES = (Customer.Lifecycle.LEAD, Customer.Lifecycle.PROSPECT, Customer.Lifecycle.FORMER, Customer.Lifecycle.CUSTOMER)
EMPTY: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True)
class Proposal:
    """Whose value the survivor should have, and why."""

    customer_id: int
    because: str | Promise = ""


def fields_of() -> list[str]:
    """Archived custom fields are left as they are."""
    return [*PLAIN, *(f"{CUSTOM}{field.key}" for field in definitions("customer"))]


def value_of(customer: Customer, name: str) -> Any:
    """As it is kept: the key of another row, a `Sealed`, a custom field's JSON."""
    if name.startswith(CUSTOM):
        return customer.custom.get(name.removeprefix(CUSTOM))
    field: Any = Customer._meta.get_field(name)
    return getattr(customer, field.attname)


def is_filled(customer: Customer, name: str, involved: Iterable[int]) -> bool:
    """A link to a record that is merged here leads nowhere afterwards."""
    value = value_of(customer, name)
    return value not in EMPTY and not (name in LINKS and value in set(involved))


def propose(name: str, customers: Sequence[Customer], survivor_id: int) -> Proposal:
    """`customers` with the survivor among them. The one that has a value; of several the one that was changed last."""
    involved = [customer.pk for customer in customers]
    filled = [customer for customer in customers if is_filled(customer, name, involved)]
    if not filled:
        return Proposal(survivor_id)
    if len(filled) == 1:
        return Proposal(filled[0].pk, _("the only one that is filled"))
    best, because = _best(name, filled)
    # What is equal stays where it is.
    same = next(
        (each for each in filled if each.pk == survivor_id and value_of(each, name) == value_of(best, name)), None
    )
    return Proposal(same.pk) if same else Proposal(best.pk, because)


def _best(name: str, filled: Sequence[Customer]) -> tuple[Customer, str | Promise]:
    if name == "customer_since":
        return min(filled, key=lambda each: (value_of(each, name), each.pk)), _("the earliest")
    if name == "lifecycle":
        return max(filled, key=lambda each: (STAGES.index(each.lifecycle), -each.pk)), _("the furthest")
    return max(filled, key=lambda each: (each.updated_at, -each.pk)), _("from the record changed last")


def objector(customers: Sequence[Customer], survivor_id: int) -> int | None:
    """The absorbed record whose objection to profiling the survivor takes over."""
    objections = {each.pk: each.profiling_objected_at for each in customers if each.profiling_objected_at}
    if not objections or survivor_id in objections:
        return None
    return min(objections, key=lambda pk: (objections[pk], pk))


def label_of(name: str) -> str:
    if name.startswith(CUSTOM):
        key = name.removeprefix(CUSTOM)
        return next((field.label for field in definitions("customer") if field.key == key), key)
    return capfirst(str(Customer._meta.get_field(name).verbose_name))  # type: ignore[union-attr]


# --- the exchange -----------------------------------------------------------------------------------------------------


def exchange(survivor_id: int, other_id: int, names: Sequence[str]) -> None:
    """Let the two records change the values of these fields."""
    columns = [_column(name) for name in names if not name.startswith(CUSTOM)]
    changes: list[sql.Composable] = [sql.SQL("{0} = o.{0}").format(sql.Identifier(column)) for column in columns]
    if keys := [name.removeprefix(CUSTOM) for name in names if name.startswith(CUSTOM)]:
        changes.append(_exchange_custom(keys))
    statement = sql.SQL(
        "UPDATE {table} t SET {changes} FROM {table} o"
        " WHERE (t.id, o.id) IN ((%(survivor)s, %(other)s), (%(other)s, %(survivor)s))"
    ).format(table=sql.Identifier(Customer._meta.db_table), changes=sql.SQL(", ").join(changes))
    with connection.cursor() as cursor:
        cursor.execute(statement, {"survivor": survivor_id, "other": other_id})


def _exchange_custom(keys: Sequence[str]) -> sql.Composable:
    taken = sql.SQL(
        "(SELECT coalesce(jsonb_object_agg(key, value), '{{}}') FROM jsonb_each(o.custom) WHERE key = ANY ({keys}))"
    ).format(keys=sql.Literal(list(keys)))
    return sql.SQL("custom = (t.custom - {keys}::text[]) || {taken}").format(keys=sql.Literal(list(keys)), taken=taken)


def _column(name: str) -> str:
    return str(Customer._meta.get_field(name).column)  # type: ignore[union-attr]


def digest_of(customer: Customer, name: str) -> str:
    """Tells whether a value is still the same, and not what it is."""
    value = value_of(customer, name)
    if isinstance(value, Sealed):
        try:
            value = value.reveal()
        except Undecryptable:
            value = value.data.hex()
    text = json.dumps([customer.pk, name, value], default=str)
    return hmac.digest(settings.SECRET_KEY.encode(), text.encode(), "sha256").hex()[:24]


def grouped(picks: Mapping[str, int]) -> dict[int, list[str]]:
    """The fields to take from each absorbed record."""
    fields: dict[int, list[str]] = {}
    for name, customer_id in picks.items():
        fields.setdefault(customer_id, []).append(name)
    return fields
