"""Log lines as JSON, one a line, with the ids of what they belong to and without personal data."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

_bound: ContextVar[Mapping[str, Any]] = ContextVar("bound", default=MappingProxyType({}))

# What of a person gets into messages without anybody writing it there: PostgreSQL's DETAIL quotes the row that broke a
# constraint, a library quotes the address that it could not reach.
DETAIL = re.compile(r"^\s*(DETAIL|CONTEXT|QUERY|PARAMETERS):.*$", re.MULTILINE)
EMAIL = re.compile(r"[^\s@<>\"'()=,;:]+@[^\s@<>\"'(),;:]+")
LONG_NUMBER = re.compile(r"\+?\d[\d ()/-]{7,}\d")
SECRET = re.compile(r"(?i)\b(password|token|secret|authorization|api[_-]?key)\b(\W{1,3})\S+")


@contextmanager
def bound(**ids: Any) -> Iterator[None]:
    """Every line logged inside carries these: request_id, job_id, attempt."""
    token = _bound.set({**_bound.get(), **ids})
    try:
        yield
    finally:
        _bound.reset(token)


def scrubbed(text: str) -> str:
    """The text without e-mail addresses, long numbers, passwords, and the rows that PostgreSQL quotes."""
    text = DETAIL.sub("  [left out]", text)
    text = SECRET.sub(r"\1\2[left out]", text)
    text = EMAIL.sub("[e-mail]", text)
    return LONG_NUMBER.sub("[number]", text)


class _Scrubbing(logging.Formatter):
    def formatException(self, ei: Any) -> str:  # noqa: N802  # the name is logging's
        return scrubbed(super().formatException(ei))


class LineFormatter(_Scrubbing):
    """For a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", {})
        more = " ".join(f"{key}={value}" for key, value in {**_bound.get(), **fields}.items())
        return scrubbed(f"{super().format(record)} {more}".rstrip())


class JsonFormatter(_Scrubbing):
    """For a collector of logs."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": scrubbed(record.getMessage()),
            **_bound.get(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)
