"""Around each request: an id that its log lines share, one line when it is answered, and how long it took."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from core import logs
from operations.metrics import RESPONSE_SECONDS

logger = logging.getLogger("crm.requests")
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")
HEADER = "X-Request-ID"


class ObservationMiddleware:
    """Stands first, so that what the others do is inside. A proxy's id is taken over where it is harmless."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        brought = request.headers.get(HEADER, "")
        request_id = brought if WELL_FORMED.fullmatch(brought) else secrets.token_hex(8)
        began = time.perf_counter()
        with logs.bound(request_id=request_id):
            response = self.get_response(request)
            seconds = time.perf_counter() - began
            self._note(request, response, seconds)
        response.headers[HEADER] = request_id
        return response

    def _note(self, request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
        # The route, not the path: a path may hold a search, a token or a name.
        route = request.resolver_match.view_name if request.resolver_match else "none"
        method = request.method if request.method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} else "other"
        RESPONSE_SECONDS.labels(route, method, str(response.status_code)).observe(seconds)
        user = getattr(request, "user", None)
        fields = {
            "route": route,
            "method": method,
            "status": response.status_code,
            "milliseconds": round(seconds * 1000, 1),
            "user_id": user.pk if user is not None and user.is_authenticated else None,
        }
        logger.info("answered", extra={"fields": fields})
