"""Looking a thing up once for a request, however many parts of its page ask for it."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponseBase

Found = TypeVar("Found")

_kept: ContextVar[dict[Any, Any] | None] = ContextVar("kept_for_a_request", default=None)


def keep_for_the_request(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Any:
    """Middleware: what is found while a request is answered is kept until its answer stands."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        token = _kept.set({})
        try:
            return get_response(request)
        finally:
            _kept.reset(token)

    return answer


def once_a_request(find: Callable[[], Found]) -> Callable[[], Found]:
    """Outside of a request, in a job or a command, it is looked up each time: those live long."""

    @wraps(find)
    def found() -> Found:
        kept = _kept.get()
        if kept is None:
            return find()
        if find not in kept:
            kept[find] = find()
        answer: Found = kept[find]
        return answer

    return found
