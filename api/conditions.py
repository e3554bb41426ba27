"""`If-Match`: a change names the version that it was made from, so that nobody overwrites what they have not seen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import Problem

HEADER = "If-Match"
IF_MATCH = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The `ETag` that the change was made from, or `*` for whichever it is.",
)


Version = int | dt.datetime


def etag(version: Version) -> str:
    """Of a customer the number of edits; of what imports write as well the instant of the last change."""
    return f'"{version if isinstance(version, int) else version.isoformat()}"'


def versioned(data: Any, version: Version, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer that says of which version it is."""
    return Response(data, status=status, headers={"ETag": etag(version), **(headers or {})})


def require_match(request: Request, version: Version) -> None:
    """Raises a Problem: 428 without the header, 409 where it names another version. `*` is any."""
    given = request.headers.get(HEADER, "")
    if not given:
        raise Problem("precondition-required", _("Send If-Match with the ETag that you have read."))
    if given.strip() == "*" or etag(version) in parse_etags(given):
        return
    words = _("It has changed since. Read it again, and decide.")
    members: dict[str, Any] = {}
    if isinstance(version, int):
        words = _("It is at version %(version)d by now. Read it again, and decide.") % {"version": version}
        members = {"current_version": version}
    raise Problem("version-conflict", words, headers={"ETag": etag(version)}, **members)
