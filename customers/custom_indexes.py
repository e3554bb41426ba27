"""Indexes for custom fields that are marked as fast to search, made and dropped by a job while people work on.

The job compares what there is with what should be, so it may be run at any time and goes on where a killed one left.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import connection, models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg import sql

from accounts.models import User
from customers.custom_fields import MODELS, record_model
from customers.filters.custom import CustomSet, CustomText, column_of
from customers.models import CustomField
from jobs import kinds
from jobs.actions import enqueue
from jobs.context import JobContext
from jobs.errors import JobError
from jobs.models import Job

logger = logging.getLogger(__name__)

KIND = "custom_field_index"
MAX_INDEXED = 20
NAME = "custom_field_"
# One session at a time; a second one must not wait, since the first waits for all who hold a snapshot.
_LOCK = 0x637573746F6D


def register() -> None:
    """Called once, by `CustomersConfig.ready`."""
    kinds.register(
        kinds.JobKind(
            name=KIND, label=gettext_lazy("Indexes of custom fields"), queue=kinds.MAINTENANCE, run=synchronise
        )
    )


def request_synchronisation(*, by: User | None = None) -> Job:
    return enqueue(kind=KIND, params={}, requested_by=by)


def are_used_up(applies_to: str, *, besides: int | None = None) -> bool:
    """Whether so many fields of that record have an index that writing can bear no more."""
    indexed = CustomField.objects.filter(is_indexed=True, archived_at=None, applies_to=applies_to)
    return indexed.exclude(pk=besides or 0).count() >= MAX_INDEXED


def index_of(field: CustomField) -> models.Index:
    """Of exactly the expression that a filter compares."""
    column, name = column_of(field), _name(field)
    if isinstance(column, CustomSet):
        return GinIndex(OpClass(column.indexed, name="jsonb_path_ops"), name=name)
    if isinstance(column, CustomText):
        return models.Index(column.indexed, "id", name=name)
    return models.Index(column.expression, name=name)


def _name(field: CustomField) -> str:
    """Says what kind of index it is, so that one of an earlier kind is not taken for it."""
    return f"{NAME}{field.pk}{'_sorted' if isinstance(column_of(field), CustomText) else ''}"


def synchronise(context: JobContext) -> Mapping[str, Any]:
    wanted = {_name(field): field for field in CustomField.objects.filter(is_indexed=True, archived_at=None)}
    if not _locked():
        raise JobError(_("Indexes are being made already. Try again when that is done."))
    try:
        there = _existing()
        dropped = [name for name, is_valid in there.items() if name not in wanted or not is_valid]
        missing = [name for name in wanted if name not in there or name in dropped]
        steps = len(dropped) + len(missing)
        for number, name in enumerate(dropped):
            context.progress(number, steps, _("Dropping an index"))
            _drop(name)
        for number, name in enumerate(missing, start=len(dropped)):
            context.progress(number, steps, wanted[name].label)
            _create(wanted[name])
        for model in {record_model(wanted[name]) for name in missing}:
            _analyse(model)
    finally:
        _unlock()
    return {"made": len(missing), "dropped": len(dropped)}


def _existing() -> dict[str, bool]:
    """The names of our indexes, and whether each is whole: one whose making was broken off is not."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
            " WHERE indrelid = ANY (%s::regclass[]) AND starts_with(relname::text, %s)",
            [[model._meta.db_table for model in MODELS.values()], NAME],
        )
        return dict(cursor.fetchall())


def _create(field: CustomField) -> None:
    index: Any = index_of(field)
    with connection.schema_editor(atomic=False) as editor:
        editor.execute(index.create_sql(record_model(field), editor, concurrently=True), params=None)
    logger.info("Index of custom field %s made", field.pk)


def _drop(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(name)))


def _analyse(model: type[models.Model]) -> None:
    """Statistics of the new expressions, without which the planner guesses."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(model._meta.db_table)))


def _locked() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _unlock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
