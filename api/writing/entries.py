"""Records that were sent, one alone or a thousand at once: the row that each is about, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.serializers import Serializer

from accounts.visibility import Sight
from api.errors import Fault, Invalid, Problem, escaped, pointed
from api.serializers.strict import unknown_members
from customers.custom_fields import InvalidValues, clean, definitions, merged

MOST_RECORDS = 1000
CREATED, UPDATED, UNCHANGED, FAILED = STATUSES = ("created", "updated", "unchanged", "failed")


@dataclass
class Entry:
    """`row` is there from the beginning where a change names it; otherwise it is found by its number, or is new."""

    values: dict[str, Any]
    row: Any = None
    is_new: bool = False
    is_changed: bool = False
    problem: Problem | None = None

    @contextmanager
    def spoilt_alone(self) -> Iterator[None]:
        """What is wrong inside is wrong with this record, and with no other of its batch."""
        try:
            yield
        except Problem as problem:
            self.problem = problem
        except PermissionDenied as denied:
            self.problem = Problem("forbidden", str(denied))

    def require_sound(self) -> None:
        """Of a record that was sent alone: what is wrong with it is wrong with the call."""
        if self.problem:
            raise self.problem

    @property
    def status(self) -> str:
        if self.problem:
            return FAILED
        return CREATED if self.is_new else UPDATED if self.is_changed else UNCHANGED


def sound(entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.problem is None]


def read(
    contents: Sequence[Any], serializer: Serializer[Any], *, number: Callable[[dict[str, Any]], Hashable]
) -> list[Entry]:
    """An entry for each; one that is not as described, or of the number of an earlier one, is spoilt."""
    entries: list[Entry] = []
    seen: set[Hashable] = set()
    for content in contents:
        entry = Entry({})
        with entry.spoilt_alone():
            try:
                entry.values = dict(serializer.run_validation(content))
            except ValidationError as error:
                raise Invalid(*pointed(error.detail), *unknown_members(serializer, content)) from None
            if unknown := list(unknown_members(serializer, content)):
                raise Invalid(*unknown)
            if number(entry.values) in seen:
                raise Problem("conflict", _("An earlier record of this batch has the same number."))
            seen.add(number(entry.values))
        entries.append(entry)
    return entries


def outcomes(entries: Sequence[Entry]) -> dict[str, Any]:
    """How many there are of each outcome, and that of each record, in their order."""
    return counted([{"status": entry.status, "id": _id(entry), "errors": _errors(entry)} for entry in entries])


def counted(results: list[dict[str, Any]]) -> dict[str, Any]:
    counts = Counter(result["status"] for result in results)
    return {**{status: counts[status] for status in STATUSES}, "results": results}


def _id(entry: Entry) -> int | None:
    """Of a record that failed none: it may be one that is not for the sender to know of."""
    return None if entry.problem else entry.row.pk


def _errors(entry: Entry) -> list[dict[str, str]]:
    if entry.problem is None:
        return []
    errors: list[dict[str, str]] = entry.problem.members.get("errors") or [
        {"pointer": "", "detail": str(entry.problem.words)}
    ]
    return errors


def own_values(
    applies_to: str, current: dict[str, Any], raw: dict[str, Any], *, sight: Sight, is_new: bool
) -> dict[str, Any]:
    """Custom fields of an order or a product as they are kept. Raises Invalid or Problem."""
    fields = definitions(applies_to)
    hidden = {each.key for each in fields if each.confidential and sight.masks(each.confidential)}
    sealed = {each.key for each in fields if each.is_encrypted}
    refused = [] if is_new else sorted((hidden - sealed) & raw.keys())
    if refused:
        words = _("This is hidden from you, so you cannot change it.")
        faults: list[Fault] = [(_pointer(key), words) for key in refused]
        raise Problem("forbidden", words, **Invalid(*faults).members)
    try:
        return merged(current, clean(applies_to, raw, partial=not is_new, fields=fields))
    except InvalidValues as invalid:
        raise Invalid(*((_pointer(key), words) for key, words in invalid.errors.items())) from None


def _pointer(key: str) -> str:
    return f"/custom/{escaped(key)}"
