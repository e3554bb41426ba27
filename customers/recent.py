"""Whom somebody looked at last: a few numbers for each user in the cache, nothing else, gone after a month.

They are a convenience: where the cache does not answer there are none.
"""

from __future__ import annotations

import logging

from django.core.cache import cache
from redis.exceptions import RedisError

from accounts.models import User

logger = logging.getLogger(__name__)
KEPT = 8
KEPT_SECONDS = 30 * 86_400


def note_visit(user: User, customer_id: int) -> None:
    known = recent_ids(user.pk)
    if known[:1] != [customer_id]:
        _keep(user.pk, [customer_id, *(each for each in known if each != customer_id)])


def recent_ids(user_id: int) -> list[int]:
    """The latest first. Whether they may still be seen is for the reader to ask."""
    try:
        return list(cache.get(_key(user_id), []))
    except RedisError:
        logger.warning("The cache does not answer: nobody was visited lately", exc_info=True)
        return []


def forget(customer_id: int) -> int:
    """Takes an erased customer out of everybody's; how many had them."""
    holders = 0
    for user_id in User.objects.values_list("pk", flat=True):
        known = recent_ids(user_id)
        if customer_id in known:
            _keep(user_id, [each for each in known if each != customer_id])
            holders += 1
    return holders


def _keep(user_id: int, ids: list[int]) -> None:
    try:
        cache.set(_key(user_id), ids[:KEPT], KEPT_SECONDS)
    except RedisError:
        logger.warning("The cache does not answer: a visit is not kept", exc_info=True)


def _key(user_id: int) -> str:
    return f"customers:recent:{user_id}"
