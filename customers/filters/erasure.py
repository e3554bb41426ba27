"""Whoever is erased is taken out of the questions that people kept: by an e-mail, a number, a name.

In a condition the value gives way to dots, which nobody has: what is left finds nobody else. Parts of a name are left
alone, since they are others' too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from django.db.models import F, QuerySet

from customers.models import SavedFilter
from protection.audit.models import Change
from protection.erasure import ERASED, Person, Step, phone_ending, registry

# Fields whose values are looked at as a whole, so that a short name goes too and no other word that is spelt so.
WHO = frozenset({"name", "email", "phone"})
NUMBER = re.compile(r"[+(]?\d[\d ()/.\-]{4,}\d")


def register() -> None:
    """Called once, by `CustomersConfig.ready`."""
    registry.add(Step("saved filters", erase))


def erase(person: Person) -> int:
    return take_out(SavedFilter.objects.all(), person, "expression", "layout", version=F("version") + 1)


def take_out(rows: QuerySet[Any], person: Person, *documents: str, **also: Any) -> int:
    """Of the names and documents of rows that hold questions; `also` is written to each that changes."""
    touched = 0
    for row in rows.order_by("pk"):
        held = {name: getattr(row, name) for name in documents}
        kept: dict[str, Any] = {name: without(document, person) for name, document in held.items()}
        called = getattr(row, "name", "")
        if (name := _text(called, person, is_whole=False)) != called:
            # Names are told apart for each owner.
            held["name"], kept["name"] = called, f"{name[:100]} {row.pk}"
            _forget_names(row, person)
        if kept != held:
            touched += rows.filter(pk=row.pk).update(**kept, **also)
    return touched


def without(asked: Any, person: Person, *, is_whole: bool = False) -> Any:
    """An expression, an address in parts, or a text of one, without the person."""
    if isinstance(asked, str):
        return _text(asked, person, is_whole=is_whole)
    if isinstance(asked, Mapping):
        tells = asked.get("field") in WHO
        return {key: without(value, person, is_whole=tells and key == "value") for key, value in asked.items()}
    if isinstance(asked, list):
        return [without(each, person, is_whole=is_whole) for each in asked]
    return asked


def _text(text: str, person: Person, *, is_whole: bool) -> str:
    if is_whole and text.strip().casefold() in {known.casefold() for known in (*person.names, *person.emails)}:
        return ERASED
    inner = _document(text)
    if inner is not None:
        kept = without(inner, person)
        return text if kept == inner else json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    return NUMBER.sub(lambda found: _number(found.group(), person), person.redacted(text))


def _document(text: str) -> Any:
    """A filter as an address has it; None for any other text."""
    try:
        return json.loads(text) if text.startswith("{") else None
    except ValueError:
        return None


def _number(written: str, person: Person) -> str:
    return ERASED if phone_ending(written) in person.phone_endings else written


def _forget_names(row: Any, person: Person) -> None:
    """What it was called, in the trail."""
    lines = Change.objects.filter(table_name=row._meta.db_table, row_id=row.pk)
    for line in lines:
        Change.objects.filter(pk=line.pk).update(changes=person.redacted(line.changes))
