"""When beat last ticked, for those who watch whether it still does."""

from __future__ import annotations

import logging
import time

from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

KEY = "jobs.ticked_at"


def note_tick() -> None:
    try:
        cache.set(KEY, time.time(), timeout=None)
    except (RedisError, OSError) as error:
        logger.warning("The time of this tick is not kept: %s", error)


def seconds_since_tick() -> float | None:
    """None where beat has never ticked, or nobody remembers."""
    try:
        ticked_at = cache.get(KEY)
    except (RedisError, OSError):
        return None
    return None if ticked_at is None else max(0.0, time.time() - float(ticked_at))
