"""Sections that apps above add to a person's profile, each with a form that posts to an address of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise

Label = str | Promise


@dataclass(frozen=True)
class Section:
    """A card of the profile. `key` is its place on the page (/accounts/profile/#key): what its form posts to leads back
    there. The template is the inside of the card and sees `context` as `shown`."""

    key: str
    title: Label
    template: str
    context: Callable[[HttpRequest], Mapping[str, Any]] = lambda request: {}


@dataclass
class Registry:
    sections: list[Section] = field(default_factory=list)

    def add(self, section: Section) -> None:
        if any(other.key == section.key for other in self.sections):
            raise ValueError(f"the section {section.key!r} of the profile is registered twice")
        self.sections.append(section)

    def shown(self, request: HttpRequest) -> list[tuple[Section, Mapping[str, Any]]]:
        return [(section, section.context(request)) for section in self.sections]


registry = Registry()
