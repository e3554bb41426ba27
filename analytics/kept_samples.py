"""Runs that wait for nothing but a comparison, with what comes or with later runs, are kept in part: a mean over a
hundred thousand customers says as much as one over a million, in a tenth of the room."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, transaction

from analytics.models import CurrentRun, CustomerResult, Run
from analytics.results import TABLES, ResultTable

CUSTOMERS = 100_000


def keep_samples(analysis: str, run_ids: Iterable[int], *, lock_timeout: str) -> None:
    """Of those of these runs that are published, have more customers and are not shown."""
    table = TABLES[analysis]
    if issubclass(table.model, CustomerResult):
        large = Run.objects.filter(pk__in=run_ids, status=Run.Status.PUBLISHED, row_count__gt=CUSTOMERS)
        for run_id in large.values_list("pk", flat=True):
            _keep_sample(run_id, table, lock_timeout)


def _keep_sample(run_id: int, table: ResultTable, lock_timeout: str) -> None:
    partition = f"{table.name}_r{run_id}"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, TRUE)", [lock_timeout])
        # Locked, so that nobody rolls back to it at this moment.
        Run.objects.select_for_update().get(pk=run_id)
        if CurrentRun.objects.filter(run=run_id).exists():
            return
        # Before anything is read: else somebody who is erased meanwhile would come back.
        cursor.execute(f"LOCK TABLE {partition} IN ACCESS EXCLUSIVE MODE")
        # By a hash of their numbers: at random, and in each run the same.
        cursor.execute(
            f"CREATE TEMP TABLE sampled ON COMMIT DROP AS SELECT * FROM {partition}"  # noqa: S608 - a name of ours
            " ORDER BY hashint8extended(customer_id, 0) LIMIT %s",
            [CUSTOMERS],
        )
        cursor.execute(f"TRUNCATE {partition}")
        cursor.execute(f"INSERT INTO {partition} SELECT * FROM sampled ORDER BY customer_id")  # noqa: S608 - as above
        Run.objects.filter(pk=run_id).update(status=Run.Status.SAMPLED)
