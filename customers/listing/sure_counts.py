"""Whether there are more than are counted exactly, told by tables beside the customers without looking anybody up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from customers.models import Customer

UNLISTED = "WITH unlisted(count) AS MATERIALIZED (SELECT count(*) FROM ({sql}) AS found) "
LISTED_SURELY = (
    "SELECT {number}, count(*) - (SELECT count FROM unlisted)"
    " FROM (SELECT DISTINCT member.pk FROM ({sql}) AS member(pk)"
    " LIMIT (SELECT CASE WHEN count <= {most} THEN count + {most} + 1 ELSE 0 END FROM unlisted)) AS found"
)


def listed_at_least(members: Sequence[QuerySet[Any, Any]], *, most: int) -> list[int]:
    """How many of each the list of everybody has at least; it is counted up to one more than `most`.

    No more of them can be missing there than are in no list at all: where there are more than these and `most` besides,
    nobody needs to be looked up. Where more than `most` are in no list, nothing is sure.
    """
    counts = [0] * len(members)
    deleted, archived = Customer.objects.filter(deleted_at__isnull=False), Customer.objects.archived()
    unlisted = deleted.order_by().values("pk").union(archived.order_by().values("pk"), all=True)
    one = LISTED_SURELY.replace("{most}", str(most))
    for number, count in at_once(members, one, beside=(UNLISTED, unlisted[: most + 1])):
        counts[number] = max(0, count)
    return counts


def at_once(
    querysets: Sequence[QuerySet[Any, Any]], one: str, *, beside: tuple[str, QuerySet[Any, Any]] | None = None
) -> list[tuple[Any, ...]]:
    """One statement out of one for each queryset, behind what they have in common; of one that cannot match anybody
    there is none."""
    parts: list[str] = []
    params: list[Any] = []
    before = ""
    try:
        if beside:
            sql, given = beside[1].query.sql_with_params()
            before, params = beside[0].format(sql=sql), [*given]
    except EmptyResultSet:
        return []
    for number, queryset in enumerate(querysets):
        try:
            sql, given = queryset.query.sql_with_params()
        except EmptyResultSet:
            continue
        parts.append(one.format(number=number, sql=sql))
        params += given
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(before + " UNION ALL ".join(parts), params)
        return list(cursor.fetchall())
