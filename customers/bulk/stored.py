"""What a change of many customers writes, as SQL on batches of them, and how it is taken back.

Each kind writes a batch of customers who are locked already: it keeps what they hold in `BulkBefore` where that
differs, writes the new value, and raises their version. Taking back puts that in again where a customer still holds
what the change left: whoever was edited since keeps what was written then.
"""

from __future__ import annotations

import datetime as dt
import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import connection

from customers.actions import PARTS
from customers.models import CustomerExternalId

# `c` is the customer, `b` what they held before.
KEEP = """
INSERT INTO customers_bulkbefore (change_id, customer_id, before)
SELECT %(change)s, c.id, {before} FROM customers_customer c
WHERE c.id = ANY(%(ids)s) AND {differs}
RETURNING customer_id
"""
WRITE = """
UPDATE customers_customer c SET {assigned}, version = version + 1, updated_at = now()
WHERE c.id = ANY(%(ids)s)
"""
PUT_BACK = """
UPDATE customers_customer c SET {assigned}, version = version + 1, updated_at = now()
FROM customers_bulkbefore b
WHERE b.change_id = %(change)s AND b.customer_id = c.id AND c.id = ANY(%(ids)s) AND {is_as_left}
RETURNING c.id
"""
# By the tags of each customer, never by the customers of the tag: of a new tag the planner expects few, and they may be
# all by now.
HAS_TAG = "%(tag)s = ANY (ARRAY(SELECT t.tag_id FROM customers_customer_tags t WHERE t.customer_id = c.id))"
REMOVE_TAG = "DELETE FROM customers_customer_tags WHERE customer_id = ANY(%(ids)s) AND tag_id + 0 = %(tag)s"
# A tag that is gone comes to nobody again.
TAGS_AS_LEFT = """
SELECT c.id FROM customers_customer c JOIN customers_bulkbefore b ON b.customer_id = c.id
WHERE b.change_id = %(change)s AND c.id = ANY(%(ids)s)
    AND EXISTS (SELECT FROM customers_tag WHERE id = %(tag)s) AND {is_as_left}
"""
RAISE_VERSION = "UPDATE customers_customer SET version = version + 1, updated_at = now() WHERE id = ANY(%(ids)s)"


class Stored(Protocol):
    """Where a change writes. `ids` are customers whom the caller has locked."""

    def write(self, value: Any, *, change: int, ids: Sequence[int], moment: dt.datetime) -> list[int]:
        """Whose value is another now. What they held is kept."""

    def put_back(self, value: Any, *, change: int, ids: Sequence[int], moment: dt.datetime) -> list[int]:
        """Who holds again what they held before."""


def returned_ids(statement: str, params: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return [pk for (pk,) in cursor.fetchall()]


def execute(statement: str, params: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


@dataclass(frozen=True)
class _Value(ABC):
    """A value that stands in the customer's own row. Subclasses say how it is read as JSON, and written from it."""

    @abstractmethod
    def read(self) -> str: ...

    def normal(self, value: str) -> str:
        """A JSON expression as `read` would give it."""
        return value

    @abstractmethod
    def assigned(self, value: str) -> str: ...

    def may_be(self, value: str) -> str:
        return "TRUE"

    def differs(self) -> str:
        return f"{self.read()} IS DISTINCT FROM {self.normal('%(value)s::jsonb')}"

    def write(self, value: Any, *, change: int, ids: Sequence[int], moment: dt.datetime) -> list[int]:
        params = {"change": change, "ids": list(ids), "value": as_json(value)}
        changed = returned_ids(KEEP.format(before=self.read(), differs=self.differs()), params)
        execute(WRITE.format(assigned=self.assigned("%(value)s::jsonb")), {**params, "ids": changed})
        return changed

    def put_back(self, value: Any, *, change: int, ids: Sequence[int], moment: dt.datetime) -> list[int]:
        params = {"change": change, "ids": list(ids), "value": as_json(value)}
        is_as_left = (
            f"{self.read()} IS NOT DISTINCT FROM {self.normal('%(value)s::jsonb')} AND {self.may_be('b.before')}"
        )
        return returned_ids(PUT_BACK.format(assigned=self.assigned("b.before"), is_as_left=is_as_left), params)


@dataclass(frozen=True)
class Column(_Value):
    """`refers_to` is the table that the column's key is of: a row of it may be gone when the value comes back."""

    name: str
    db_type: str
    refers_to: str = ""

    def read(self) -> str:
        return f'to_jsonb(c."{self.name}")'

    def normal(self, value: str) -> str:
        return f"to_jsonb({self._typed(value)})"

    def assigned(self, value: str) -> str:
        return f'"{self.name}" = {self._typed(value)}'

    def may_be(self, value: str) -> str:
        if not self.refers_to:
            return "TRUE"
        found = f'SELECT FROM "{self.refers_to}" r WHERE r.id = {self._typed(value)}'  # names of models
        return f"({value} IS NULL OR EXISTS ({found}))"

    def _typed(self, value: str) -> str:
        return f"({value} #>> '{{}}')::{self.db_type}"


class FirstMoment(Column):
    """A moment that stays what it is where there is one."""

    def differs(self) -> str:
        return f'c."{self.name}" IS NULL'


@dataclass(frozen=True)
class CustomKey(_Value):
    """One key of the column of custom fields; `custom_key` lets none through that would have to be quoted."""

    key: str

    def read(self) -> str:
        return f"(c.custom -> '{self.key}')"

    def assigned(self, value: str) -> str:
        filled = f"custom || jsonb_build_object('{self.key}', {value})"
        return f"custom = CASE WHEN {value} IS NULL THEN custom - '{self.key}' ELSE {filled} END"


@dataclass(frozen=True)
class TagLink:
    """That customers have one tag, or have it not. The value is the tag's id."""

    is_added: bool

    def write(self, value: Any, *, change: int, ids: Sequence[int], moment: dt.datetime) -> list[int]:
        params = {"change": change, "ids": list(ids), "tag": value}
        differs = f"NOT {HAS_TAG}" if self.is_added else HAS_TAG
        changed = returned_ids(KEEP.format(before="NULL", differs=differs), params)
        self._link(changed, value, is_linked=self.is_added)
        return changed

    def put_back(self, value: Any, *, change: int, ids: Sequence[int], moment: dt.datetime) -> list[int]:
        params = {"change": change, "ids": list(ids), "tag": value}
        is_as_left = HAS_TAG if self.is_added else f"NOT {HAS_TAG}"
        as_left = returned_ids(TAGS_AS_LEFT.format(is_as_left=is_as_left), params)
        self._link(as_left, value, is_linked=not self.is_added)
        return as_left

    def _link(self, ids: list[int], tag: Any, *, is_linked: bool) -> None:
        added = (
            "INSERT INTO customers_customer_tags (customer_id, tag_id) SELECT unnest(%(ids)s::bigint[]), %(tag)s"
            " ON CONFLICT DO NOTHING"
        )
        execute(added if is_linked else REMOVE_TAG, {"ids": ids, "tag": tag})
        execute(RAISE_VERSION, {"ids": ids})


@dataclass(frozen=True)
class Deletion:
    """Marks customers and how they are reached as `customers.actions.delete_customer` does, all at the same moment."""

    def write(self, value: Any, *, change: int, ids: Sequence[int], moment: dt.datetime) -> list[int]:
        params = {"change": change, "ids": list(ids), "moment": moment}
        changed = returned_ids(KEEP.format(before="NULL", differs="c.deleted_at IS NULL"), params)
        execute(WRITE.format(assigned="deleted_at = %(moment)s"), {**params, "ids": changed})
        for model in PARTS:
            model.objects.filter(customer__in=changed, deleted_at=None).update(deleted_at=moment)
        return changed

    def put_back(self, value: Any, *, change: int, ids: Sequence[int], moment: dt.datetime) -> list[int]:
        """Not those one of whose numbers in other systems belongs to another customer by now."""
        numbers = CustomerExternalId._meta.db_table
        is_taken = (
            f'EXISTS (SELECT FROM "{numbers}" own JOIN "{numbers}" other'  # the name of a model
            " ON other.source = own.source AND other.value = own.value AND other.deleted_at IS NULL"
            " WHERE own.customer_id = c.id AND own.deleted_at = %(moment)s)"
        )
        restored = returned_ids(
            PUT_BACK.format(assigned="deleted_at = NULL", is_as_left=f"c.deleted_at = %(moment)s AND NOT {is_taken}"),
            {"change": change, "ids": list(ids), "moment": moment},
        )
        for model in PARTS:
            model.objects.filter(customer__in=restored, deleted_at=moment).update(deleted_at=None)
        return restored


def as_json(value: Any) -> str | None:
    return None if value is None else json.dumps(value)
