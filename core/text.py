"""Text that people wrote, beside text of ours: it must not turn round what stands after it."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

# They embed, override or isolate a direction until they are ended, which nothing obliges them to be.
DIRECTION_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_RIGHT_TO_LEFT = {"R", "AL", "AN"}


# Of a text that stands among others: about a screen's width of a column, or some lines of it.
MOST_CHARACTERS, MOST_LINES = 300, 8


def beginning(text: str) -> str:
    """The text, or of a long one so much as shows what it is about, up to the end of a word if there is one near."""
    start = "\n".join(text.split("\n", MOST_LINES)[:MOST_LINES])
    if len(start) > MOST_CHARACTERS:
        start = start[:MOST_CHARACTERS]
        word = max(start.rfind(" "), start.rfind("\n"))
        start = start[:word] if word > MOST_CHARACTERS * 0.8 else start
    # What is hidden must be worth a press.
    return text if len(text) - len(start) < MOST_CHARACTERS / 5 else start.rstrip()


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
