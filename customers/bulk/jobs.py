"""The jobs that change many customers, and take that back.

Whom a change is about is asked once and kept in batches; each batch is one short transaction, which also does away with
the batch. So an attempt that is killed leaves whole batches, and the next goes on with those that are left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import F, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.visibility import Sight
from core.templatetags.ui import number
from customers.assigning import tell_owner_of_many
from customers.bulk import purging
from customers.bulk.actions import CHANGE, UNDO
from customers.bulk.selection import Selection
from customers.bulk.targets import Target, every_target, targets_of
from customers.models import BulkBefore, BulkChange, Customer
from jobs import kinds
from jobs.context import JobContext
from jobs.errors import JobError

# So many customers are locked at once: somebody who saves one of them waits for no longer than a batch takes.
BATCH_SIZE = 500
# The chosen ones, cut into batches in the order of their numbers.
KEEP_CHOSEN = """
INSERT INTO customers_bulkbatch (change_id, number, customer_ids)
SELECT %s, number, array_agg(id ORDER BY id)
FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1) / %s AS number FROM ({chosen}) AS chosen (id)) AS numbered
GROUP BY number
"""


def register() -> None:
    """Called once, by `CustomersConfig.ready`."""
    kinds.register(
        kinds.JobKind(
            name=CHANGE,
            label=gettext_lazy("Change of many customers"),
            queue=kinds.INTERACTIVE,
            run=run_change,
            describe=describe,
            describe_result=changed_in_words,
            page=page,
        )
    )
    kinds.register(
        kinds.JobKind(
            name=UNDO,
            label=gettext_lazy("Taking back a change of many customers"),
            queue=kinds.INTERACTIVE,
            run=run_undo,
            describe=describe,
            describe_result=restored_in_words,
            page=page,
        )
    )
    purging.register()


# --- changing ---------------------------------------------------------------------------------------------------------


def run_change(context: JobContext) -> Mapping[str, Any]:
    change = BulkChange.objects.select_related("by").get(pk=context.params["change"])
    # Of whoever asked, even where an admin started it again.
    sight, target = change.by.sight, targets_of(change.by).get(change.target)
    if target is None:
        raise JobError(_("You may no longer change this of many customers."))
    if "chosen" not in context.checkpoint:
        with context.fenced():
            keep_chosen(change, sight)
            context.save_checkpoint({"chosen": waiting(change)})
    while change_batch(context, change, target, sight):
        context.progress(change.reached, context.checkpoint["chosen"])
    if change.target == "owner":
        with context.fenced():
            tell_owner_of_many(change.value, change.changed, by=change.by_id, key=f"bulk.{change.pk}")
    return {"changed": change.changed, "unchanged": change.unchanged, "left_out": change.left_out}


def keep_chosen(change: BulkChange, sight: Sight) -> None:
    chosen = Selection.from_json(change.selection).customers(sight).values("pk")
    statement, params = chosen.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(KEEP_CHOSEN.format(chosen=statement), [change.pk, BATCH_SIZE, *params])


def waiting(change: BulkChange) -> int:
    """How many customers the change has still to reach. It reads all their numbers: not to be asked for each batch."""
    counted = change.batches.aggregate(left=Coalesce(Sum(F("customer_ids__len")), 0))
    return int(counted["left"])


def change_batch(context: JobContext, change: BulkChange, target: Target, sight: Sight) -> bool:
    """The next batch; False where there is none left."""
    with context.fenced():
        batch = change.batches.order_by("number").first()
        if batch is not None:
            editable = locked(batch.customer_ids, sight)
            changed = target.stored.write(change.value, change=change.pk, ids=editable, moment=change.created_at)
            BulkChange.objects.filter(pk=change.pk).update(
                changed=F("changed") + len(changed),
                unchanged=F("unchanged") + len(editable) - len(changed),
                left_out=F("left_out") + len(batch.customer_ids) - len(editable),
            )
            batch.delete()
    change.refresh_from_db(fields=["changed", "unchanged", "left_out"])
    return batch is not None


def locked(ids: Sequence[int], sight: Sight) -> list[int]:
    """Those that are there and that the person may edit at this moment, in the order of their numbers for all."""
    there = Customer.objects.filter(pk__in=ids, deleted_at=None).editable_by(sight)
    return list(there.order_by("pk").select_for_update().values_list("pk", flat=True))


# --- taking back ------------------------------------------------------------------------------------------------------


def run_undo(context: JobContext) -> Mapping[str, Any]:
    change = BulkChange.objects.select_related("by").get(pk=context.params["change"])
    target = every_target().get(change.target)
    if target is None:
        raise JobError(_("The field is no longer there."))
    done = 0
    while ids := next_to_restore(change, after=context.checkpoint.get("last", 0)):
        with context.fenced():
            restore_batch(change, target, ids)
            context.save_checkpoint({"last": ids[-1]})
        done += len(ids)
        context.progress(done, max(change.changed, done))
    change.refresh_from_db()
    return {"restored": change.restored, "kept": change.befores.count()}


def next_to_restore(change: BulkChange, *, after: int) -> list[int]:
    rows = change.befores.filter(customer_id__gt=after).order_by("customer_id")
    return list(rows.values_list("customer_id", flat=True)[:BATCH_SIZE])


def restore_batch(change: BulkChange, target: Target, ids: Sequence[int]) -> None:
    # Whoever gave customers away may not edit them any more, and still takes that back.
    there = Customer.objects.filter(pk__in=ids).order_by("pk").select_for_update().values_list("pk", flat=True)
    restored = target.stored.put_back(change.value, change=change.pk, ids=list(there), moment=change.created_at)
    BulkBefore.objects.filter(change=change, customer__in=restored).delete()
    BulkChange.objects.filter(pk=change.pk).update(restored=F("restored") + len(restored))


# --- in words ---------------------------------------------------------------------------------------------------------


def describe(params: Mapping[str, Any]) -> str:
    change = BulkChange.objects.filter(pk=params["change"]).first()
    return change_in_words(change) if change else ""


def page(params: Mapping[str, Any]) -> str:
    return reverse("customers:bulk_change", args=[params["change"]])


def change_in_words(change: BulkChange) -> str:
    target = every_target().get(change.target)
    return target.in_words(change.value) if target else change.target


def customers_in_words(count: int) -> str:
    return ngettext("%(count)s customer", "%(count)s customers", count) % {"count": number(count)}


def changed_in_words(result: Mapping[str, Any]) -> list[kinds.Fact]:
    return [
        (_("Changed"), customers_in_words(result["changed"])),
        (_("Were so already"), customers_in_words(result["unchanged"])),
        (_("Left out: not yours to edit, or gone"), customers_in_words(result["left_out"])),
    ]


def restored_in_words(result: Mapping[str, Any]) -> list[kinds.Fact]:
    return [
        (_("Hold again what they held before"), customers_in_words(result["restored"])),
        (_("Left as they are: edited since"), customers_in_words(result["kept"])),
    ]
