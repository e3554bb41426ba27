"""From a mark to the customers behind it: the filter of the list that says the same."""

from __future__ import annotations

import datetime as dt
from typing import Any

from customers.filters import as_json
from customers.listing.state import filter_text
from reports.scope import Scope


def customers_with(scope: Scope, *conditions: dict[str, Any]) -> str:
    """Those of the scope's filter for whom all conditions hold, as an address of the list has it."""
    parts: list[Any] = list(conditions)
    if not scope.is_of_all:
        parts.insert(0, {key: value for key, value in as_json(scope.among).items() if key != "version"})
    return filter_text(parts[0] if len(parts) == 1 else {"and": parts})


def bought(since: dt.date, until: dt.date, **more: Any) -> dict[str, Any]:
    return {"bought": {**more, **_days(since, until)}}


def between(field: str, since: dt.date, until: dt.date) -> dict[str, Any]:
    return {"field": field, "op": "between", "value": [since.isoformat(), until.isoformat()]}


def _days(since: dt.date, until: dt.date) -> dict[str, str]:
    return {"since": since.isoformat(), "until": until.isoformat()}
