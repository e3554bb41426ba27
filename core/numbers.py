"""Numbers that a form or an address says as text."""

from __future__ import annotations


def whole_number(text: str) -> int:
    """Of a row or a version; 0, which none of them is, for what is no such number."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else 0
