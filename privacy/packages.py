"""Everything held about one customer as a file: JSON for programs, a page and tables for people, in a ZIP.

The file lies in a private folder for some days, for the admin who asked for it, and then goes.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.models import OrganisationSettings
from core.spreadsheets import BYTE_ORDER_MARK, plain_text
from customers.merging.following import merged_with
from customers.models import Customer
from jobs.actions import enqueue
from jobs.context import JobContext
from jobs.errors import JobError
from privacy.models import DataPackage, Tombstone
from privacy.people import person_of
from privacy.rows import sections_of
from protection.audit import log_access
from protection.erasure import File, Section, registry

JOB_KIND = "data_package"
KEPT_FOR = dt.timedelta(days=7)


def request_package(*, customer: Customer, by: User) -> DataPackage:
    package = DataPackage.objects.create(customer=customer, requested_by=by)
    package.job = enqueue(kind=JOB_KIND, params={"package": package.pk}, requested_by=by)
    package.save(update_fields=["job"])
    log_access("package", user=by, obj=customer, step="requested")
    return package


def run(context: JobContext) -> Mapping[str, Any]:
    package = DataPackage.objects.select_related("customer").get(pk=context.params["package"])
    # The attempt in its name: one that was given up and comes back to life writes no file of another.
    name = f"{package.customer_id}-{package.pk}-{context.attempt}.zip"
    path = folder() / name
    _write(path, package.customer, list(collected(package.customer)), files_of(package.customer))
    with context.fenced():
        created_at = package.customer.created_at
        if Tombstone.objects.filter(customer_id=package.customer_id, customer_created_at=created_at).exists():
            path.unlink()
            raise JobError(_("This customer was erased meanwhile."))
        DataPackage.objects.filter(pk=package.pk).update(
            file_name=name, size_bytes=path.stat().st_size, expires_at=timezone.now() + KEPT_FOR
        )
        context.finish({"customer": package.customer_id, "size_bytes": path.stat().st_size})
    return context.checkpoint


def collected(customer: Customer) -> Iterator[Section]:
    """All sections that hold anything, those of the models first, with those of records that were merged with it."""
    whose = [customer.pk, *merged_with(customer.pk)]
    for together in zip(*map(sections_of, whose), strict=True):
        rows = [row for section in together for row in section.rows]
        yield from filter(_has_rows, [replace(together[0], rows=rows)])
    person = person_of(customer)
    for step in registry:
        yield from filter(_has_rows, step.collect(person))


def files_of(customer: Customer) -> Iterator[File]:
    person = person_of(customer)
    for step in registry:
        yield from step.files(person)


def _has_rows(section: Section) -> bool:
    return bool(section.rows)


# --- the file ---------------------------------------------------------------------------------------------------------


def folder() -> Path:
    path = Path(settings.FILES_DIR) / "packages"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(package: DataPackage) -> Path | None:
    """The file while it is kept; None after that."""
    path = folder() / package.file_name
    return path if package.is_ready and path.is_file() else None


def _write(path: Path, customer: Customer, sections: Sequence[Section], files: Iterable[File]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", _as_json(customer, sections))
        archive.writestr("overview.html", _as_page(customer, sections))
        for section in sections:
            archive.writestr(f"tables/{section.key}.csv", _as_csv(section))
        for file in files:
            archive.writestr(f"files/{file.name}", file.content)


def _as_json(customer: Customer, sections: Iterable[Section]) -> str:
    by_app: dict[str, dict[str, Any]] = {}
    for section in sections:
        app, _dot, table = section.key.partition(".")
        by_app.setdefault(app, {})[table] = list(section.rows)
    told = {"customer": customer.pk, "made_at": timezone.now(), **_maker(), "data": by_app}
    return json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1, default=str)


def _maker() -> dict[str, str]:
    return {"made_by": OrganisationSettings.current().name}


def _as_page(customer: Customer, sections: Iterable[Section]) -> str:
    tables = [(section, list(section.rows[0]), [list(row.values()) for row in section.rows]) for section in sections]
    return render_to_string(
        "privacy/package.html", {"customer": customer, "tables": tables, "made_at": timezone.now(), **_maker()}
    )


def _as_csv(section: Section) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([_cell(name) for name in section.rows[0]])
    writer.writerows([_cell(value) for value in row.values()] for row in section.rows)
    return BYTE_ORDER_MARK + text.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
    return plain_text(value) if isinstance(value, str) else str(value)


# --- its end ----------------------------------------------------------------------------------------------------------


def note_download(package: DataPackage, by: User) -> None:
    DataPackage.objects.filter(pk=package.pk).update(downloads=F("downloads") + 1)
    log_access("package", user=by, obj=package, customer_id=package.customer_id, step="downloaded")


def remove_files_of(customer_id: int) -> None:
    for path in folder().glob(f"{customer_id}-*.zip"):
        path.unlink(missing_ok=True)


def purge() -> int:
    """Removes files whose time is over, and what attempts left that came to nothing. How many."""
    kept = set(DataPackage.objects.filter(expires_at__gt=timezone.now()).values_list("file_name", flat=True))
    removed = 0
    for path in folder().glob("*.zip"):
        age = timezone.now().timestamp() - path.stat().st_mtime
        # A young one may be just about to be named.
        if path.name not in kept and age > dt.timedelta(hours=1).total_seconds():
            path.unlink(missing_ok=True)
            removed += 1
    DataPackage.objects.filter(expires_at__lte=timezone.now()).delete()
    return removed


def describe(params: Mapping[str, Any]) -> str:
    package = DataPackage.objects.filter(pk=params["package"]).first()
    return _("Customer %(number)d") % {"number": package.customer_id} if package else ""


def describe_result(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(_("Customer"), str(result["customer"])), (_("Size in bytes"), str(result["size_bytes"]))]
