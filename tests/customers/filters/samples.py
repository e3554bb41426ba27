"""A value for each kind of field, so that a test can ask every comparison of every field."""

from __future__ import annotations

from typing import Any

from customers.filters import Field, kinds

VALUES: dict[str, list[Any]] = {
    "text": ["Zoë", "a%_\\"],
    "exact": ["DE12-3", "x9"],
    "integer": [3, -7],
    "number": [3.5, "12.25"],
    "money": ["50000.01", 20000],
    "date": ["2026-01-31", {"days_ago": 30}],
    "reference": [1, 2**62],
    "references": [1, 2**62],
    "boolean": [True, False],
}


def leaves_of(field: Field, ops: tuple[str, ...] | None = None) -> list[dict[str, Any]]:
    """Every comparison that the field knows, with sample values."""
    samples = [key for key, _label in field.choices()][:2] if field.choices else VALUES[field.kind.name]
    found = []
    # Of a choice among nothing, as of groups before there are any, only whether it is empty can be asked.
    for op in [op for op in ops or field.ops or field.kind.ops if samples or op in kinds.NO_VALUE]:
        leaf: dict[str, Any] = {"field": field.key, "op": op}
        if op in kinds.LISTS | kinds.PAIRS:
            leaf["value"] = samples if op in kinds.LISTS else [samples[0], samples[-1]]
        elif op not in kinds.NO_VALUE:
            leaf["value"] = samples[0]
        found.append(leaf)
    return found
