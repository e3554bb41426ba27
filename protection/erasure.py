"""What an erasure and a data package ask of each app beyond the rows that its classification names.

An app registers its `Step` from `AppConfig.ready`, in one module of its own named `erasure`. `privacy` runs all of them
inside the transaction that erases, so a step writes to the database alone and may be run again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils.functional import Promise

ERASED = "•••"
# A shorter name or number stands in many texts that are about somebody else.
TELLING_BYTES = 6
# Of a number with the country, and of the same with a leading zero, as many are equal.
PHONE_DIGITS = 9
FEWEST_PHONE_DIGITS = 6
_LIKE_SPECIAL, _ESCAPED = re.compile(r"([%_\\])"), r"\\\1"

Label = str | Promise
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Person:
    """The customer whom an erasure or a package is about, with what they are known by, read before anything is erased.

    `external_ids` are pairs of source and value; `numbers` what stands encrypted: identity, tax, bank.
    """

    customer_id: int
    names: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    external_ids: frozenset[tuple[str, str]] = frozenset()
    numbers: frozenset[str] = frozenset()

    @cached_property
    def terms(self) -> list[str]:
        """What betrays the person wherever it is written, the longest first."""
        known = {*self.names, *self.emails, *self.phones, *self.numbers, *(value for _, value in self.external_ids)}
        return sorted({term.strip() for term in known if is_telling(term.strip())}, key=lambda term: (-len(term), term))

    @cached_property
    def phone_endings(self) -> list[str]:
        """Numbers as they are compared: the last digits, however the country and the groups were typed."""
        return sorted(filter(None, map(phone_ending, self.phones)))

    @cached_property
    def like_patterns(self) -> list[str]:
        """For `ILIKE ANY`; none where nothing tells the person."""
        return [f"%{_LIKE_SPECIAL.sub(_ESCAPED, term)}%" for term in self.terms]

    def redacted(self, value: Any) -> Any:
        """A text, or anything of JSON, without what betrays the person."""
        if isinstance(value, str):
            return self._mention.sub(ERASED, value) if self._mention else value
        if isinstance(value, Mapping):
            return {self.redacted(key): self.redacted(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.redacted(item) for item in value]
        return value

    @cached_property
    def _mention(self) -> re.Pattern[str] | None:
        # Han names stand without blanks in a sentence; a number must not be found inside of a longer one.
        parts = [rf"{_edge(term[0], '(?<!', ')')}{re.escape(term)}{_edge(term[-1], '(?!', ')')}" for term in self.terms]
        return re.compile("|".join(parts), re.IGNORECASE) if parts else None


def is_telling(term: str) -> bool:
    return " " in term or len(term.encode()) >= TELLING_BYTES


def phone_ending(number: str) -> str:
    """The last digits of a phone number, "" of what has too few to be one."""
    digits = "".join(filter(str.isdecimal, number))
    return digits[-PHONE_DIGITS:] if len(digits) >= FEWEST_PHONE_DIGITS else ""


def _edge(character: str, opening: str, closing: str) -> str:
    return rf"{opening}[0-9A-Za-z]{closing}" if character.isascii() and character.isalnum() else ""


@dataclass(frozen=True)
class Section:
    """A table of the data package. `key` names its file; each row has the same keys."""

    key: str
    title: Label
    rows: Sequence[Row]


@dataclass(frozen=True)
class File:
    """A file of the data package. `name` is safe to write to a disk, and no other file of the step has it."""

    name: str
    content: bytes


def nothing_to_erase(person: Person) -> int:
    return 0


def nothing_to_collect(person: Person) -> Iterable[Section]:
    return ()


def no_files(person: Person) -> Iterable[File]:
    return ()


@dataclass(frozen=True)
class Step:
    """One app's part. `erase` says how many rows it touched."""

    name: str
    erase: Callable[[Person], int] = nothing_to_erase
    collect: Callable[[Person], Iterable[Section]] = nothing_to_collect
    files: Callable[[Person], Iterable[File]] = no_files


@dataclass
class Registry:
    steps: list[Step] = field(default_factory=list)

    def add(self, step: Step) -> None:
        if any(other.name == step.name for other in self.steps):
            raise ValueError(f"a step of erasure named {step.name!r} is registered twice")
        self.steps.append(step)

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)


registry = Registry()
