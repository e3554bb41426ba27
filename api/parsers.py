"""JSON as the database can hold it: no NUL, no half surrogate pairs, no NaN, not a hundred levels deep."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from core.text import DIRECTION_CONTROLS

DEEPEST = 20
MOST_DIGITS = 400


class StrictJSONParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        return read_json(stream.read())


class NDJSONParser(BaseParser):
    """One value a line. A line that is no JSON becomes an `Unreadable`, which spoils nothing else."""

    media_type = "application/x-ndjson"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        return list(_lines(_text(stream.read())))


class Unreadable(str):
    """Why a line could not be read."""


def read_json(content: bytes | str) -> Any:
    """Raises ParseError, in words."""
    text = content if isinstance(content, str) else _text(content)
    try:
        value = json.loads(text, parse_constant=_refuse, parse_int=_integer)
    except RecursionError:
        raise ParseError(_("This JSON is nested too deeply.")) from None
    except ValueError as error:
        raise ParseError(_("This is not JSON: %(reason)s") % {"reason": error}) from None
    _check(value)
    return value


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ParseError(_("This is not UTF-8.")) from None


def _lines(text: str) -> Iterator[Any]:
    for line in text.split("\n"):
        if line.strip():
            try:
                yield read_json(line)
            except ParseError as error:
                yield Unreadable(error.detail)


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _integer(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(_("a number is too long"))
    return int(digits)


def _check(value: Any) -> None:
    """Without recursion: what is checked may be nested deeply."""
    waiting = [(value, 1)]
    while waiting:
        current, depth = waiting.pop()
        if isinstance(current, str):
            if DIRECTION_CONTROLS.search(current):
                raise ParseError(_("A text holds a character that turns round what stands after it."))
            if "\0" in current:
                raise ParseError(_("A text holds the character NUL, which cannot be stored."))
            if not current.isascii() and any("\ud800" <= character <= "\udfff" for character in current):
                raise ParseError(_("A text holds half of a surrogate pair, which cannot be stored."))
        elif isinstance(current, (dict, list)):
            if depth > DEEPEST:
                raise ParseError(_("This JSON is nested too deeply."))
            inner = [*current.keys(), *current.values()] if isinstance(current, dict) else current
            waiting.extend((each, depth + 1) for each in inner)
