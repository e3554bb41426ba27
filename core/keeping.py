"""Answers that are kept for a while, so that a page, its file and a colleague ask the database once."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

Kept = TypeVar("Kept")


def kept(asked: Sequence[Any], make: Callable[[], Kept], *, seconds: int) -> Kept:
    """What `make` returned when the same was asked less than so many seconds ago. `asked` names all that the answer
    depends on, whose sight too. Where the cache does not answer, the database does."""
    key = f"kept:{hashlib.sha256(repr(asked).encode()).hexdigest()}"
    try:
        found: Kept | None = cache.get(key)
        if found is None:
            found = make()
            cache.set(key, found, seconds)
    except RedisError:
        logger.warning("The cache does not answer: figures come from the database", exc_info=True)
        found = make()
    return found
