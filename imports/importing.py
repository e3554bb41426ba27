"""The import of one file as a job: stage, check, commit.

Staging and checking write only into tables of this attempt; what they found stays there until the commit, one
transaction under the job's fence, after which the file's records, its summary and the end of the job are all there or
none of them is.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from core.models import OrganisationSettings
from core.money import minor_digits
from imports import (
    check_events,
    check_goods,
    check_orders,
    check_people,
    checks,
    commit_contacts,
    commit_customers,
    commit_events,
    commit_orders,
    commit_products,
    custom_fields,
    staging,
    summary,
    suppressed,
)
from imports.errors import ImportFileError
from imports.files import digest
from imports.layout import Plan, plan
from imports.mapping import RECORDS, FileMapping
from imports.models import Import, Kind
from imports.reading import Counts
from imports.statements import Tally, run
from jobs.context import JobContext
from jobs.errors import JobCancelled, JobError
from protection import suppression
from protection.audit.actor import identify
from protection.audit.models import Origin

JOB_KIND = "import"
DEFAULT_SOURCE = "import"
LONGEST_SOURCE = 60
# How far the whole is when a step ends, in hundredths.
STAGED, ALL = 30, 100

# Two imports that make the same customers or products at once would each make them.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('meridian imports'))"


@dataclass(frozen=True)
class Request:
    """What is to be imported: the parameters of the job."""

    path: str
    kind: str
    source: str = ""
    mapping: Mapping[str, Any] | None = None

    def as_params(self) -> dict[str, Any]:
        return asdict(self)

    def file_mapping(self) -> FileMapping | None:
        return FileMapping.read(self.mapping, where=Path(self.path).name) if self.mapping else None

    def plan(self) -> Plan:
        """How the file will be read, or ImportFileError."""
        planned = plan(Path(self.path), kind=self.kind, mapping=self.file_mapping())
        if not self.mapping:
            planned = replace(planned, mapping=custom_fields.recognised(planned.mapping, planned.layout.header))
        if len(self.source_of(planned)) > LONGEST_SOURCE:
            raise ImportFileError(
                _("The name of the source is longer than %(most)s characters: “%(source)s”.")
                % {"most": LONGEST_SOURCE, "source": self.source_of(planned)}
            )
        return planned

    def source_of(self, planned: Plan) -> str:
        return self.source or planned.mapping.source or DEFAULT_SOURCE


def in_words(params: Mapping[str, Any]) -> str:
    return _("%(kind)s from %(file)s") % {"kind": Kind(params["kind"]).label, "file": Path(params["path"]).name}


def run_import(context: JobContext) -> Mapping[str, Any]:
    """Import the file that the job names; the summary."""
    identify(origin=Origin.IMPORT)
    request = Request(**context.params)
    staging.drop_abandoned()
    work = _Work(context, request, request.plan())
    schema = staging.schema_name(context.job_id, context.attempt)
    try:
        counts = work.stage(schema)
        with staging.staging_schema(schema):
            work.check()
            result = work.commit(counts)
    except (OperationalError, InterfaceError):
        raise  # the next attempt goes on with what is staged
    except (Exception, JobCancelled):
        staging.drop(schema)
        raise
    staging.drop(schema)
    return result


class _Work:
    """One attempt at an import, step by step."""

    def __init__(self, context: JobContext, request: Request, planned: Plan) -> None:
        self.context, self.planned, self.kind = context, planned, request.kind
        self.path = Path(request.path)
        self.source = request.source_of(planned)
        self.started = time.monotonic()
        self.digest = digest(self.path)
        self.file_import, _is_new = Import.objects.update_or_create(
            job_id=context.job_id,
            defaults={
                "kind": self.kind,
                "file_name": self.path.name[:255],
                "digest": self.digest,
                "source": self.source,
                "mapping": planned.mapping.as_json(),
            },
        )

    def stage(self, schema: str) -> Counts:
        """The rows of the file into the tables of this schema, unless an attempt before this one did that."""
        staged = self.context.checkpoint
        if staged.get("digest") == self.digest and staging.take_over(staged["schema"], schema, staged["staged"]):
            self.encoding = staged["encoding"]
            counts = Counts(**staged["counts"])
        else:
            staging.create(schema)
            with staging.staging_schema(schema):
                self.encoding, counts = staging.stage(self.path, self.planned, self._reading)
        self.context.save_checkpoint(
            {
                "digest": self.digest,
                "schema": schema,
                "staged": counts.rows - counts.refused,
                "encoding": self.encoding,
                "counts": asdict(counts),
            }
        )
        return counts

    def _reading(self, share: float) -> None:
        self.context.progress(int(STAGED * share), ALL, _("Reading the file"))

    def check(self) -> None:
        self.context.progress(STAGED, ALL, _("Checking the rows"))
        checks.prepare(self.planned)
        self.seen_erasures = suppression.newest()
        suppressed.leave_out(self.planned, self.source)
        match self.kind:
            case Kind.ORDERS:
                check_orders.check(self.planned)
            case Kind.CUSTOMERS:
                check_people.check()
            case Kind.PRODUCTS:
                check_goods.check()
            case Kind.EVENTS:
                check_events.check()

    def commit(self, counts: Counts) -> Mapping[str, Any]:
        with transaction.atomic():
            run(ONE_AT_A_TIME)
            if suppression.newest() > self.seen_erasures:
                raise JobError(_("Somebody was erased while this file was being read. Start the import again."))
            tables, main = self._write()
            self.context.progress(85, ALL, _("Checking keys"))
            run("SET CONSTRAINTS ALL IMMEDIATE")  # here, not while the job's row is locked
            result = self._summary(counts, tables, main)
            summary.keep_problems(self.file_import, self.planned.mapping, len(self.planned.layout.header))
            Import.objects.filter(pk=self.file_import.pk).update(summary=result, committed_at=Now())
            self.context.progress(ALL, ALL)
            with self.context.fenced():
                self.context.finish(result)
        return result

    def _write(self) -> tuple[dict[str, Tally], list[str]]:
        """What became of the rows of each table, and which of them stand for rows of the file."""
        is_by_the_way = self.kind in {Kind.ORDERS, Kind.EVENTS}
        tables: dict[str, Tally] = {}
        if self.kind == Kind.ORDERS:
            commit_orders.reject_changed_sides(self.source)
        if self.kind != Kind.PRODUCTS:
            self.context.progress(60, ALL, _("Writing customers"))
            tables["customers"] = commit_customers.commit(self.source, fill_only=is_by_the_way)
            tables |= commit_contacts.commit(fill_only=is_by_the_way)
        if self.kind != Kind.CUSTOMERS:
            self.context.progress(65, ALL, _("Writing products"))
            tables["products"] = commit_products.commit(self.source, fill_only=is_by_the_way)
        if self.kind == Kind.ORDERS:
            tables |= self._write_documents()
        if self.kind == Kind.EVENTS:
            self.context.progress(70, ALL, _("Writing events"))
            tables["events"] = commit_events.commit(self.source)
        if self.kind in RECORDS:
            changed = custom_fields.commit(self.planned)
            tables[self.kind].updated += changed
            tables[self.kind].unchanged -= changed
        return tables, ["order_lines", "refund_lines"] if self.kind == Kind.ORDERS else [self.kind]

    def _write_documents(self) -> dict[str, Tally]:
        digits = minor_digits(OrganisationSettings.current().currency)
        self.context.progress(70, ALL, _("Writing orders"))
        orders = commit_orders.commit_orders(self.source, digits)
        self.context.progress(80, ALL, _("Writing refunds"))
        return orders | commit_orders.commit_refunds(self.source, digits)

    def _summary(self, counts: Counts, tables: Mapping[str, Tally], main: list[str]) -> dict[str, Any]:
        mapping, layout = self.planned.mapping, self.planned.layout
        rejected = summary.rejected_rows()
        return {
            "import": self.file_import.pk,
            "file": self.path.name,
            "kind": self.kind,
            "source": self.source,
            **summary.totals(counts, rejected, [tables[name] for name in main]),
            "rejected": {"count": rejected, "reasons": summary.problems_in_words(mapping, rejected=True)},
            "left_out": summary.problems_in_words(mapping, rejected=False),
            "tables": {name: tally.as_json() for name, tally in tables.items()},
            "encoding": self.encoding,
            "delimiter": layout.delimiter,
            "header_row": layout.header_row,
            "columns": summary.columns_in_words(mapping),
            "ignored_columns": self.planned.ignored_columns,
            "blank_rows": counts.blank,
            "repeated_headers": counts.headers,
            "countries": checks.countries(),
            **(check_orders.remarks(self.planned) if self.kind == Kind.ORDERS else {}),
            "seconds": round(time.monotonic() - self.started, 2),
        }
