"""Members of a body that nothing is known of are refused: passed over, what they say would be lost without a word.

Those that answers have (`id`, `created_at`, …) are passed over all the same, so that what was read can be sent back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.serializers import Field, ListField, ListSerializer, Serializer

from api.errors import Fault, escaped
from api.serializers.fields import SparseSerializer


def unknown_members(field: Field[Any, Any, Any, Any], content: Any, at: str = "") -> Iterator[Fault]:
    if isinstance(field, ListSerializer | ListField) and field.child and isinstance(content, list):
        for place, each in enumerate(content):
            yield from unknown_members(field.child, each, f"{at}/{place}")
    elif isinstance(field, Serializer) and isinstance(content, Mapping):
        known = field.fields
        for name in sorted(content.keys() - known.keys() - _of_answers()):
            yield (
                f"{at}/{escaped(name)}",
                _("There is no such member. There are: %(known)s.") % {"known": ", ".join(known)},
            )
        for name in content.keys() & known.keys():
            yield from unknown_members(known[name], content[name], f"{at}/{name}")


@cache
def _of_answers() -> frozenset[str]:
    return frozenset(name for each in _descendants(SparseSerializer) for name in each.Meta.fields)


def _descendants(kind: type[Any]) -> Iterator[type[Any]]:
    for each in kind.__subclasses__():
        if hasattr(each, "Meta") and hasattr(each.Meta, "fields"):
            yield each
        yield from _descendants(each)
