"""What an address asks of the list: a view, and what differs from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import parse_qsl, quote_plus

from customers.filters import EVERYBODY, FilterError, as_json, parse_text

# What a view keeps besides the quick filters, each a text as it stands in the address.
KEYS = ("q", "filter", "sort", "columns", "by")
EVERY_CUSTOMER = "all"
NOTHING_ASKED = {"view": EVERY_CUSTOMER}


class ListState:
    """Texts by key, none of them empty. `base` is what the view says; the address carries only what differs."""

    def __init__(self, query: Mapping[str, str], *, base: Mapping[str, str], view: str = "") -> None:
        self.base = {key: value for key, value in base.items() if value}
        self.view = view
        merged = {**self.base, **query}
        self.values = {key: value for key, value in merged.items() if value}

    @property
    def is_changed(self) -> bool:
        return self.values != self.base

    def get(self, key: str) -> str:
        return self.values.get(key, "")

    def differences(self, changes: Mapping[str, str] | None = None) -> dict[str, str]:
        """What an address says of this state, with some keys changed; a key that the view has and it has not is
        empty there."""
        wanted = {**self.values, **(changes or {})}
        keys = sorted({*wanted, *self.base})
        differing = {key: wanted.get(key, "") for key in keys if wanted.get(key, "") != self.base.get(key, "")}
        return {"view": self.view, **differing} if self.view else differing

    def query(self, changes: Mapping[str, str] | None = None, **others: str) -> str:
        """The query string, from the list's first page on unless `others` holds a cursor."""
        said = {**self.differences(changes), **{key: value for key, value in others.items() if value}}
        return "&".join(f"{_quoted(key)}={_quoted(value)}" for key, value in (said or NOTHING_ASKED).items())


@lru_cache(maxsize=4096)
def _quoted(text: str) -> str:
    """As `urlencode` does. A page writes its address some hundred times, with one part of it changed."""
    return quote_plus(text)


def canonical_filter(text: str) -> str:
    """The same expression as everybody writes it, so that two can be compared; as it is where it cannot be read."""
    try:
        expression = parse_text(text)
    except FilterError:
        return text
    return filter_text(as_json(expression)) if expression != EVERYBODY else ""


def filter_text(expression: Mapping[str, object]) -> str:
    said = {key: value for key, value in expression.items() if key != "version"}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def query_of(text: str) -> dict[str, str]:
    """A query string as it comes back from a form."""
    return dict(parse_qsl(text.removeprefix("?"), keep_blank_values=True, max_num_fields=100))
