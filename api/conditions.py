"""`If-Match`: a change names the version that it was made from, so that nobody overwrites what they have not seen.
`If-None-Match`: who has read a record already is told that it is as it was.

An `ETag` is the version of the record and a digest of the answer, "3/0f5d…": the version alone does not tell what the
reader sees, which depends on their rights, and on what is kept beside the record.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.renderers import JSONRenderer
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

IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description="The `ETag` of an answer to the same request: 304 without a body, where it would be the same again.",
)
DIGEST_BYTES = 8

Version = int | dt.datetime


def etag(version: Version, data: Any = None) -> str:
    """Of a customer the number of edits; of what imports write as well the instant of the last change. With `data`, of
    an answer."""
    written = str(version) if isinstance(version, int) else version.isoformat()
    if data is None:
        return f'"{written}"'
    digest = hashlib.blake2b(JSONRenderer().render(data), digest_size=DIGEST_BYTES).hexdigest()
    return f'"{written}/{digest}"'


def versioned(data: Any, version: Version, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer that says of which version it is."""
    return Response(data, status=status, headers={"ETag": etag(version, data), **(headers or {})})


def known_already(request: Request, response: Response) -> bool:
    """Whether the reader has this very answer, by what they sent as `If-None-Match`."""
    given, tag = request.headers.get("If-None-Match", ""), response.headers.get("ETag", "")
    return bool(tag) and response.status_code == 200 and (given.strip() == "*" or tag in _tags(given))


def require_match(request: Request, version: Version) -> None:
    """Raises a Problem: 428 without the header, 409 where it names another version. `*` is any."""
    given = request.headers.get(HEADER, "")
    if not given:
        raise Problem("precondition-required", _("Send If-Match with the ETag that you have read."))
    versions = {tag.strip('"').partition("/")[0] for tag in _tags(given)}
    if given.strip() == "*" or etag(version).strip('"') in versions:
        return
    words = _("It has changed since. Read it again, and decide.")
    members: dict[str, Any] = {}
    if isinstance(version, int):
        words = _("It is at version %(version)d by now. Read it again, and decide.") % {"version": version}
        members = {"current_version": version}
    raise Problem("version-conflict", words, headers={"ETag": etag(version)}, **members)


def _tags(given: str) -> set[str]:
    """A proxy that compresses answers makes their tags weak (W/): they still name the same."""
    return {tag.removeprefix("W/") for tag in parse_etags(given)}
