"""Typed text in pieces, each with its place."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from customers.filters.errors import FilterError

MAX_CHARACTERS = 20_000

WORD, STRING, NUMBER, DAY, ID, SIGN, JSON, END = "word", "string", "number", "day", "id", "sign", "json", "end"

_PATTERNS = (
    (None, r"\s+"),
    (STRING, r"[\"“”](?:\\.|[^\"“”\\])*[\"“”]"),
    (DAY, r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![\w.])"),
    (NUMBER, r"-?[0-9]+(?:\.[0-9]+)?(?![\w.])"),
    (ID, r"#[0-9]{1,19}(?!\w)"),
    (SIGN, r"<=|>=|!=|<>|[=<>(),，（）:≤≥≠]"),
    (WORD, r"[\w@+&%./'’-]+"),
)
_TOKEN = re.compile("|".join(f"(?P<{name or 'space'}>{pattern})" for name, pattern in _PATTERNS))
# As other keyboards write them.
_SAME = {"，": ",", "（": "(", "）": ")", "≤": "<=", "≥": ">=", "≠": "!=", "<>": "!=", ":": "="}
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


class TypedError(FilterError):
    """Typed text that cannot be used: from `start` to `end` lies what is wrong in it."""

    def __init__(self, start: int, end: int, message: str) -> None:
        super().__init__("", message)
        self.start, self.end = start, end


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    start: int
    end: int

    @property
    def lower(self) -> str:
        """What it is compared by; a quoted text is never a word of the language."""
        return "" if self.kind == STRING else self.text.lower()

    @property
    def shown(self) -> str:
        return _("the end") if self.kind == END else f"“{self.text[:40]}”"


def tokens(text: str) -> list[Token]:
    """Raises TypedError."""
    if len(text) > MAX_CHARACTERS:
        message = _("The filter is longer than %(limit)d characters.") % {"limit": MAX_CHARACTERS}
        raise TypedError(MAX_CHARACTERS, len(text), message)
    found, at = [], 0
    while at < len(text):
        token = _json(text, at) if text[at] == "{" else _plain(text, at)
        if token.kind != "space":
            found.append(token)
        at = token.end
    return [*found, Token(END, "", len(text), len(text))]


def _plain(text: str, at: int) -> Token:
    match = _TOKEN.match(text, at)
    if match is None:
        message = (
            _("This text has no end: close it with a quotation mark.")
            if text[at] in '"“”'
            else _("“%(sign)s” has no meaning here. Put texts in quotation marks.") % {"sign": text[at]}
        )
        raise TypedError(at, at + 1, message)
    kind = match.lastgroup or "space"
    said = match[0]
    if kind == STRING:
        said = re.sub(r"\\(.)", lambda escaped: _ESCAPES.get(escaped[1], escaped[1]), said[1:-1], flags=re.DOTALL)
    return Token(kind, _SAME.get(said, said) if kind == SIGN else said, at, match.end())


def _json(text: str, at: int) -> Token:
    try:
        _data, end = json.JSONDecoder().raw_decode(text, at)
    except (ValueError, RecursionError):
        raise TypedError(at, at + 1, _("What begins here is not written in JSON.")) from None
    return Token(JSON, text[at:end], at, end)


def quoted(text: str) -> str:
    """The text as `tokens` reads it."""
    escaped = re.sub(r"[\"“”\\]", r"\\\g<0>", text)
    for letter, character in _ESCAPES.items():
        escaped = escaped.replace(character, f"\\{letter}")
    return f'"{escaped}"'
