"""The names by which fields are typed: their keys, short where that is clear, and labels in the reader's language."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from customers.filters.registry import Field, Fields, registry

# What begins or joins conditions: as a field's short name it would be taken for that.
RESERVED = frozenset({"all", "and", "any", "bought", "did", "everybody", "no", "nobody", "not", "or"})


def written(label: str) -> str:
    """A label as one word: "Customer since" is customer_since."""
    return "_".join(label.lower().split())


class Names:
    def __init__(self, fields: Fields | None = None) -> None:
        self._fields = list(fields or registry.fields())

    @cached_property
    def _shorts(self) -> Counter[str]:
        return Counter(field.key.rpartition(".")[2] for field in self._fields)

    @cached_property
    def _by_name(self) -> dict[str, Field]:
        """A key goes before a short name, and that before a label, if something has two of them."""
        labels = Counter(written(str(field.label)) for field in self._fields)
        named = {written(str(field.label)): field for field in self._fields if labels[written(str(field.label))] == 1}
        shorts = {short: field for field in self._fields if self._shorts[short := field.key.rpartition(".")[2]] == 1}
        return {**named, **shorts, **{field.key: field for field in self._fields}}

    def short(self, key: str) -> str:
        """How a field's name is written."""
        short = key.rpartition(".")[2]
        found = self._by_name.get(short)
        return short if found is not None and found.key == key and short not in RESERVED else key

    def get(self, name: str) -> Field | None:
        return self._by_name.get(name.lower()) or self._by_name.get(name)

    def close_to(self, name: str) -> Sequence[str]:
        return difflib.get_close_matches(name.lower(), list(self._by_name), n=3, cutoff=0.6)
