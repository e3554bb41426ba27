"""Which of some texts compare so with others, as `customers.filters.sources.TextColumn` says it of rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from django.db import connection

from customers.filters import kinds


def compares(op: str, sought: Sequence[str]) -> Callable[[str], bool]:
    """With texts that are folded already, or are not to be."""
    matches: dict[str, Callable[[str], bool]] = {
        kinds.IS: lambda text: text == sought[0],
        kinds.IS_NOT: lambda text: text != sought[0],
        kinds.IN: lambda text: text in sought,
        kinds.CONTAINS: lambda text: sought[0] in text,
        kinds.STARTS_WITH: lambda text: text.startswith(sought[0]),
    }
    return matches[op]


def like(texts: Sequence[str], op: str, asked: Sequence[str]) -> list[str]:
    """Which of the texts compare so, without case and accents. PostgreSQL folds them, so that both fold alike."""
    matches = compares(op, _fold(asked))
    return [text for text, key in zip(texts, _folded(tuple(texts)), strict=True) if matches(key)]


# Those of a snapshot are asked for again and again, and ten thousand take a tenth of a second.
@lru_cache(maxsize=4)
def _folded(texts: tuple[str, ...]) -> list[str]:
    return _fold(texts)


def _fold(texts: Sequence[str]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(crm_sort_key(value), '') FROM unnest(%s::text[]) WITH ORDINALITY AS given (value, place)"
            " ORDER BY place",
            [[*texts]],
        )
        return [text for (text,) in cursor.fetchall()]
