"""Every answer that is no success, as `application/problem+json` (RFC 9457).

`type` is a name that stays; `errors` says which parts of the request are wrong: a `pointer` into the JSON of the body
(RFC 6901), or the name of a `parameter` or header.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import IntegrityError, OperationalError
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from psycopg.errors import DeadlockDetected, UniqueViolation
from rest_framework import exceptions
from rest_framework.response import Response

from core import idempotency
from customers.filters import FilterError

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:meridian:problem:"

TITLES: dict[str, tuple[int, str | Promise]] = {
    "invalid-request": (400, gettext_lazy("The request is not valid")),
    "not-authenticated": (401, gettext_lazy("A valid token is needed")),
    "forbidden": (403, gettext_lazy("This is not allowed")),
    "not-found": (404, gettext_lazy("There is no such thing")),
    "method-not-allowed": (405, gettext_lazy("This method is not for this address")),
    "not-acceptable": (406, gettext_lazy("No such representation")),
    "conflict": (409, gettext_lazy("This does not go with what is there")),
    "likely-duplicate": (409, gettext_lazy("The same customer may be there already")),
    "version-conflict": (409, gettext_lazy("Somebody else has changed this meanwhile")),
    "in-progress": (409, gettext_lazy("The same request is being carried out")),
    "too-large": (413, gettext_lazy("The request is too large")),
    "unsupported-media-type": (415, gettext_lazy("This kind of content is not understood")),
    "key-reused": (422, gettext_lazy("The idempotency key was used for another request")),
    "precondition-required": (428, gettext_lazy("Say which version you change")),
    "too-many-requests": (429, gettext_lazy("Too many requests")),
    "internal-error": (500, gettext_lazy("Something went wrong on the server")),
}


class Problem(exceptions.APIException):
    """One of `TITLES`, with words of its own. `members` are further members of the answer."""

    def __init__(
        self, kind: str, detail: str = "", *, headers: Mapping[str, str] | None = None, **members: Any
    ) -> None:
        super().__init__(detail)
        self.kind, self.words, self.members = kind, detail, members
        self.headers = dict(headers or {})
        self.status_code = TITLES[kind][0]


Fault = tuple[str, str]


class Invalid(Problem):
    """Something is wrong with parts of the body: (pointer, words) of each."""

    place = "pointer"

    def __init__(self, *faults: Fault) -> None:
        words = ngettext("%(count)d part needs another look.", "%(count)d parts need another look.", len(faults))
        errors = [{self.place: at, "detail": str(said)} for at, said in faults]
        super().__init__("invalid-request", words % {"count": len(faults)}, errors=errors)


class InvalidParameter(Invalid):
    """Something is wrong with parameters of the address, or headers: (name, words) of each."""

    place = "parameter"


def respond(exc: Exception, context: Mapping[str, Any]) -> Response:
    """REST framework's exception handler."""
    problem = _problem_of(exc)
    if problem.kind == "internal-error":
        logger.exception("An API call failed", exc_info=exc)
    response = Response(body_of(problem), status=problem.status_code, content_type=MEDIA_TYPE)
    for name, value in problem.headers.items():
        response.headers[name] = value
    return response


def body_of(problem: Problem) -> dict[str, Any]:
    return {
        "type": TYPE_PREFIX + problem.kind,
        "title": str(TITLES[problem.kind][1]),
        "status": problem.status_code,
        "detail": problem.words,
        **problem.members,
    }


def _problem_of(exc: Exception) -> Problem:
    """What to say of an exception; one that nobody foresaw is an internal error, of which nothing is told."""
    match exc:
        case Problem():
            return exc
        case exceptions.ValidationError():
            return Invalid(*pointed(exc.detail))
        case exceptions.ParseError():
            return Problem("invalid-request", str(exc.detail))
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            header = getattr(exc, "auth_header", "")
            return Problem(
                "not-authenticated", str(exc.detail), headers={"WWW-Authenticate": header} if header else None
            )
        case Http404():
            return Problem("not-found", _("It is not here, or not for you to see."))
        case PermissionDenied() | exceptions.PermissionDenied():
            return Problem("forbidden", str(getattr(exc, "detail", "") or exc) or _("Your role does not allow this."))
        case exceptions.MethodNotAllowed():
            return Problem("method-not-allowed", str(exc.detail))
        case exceptions.NotAcceptable():
            return Problem("not-acceptable", str(exc.detail))
        case exceptions.UnsupportedMediaType():
            return Problem("unsupported-media-type", str(exc.detail))
        case exceptions.Throttled():
            return _throttled(exc)
        case RequestDataTooBig():
            return Problem("too-large", _("Send less at once: split it into several requests."))
        case FilterError():
            error = {"pointer": f"/filter{exc.path}", "detail": exc.message}
            return Problem("forbidden" if exc.status == 403 else "invalid-request", exc.message, errors=[error])
        case idempotency.InvalidKey():
            return InvalidParameter((idempotency.HEADER, _("A key is 1 to 200 printable characters.")))
        case idempotency.InProgress():
            return Problem("in-progress", _("Wait for its answer, or ask again in a moment."))
        case idempotency.KeyReused():
            return Problem("key-reused", _("Take a new key for a new request."))
        case IntegrityError() if isinstance(exc.__cause__, UniqueViolation):
            return Problem("conflict", _("Somebody else wrote the same at the same moment. Try again."))
        case OperationalError() if isinstance(exc.__cause__, DeadlockDetected):
            return Problem("conflict", _("Somebody else wrote the same at the same moment. Try again."))
    return Problem("internal-error", _("It is noted in the log. Nothing was changed."))


def _throttled(exc: exceptions.Throttled) -> Problem:
    seconds = max(1, round(getattr(exc, "wait", None) or 1))
    words = ngettext("Try again in %(seconds)d second.", "Try again in %(seconds)d seconds.", seconds)
    return Problem("too-many-requests", words % {"seconds": seconds}, headers={"Retry-After": str(seconds)})


def pointed(detail: Any, path: str = "") -> Iterator[Fault]:
    """(JSON pointer, words) of each complaint of a serializer."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            here = path if name == "non_field_errors" else f"{path}/{escaped(str(name))}"
            yield from pointed(inner, here)
    elif isinstance(detail, list):
        for position, inner in enumerate(detail):
            # A list of words is about this place; a list of lists or mappings is about the places of a list.
            nested = isinstance(inner, (Mapping, list))
            yield from pointed(inner, f"{path}/{position}" if nested else path)
    else:
        yield path, str(detail)


def escaped(name: str) -> str:
    """A name as a JSON pointer writes it."""
    return name.replace("~", "~0").replace("/", "~1")
