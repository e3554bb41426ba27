"""Ordering an export, writing it, fetching it, and its end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core.models import OrganisationSettings
from core.templatetags.ui import number
from customers import plain_cells
from customers.bulk.selection import Selection
from customers.cells import Reader
from customers.listing import CustomerListing
from customers.models import Customer, Order, Product
from imports.exporting import spreadsheet
from imports.models import Export
from jobs import kinds
from jobs.actions import enqueue
from jobs.context import JobContext
from jobs.errors import JobError
from protection.exports import note_export, require_export

JOB_KIND = "export_customers"
KEPT_FOR = dt.timedelta(days=7)
ROWS_AT_ONCE = 500
# A younger file may be just about to be named.
STRAY_AFTER = dt.timedelta(hours=2)


def register() -> None:
    """Called once, by `ImportsConfig.ready`."""
    kinds.register(
        kinds.JobKind(
            name=JOB_KIND,
            label=gettext_lazy("Export of customers"),
            queue=kinds.INTERACTIVE,
            run=run,
            describe=describe,
            describe_result=result_in_words,
            page=page,
        )
    )


def request_export(*, selection: Selection, file_format: str, by: User) -> Export:
    return place_order(JOB_KIND, Export(by=by, file_format=file_format, selection=selection.as_json()))


def place_order(kind: str, export: Export) -> Export:
    with transaction.atomic():
        export.save()
        export.job = enqueue(kind=kind, params={"export": export.pk}, requested_by=export.by)
        export.save(update_fields=["job"])
    return export


# --- the job ----------------------------------------------------------------------------------------------------------


def run(context: JobContext) -> Mapping[str, Any]:
    export = ordered(context)
    selection = Selection.from_json(export.selection)
    listing = selection.listing(export.by.sight)
    ids = selection.ids_in_order(export.by.sight)
    table = Table(headings(listing), rows(listing, ids, context), customer_ids=ids, expected=len(ids))
    return write_file(context, export, table, as_of=listing.columns_as_of)


def ordered(context: JobContext) -> Export:
    """What is to be written, for somebody who may still have it."""
    export = Export.objects.select_related("by").get(pk=context.params["export"])
    try:
        require_export(export.by)
    except PermissionDenied as denied:
        raise JobError(str(denied)) from denied
    return export


@dataclass(frozen=True)
class Table:
    """What stands in a file. `customer_ids` are all who may be in it; `rows` are made while they are written."""

    headings: Sequence[str]
    rows: Iterable[Sequence[Any]]
    customer_ids: Sequence[int]
    expected: int


def write_file(context: JobContext, export: Export, table: Table, **told: Any) -> Mapping[str, Any]:
    with context.fenced():
        # Before a line is written, so that an erasure meanwhile knows of it.
        Export.objects.filter(pk=export.pk).update(customer_ids=list(table.customer_ids), rows=table.expected)
    # The attempt in its name: one that was given up and comes back to life writes no file of another.
    path = folder() / f"{export.pk}-{context.attempt}.{export.file_format}"
    count = spreadsheet.WRITERS[export.file_format](path, table.headings, table.rows)
    with context.fenced():
        if not _is_wanted(export):
            path.unlink(missing_ok=True)
            raise JobError(_("A customer who was in it was erased meanwhile. Order it again."))
        size = path.stat().st_size
        Export.objects.filter(pk=export.pk).update(
            file_name=path.name, rows=count, size_bytes=size, expires_at=timezone.now() + KEPT_FOR, selection={}
        )
        context.finish({"rows": count, "size_bytes": size, **told})
    return context.checkpoint


def _is_wanted(export: Export) -> bool:
    return Export.objects.select_for_update().get(pk=export.pk).withdrawn_at is None


def headings(listing: CustomerListing) -> list[str]:
    names = [str(column.label) for column in listing.columns]
    return [_("Number"), *names[:1], _("E-mail"), *names[1:], *_origin_headings(listing)]


def _origin_headings(listing: CustomerListing) -> list[str]:
    """Behind the columns, of each computation that some of them come from."""
    words = (_("%(scores)s: as of"), _("%(scores)s: run"), _("%(scores)s: model"))
    return [each % {"scores": origin.of} for origin in listing.origins for each in words]


def rows(listing: CustomerListing, ids: list[int], context: JobContext) -> Iterator[list[Any]]:
    """As the list shows them to whoever ordered the file, in its order; who is gone by now is left out."""
    reader = Reader.now(currency=OrganisationSettings.current().currency, sight=listing.sight)
    origins = [value for origin in listing.origins for value in (origin.day, origin.run, origin.model)]
    for begin in range(0, len(ids), ROWS_AT_ONCE):
        context.progress(begin, len(ids))
        part = ids[begin : begin + ROWS_AT_ONCE]
        found = listing.shown(part)
        for pk in part:
            if pk in found and found[pk].deleted_at is None:
                name, *others = plain_cells.values(listing.columns, found[pk], reader)
                yield [pk, name, plain_cells.first_email(found[pk], reader), *others, *origins]


# --- the file ---------------------------------------------------------------------------------------------------------


def folder() -> Path:
    path = Path(settings.FILES_DIR) / "exports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(export: Export) -> Path | None:
    """The file while it is kept; None after that."""
    path = folder() / export.file_name
    return path if export.is_ready and path.is_file() else None


MODELS: dict[str, type[Model]] = {"customers": Customer, "orders": Order, "products": Product}


def note_download(export: Export, by: User) -> None:
    note_export(by, rows=export.rows, file_format=export.file_format, model=MODELS[export.subject], export=export.pk)


def remove_withdrawn() -> None:
    """Files of exports that an erasure withdrew."""
    for name in Export.objects.exclude(withdrawn_at=None).exclude(file_name="").values_list("file_name", flat=True):
        (folder() / name).unlink(missing_ok=True)


def purge() -> int:
    """Removes files whose time is over, and what attempts left that came to nothing. How many."""
    remove_withdrawn()
    kept = set(Export.objects.filter(expires_at__gt=timezone.now()).values_list("file_name", flat=True))
    removed = 0
    for path in folder().iterdir():
        age = timezone.now().timestamp() - path.stat().st_mtime
        if path.name not in kept and age > STRAY_AFTER.total_seconds():
            path.unlink(missing_ok=True)
            removed += 1
    Export.objects.filter(created_at__lte=timezone.now() - 2 * KEPT_FOR).delete()
    return removed


# --- in words ---------------------------------------------------------------------------------------------------------


def describe(params: Mapping[str, Any]) -> str:
    export = Export.objects.filter(pk=params["export"]).first()
    return str(export.get_file_format_display()) if export else ""


def page(params: Mapping[str, Any]) -> str:
    return reverse("imports:export_detail", args=[params["export"]])


def result_in_words(result: Mapping[str, Any]) -> list[kinds.Fact]:
    facts: list[kinds.Fact] = [(_("Rows"), number(result["rows"])), (_("Size in bytes"), number(result["size_bytes"]))]
    # Of which day, run and model the scores in it are; exports of earlier versions do not say it.
    return [*facts, *((_("Scores"), sentence) for sentence in result.get("as_of", []))]
