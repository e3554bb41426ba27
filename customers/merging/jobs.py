"""Merges that take a while, and the end of the time for which they can be undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from customers.actions import PARTS
from customers.merging import actions, fields
from customers.models import Customer, Merge, MergedRows
from jobs import kinds
from jobs.actions import enqueue
from jobs.context import JobContext
from jobs.errors import JobError
from jobs.models import Job

MERGE, SETTLE = "merge_customers", "settle_merges"
SETTLED_AT_ONCE = 500
# More rows than that are moved by a job, while the page is free.
MOST_AT_ONCE = 20_000


def register() -> None:
    """Called once, by `CustomersConfig.ready`."""
    kinds.register(
        kinds.JobKind(
            name=MERGE,
            label=gettext_lazy("Merge of customers"),
            queue=kinds.INTERACTIVE,
            run=run,
            describe=describe,
            describe_result=describe_result,
        )
    )
    kinds.register(
        kinds.JobKind(
            name=SETTLE,
            label=gettext_lazy("End of merges"),
            queue=kinds.MAINTENANCE,
            run=settle,
            describe_result=lambda result: [(_("Merges that are final now"), str(result["settled"]))],
            schedulable=True,
        )
    )


def merge_later(
    *,
    survivor_id: int,
    absorbed_ids: Sequence[int],
    picks: Mapping[str, int],
    versions: Mapping[int, int] | None,
    by: User,
) -> Job:
    params = {
        "survivor": survivor_id,
        "absorbed": list(absorbed_ids),
        "picks": dict(picks),
        "versions": [list(pair) for pair in versions.items()] if versions else None,
    }
    return enqueue(kind=MERGE, params=params, requested_by=by)


def run(context: JobContext) -> Mapping[str, Any]:
    params = context.params
    by = User.objects.get(pk=context.requested_by_id or 0)
    try:
        with context.fenced():
            merge = actions.merge_customers(
                survivor_id=params["survivor"],
                absorbed_ids=params["absorbed"],
                picks=params["picks"],
                versions=dict(params["versions"]) if params["versions"] else None,
                by=by,
            )
            context.finish(result := {"survivor": merge.survivor_id, "rows": sum(merge.counts.values())})
    except actions.NotAllowed:
        raise JobError(_("You may not change all the records of this merge. Ask an admin.")) from None
    except actions.CannotMerge as refused:
        raise JobError(str(refused)) from None
    return result


def describe(params: Mapping[str, Any]) -> str:
    return ", ".join(f"#{pk}" for pk in [params["survivor"], *params["absorbed"]])


def describe_result(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(_("Customer"), f"#{result['survivor']}"), (_("Rows moved"), str(result["rows"]))]


def settle(context: JobContext) -> Mapping[str, Any]:
    """What an undo would need goes after its time; of the absorbed record remains that it leads to the survivor."""
    settled = 0
    while True:
        with context.fenced():
            before = timezone.now() - actions.UNDONE_WITHIN
            due = Merge.objects.filter(undone_at=None, settled_at=None, merged_at__lt=before)
            merges = list(due.select_for_update().order_by("pk")[:SETTLED_AT_ONCE])
            for merge in merges:
                _forget(merge)
        settled += len(merges)
        context.progress(settled, settled)
        if len(merges) < SETTLED_AT_ONCE:
            return {"settled": settled}


def _forget(merge: Merge) -> None:
    MergedRows.objects.filter(merge=merge).delete()
    Merge.objects.filter(pk=merge.pk).update(settled_at=timezone.now(), swapped={})
    blank: dict[str, Any] = {}
    for name in fields.PLAIN:
        field: Any = Customer._meta.get_field(name)
        if name not in {"name", "lifecycle"}:
            blank[name] = None if field.null else ""
    absorbed = Customer.objects.filter(Q(merged_into__isnull=False), pk__in=merge.absorbed_ids)
    for customer in absorbed:
        for model in PARTS:
            model.objects.filter(customer=customer).delete()
        name = _("Merged record %(number)d") % {"number": customer.pk}
        Customer.objects.filter(pk=customer.pk).update(**blank, name=name, custom={})
