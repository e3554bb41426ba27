"""How often a token may call: so many times a minute, counted in the cache that all processes share."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

if TYPE_CHECKING:  # at runtime REST framework would import itself in a circle
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 60


@dataclass(frozen=True)
class Standing:
    """How a token stands in the present minute."""

    limit: int
    used: int
    seconds_left: int

    @property
    def headers(self) -> dict[str, str]:
        left = max(0, self.limit - self.used)
        return {
            "RateLimit-Policy": f'"minute";q={self.limit};w={WINDOW_SECONDS}',
            "RateLimit": f'"minute";r={left};t={self.seconds_left}',
        }


class PerToken(BaseThrottle):
    standing: Standing | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        if request.auth is None:
            return True
        now = time.time()
        window, seconds = int(now // WINDOW_SECONDS), int(now % WINDOW_SECONDS)
        used = _count(f"api:calls:{request.auth.pk}:{window}")
        self.standing = Standing(settings.API_CALLS_A_MINUTE, used, WINDOW_SECONDS - seconds)
        request._request.api_standing = self.standing  # type: ignore[attr-defined]
        return bool(used <= settings.API_CALLS_A_MINUTE)

    def wait(self) -> float | None:
        return self.standing.seconds_left if self.standing else None


def _count(key: str) -> int:
    """This call's number. A cache that is away stops nobody."""
    try:
        cache.add(key, 0, timeout=2 * WINDOW_SECONDS)
        return cache.incr(key)
    except (RedisError, ValueError):
        logger.warning("The cache is away: API calls are not counted")
        return 0
