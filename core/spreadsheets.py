"""What a file needs so that a spreadsheet shows what is in it and carries nothing out."""

from __future__ import annotations

# A spreadsheet takes a cell that begins so for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Without it Excel reads UTF-8 as something else.
BYTE_ORDER_MARK = "\ufeff"


def plain_text(text: str) -> str:
    """The text of a cell, with a quote before what would be a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
