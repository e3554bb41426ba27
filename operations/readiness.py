"""Whether this process can serve: what a load balancer asks before it sends anybody here."""

from __future__ import annotations

from collections.abc import Callable

from django.core.cache import cache
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from redis.exceptions import RedisError

from privacy.tombstones import unreplayed

OK = "ok"


def state() -> dict[str, str]:
    """Of each thing the product cannot do without: "ok", or what is wrong, without addresses or names."""
    return {name: look() for name, look in LOOKS.items()}


def database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return "does not answer"
    return OK


def migrations() -> str:
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        return "cannot be asked"
    return f"{len(missing)} not applied: run manage.py migrate" if missing else OK


def messages() -> str:
    try:
        cache.get("readiness")
    except (RedisError, OSError):
        return "does not answer"
    return OK


def erasures() -> str:
    """A database that was restored by hand has people in it again who were erased."""
    try:
        missing = len(unreplayed())
    except (Error, OSError):
        return "cannot be asked"
    return f"{missing} not repeated: run manage.py replay_erasures" if missing else OK


LOOKS: dict[str, Callable[[], str]] = {
    "database": database,
    "migrations": migrations,
    "redis": messages,
    "erasures": erasures,
}
