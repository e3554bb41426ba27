"""What the palette (Ctrl/⌘-K) and the page /search/ find: hits from the sources that apps register in their `ready`.

A source decides by `request.user` alone what it may show, and answers within a keystroke: it reads a handful of rows by
an index. Commands are a source too: something to do, found by the words of its label.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Label = str | Promise
MOST_HITS = 8
LONGEST_TEXT = 200


@dataclass(frozen=True)
class Hit:
    """A line to go to; one that does something posts `sends` (name and value of one field) to its address."""

    label: Label
    url: str
    icon: str = "arrow-right"
    note: Label = ""
    sends: tuple[str, str] | None = None


@dataclass(frozen=True)
class Source:
    """`find` is asked with the text as typed, which may be empty; the order of registration is that of the groups."""

    key: str
    label: Label
    find: Callable[[HttpRequest, str], Iterable[Hit]]
    most: int = MOST_HITS


@dataclass(frozen=True)
class Command:
    """Something to do, for those who may. `also` are other words that it is looked for by; what somebody does about
    themselves comes last."""

    label: Label
    url_name: str
    icon: str
    may: Callable[[Any], bool] = lambda user: True
    sends: tuple[str, str] | None = None
    also: Label = ""
    is_personal: bool = False


@dataclass(frozen=True)
class Group:
    key: str
    label: Label
    hits: list[Hit]


@dataclass
class Registry:
    sources: list[Source] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)

    def add(self, *items: Source | Command) -> None:
        for item in items:
            if isinstance(item, Command):
                self.commands.append(item)
            elif any(other.key == item.key for other in self.sources):
                raise ValueError(f"the source {item.key!r} is registered twice")
            else:
                self.sources.append(item)

    def search(self, request: HttpRequest, text: str) -> list[Group]:
        """What each source finds; sources without a hit are left out."""
        text = " ".join(text.replace("\x00", "").split())[:LONGEST_TEXT]
        sources = [*self.sources, Source("commands", _("Actions"), self._commands, most=20)]
        groups = (
            Group(source.key, source.label, list(source.find(request, text))[: source.most]) for source in sources
        )
        return [group for group in groups if group.hits]

    def _commands(self, request: HttpRequest, text: str) -> Iterator[Hit]:
        for command in sorted(self.commands, key=lambda each: each.is_personal):
            if command.may(request.user) and matches(text, f"{command.label} {command.also}"):
                yield Hit(command.label, reverse(command.url_name), command.icon, sends=command.sends)


def matches(text: str, label: str) -> bool:
    """Whether each word of the text begins a word of the label or, where words are not set apart, stands in it."""
    words = folded(label).split()
    return all(
        any(word.startswith(part) or (part in word and not part.isascii()) for word in words)
        for part in folded(text).split()
    )


def folded(text: str) -> str:
    """Without case and accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in apart if not unicodedata.combining(character))


registry = Registry()
