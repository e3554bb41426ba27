"""What an algorithm raises: where the data, what an admin has set, or the caller is at fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class NotEnoughData(ValueError):
    """The data cannot carry this analysis. `reason` is a code and `facts` its numbers, for a page to put into words."""

    def __init__(self, reason: str, **facts: int | float | str) -> None:
        self.reason = reason
        self.facts = facts
        numbers = ", ".join(f"{name} {value}" for name, value in facts.items())
        super().__init__(f"{reason}: {numbers}" if numbers else reason)


class InvalidInput(ValueError):
    """A frame breaks the contract of the function that it was given to: a fault of the caller."""


class InvalidParams(ValueError):
    """Nothing can be computed with these parameters. `reason` is a code, `names` the parameters at fault and `facts`
    the numbers, for a page to put into words."""

    def __init__(self, reason: str, *names: str, **facts: int | float | str) -> None:
        self.reason = reason
        self.names = names
        self.facts = facts
        super().__init__(f"{', '.join(names)}: {reason} {facts or ''}".strip())


def demand_at_least(params: Mapping[str, Any], **limits: float) -> None:
    """Raises `InvalidParams` for the first of the parameters named that is less than its limit; None is no limit."""
    for name, limit in limits.items():
        if params[name] is not None and params[name] < limit:
            raise InvalidParams("at_least", name, limit=limit)


def demand_at_most(params: Mapping[str, Any], **limits: float) -> None:
    """Raises `InvalidParams` for the first of the parameters named that is more than its limit."""
    for name, limit in limits.items():
        if params[name] > limit:
            raise InvalidParams("at_most", name, limit=limit)
