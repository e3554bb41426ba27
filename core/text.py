"""Text that people wrote, beside text of ours: it must not turn round what stands after it."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

# They embed, override or isolate a direction until they are ended, which nothing obliges them to be.
DIRECTION_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_RIGHT_TO_LEFT = {"R", "AL", "AN"}


def without_direction_controls(text: str) -> str:
    return DIRECTION_CONTROLS.sub("", text)


def isolated(value: Any) -> str:
    """For sentences and titles, where no element can stand around a name: one that could turn them round is put between
    characters that keep it to itself. In a page's own text <bdi> does that."""
    text = str(value)
    if not any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text) and (
        not DIRECTION_CONTROLS.search(text)
    ):
        return text
    return f"{_FIRST_STRONG_ISOLATE}{without_direction_controls(text)}{_POP_ISOLATE}"
