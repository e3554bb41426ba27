"""Import a CSV or TSV file of orders, customers, products or events, and print what became of it as JSON."""

from __future__ import annotations

import json
from argparse import BooleanOptionalAction
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from imports.errors import ImportFileError
from imports.importing import JOB_KIND, Request
from imports.mapping import available, load
from imports.models import Kind
from imports.summary import in_order
from jobs.actions import enqueue
from jobs.execution import run_job, wait_for
from jobs.status import Status

MISUSED = 2  # exit code: nothing was begun, the words say what to change


class Command(BaseCommand):
    help = "Imports a CSV or TSV file (also .gz, .xz, .zip). The same file again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="the file")
        parser.add_argument("--kind", required=True, choices=Kind.values, help="what its rows are")
        parser.add_argument(
            "--mapping",
            default="",
            help=f"how it is read: a TOML file, or one of {', '.join(available())}; without it, columns are recognised "
            "by their names",
        )
        parser.add_argument("--source", default="", help="the system whose numbers the file uses")
        parser.add_argument(
            "--wait",
            action=BooleanOptionalAction,
            default=True,
            help="--no-wait leaves the import to a worker and prints the number of its job",
        )

    def handle(self, *, path: Path, kind: str, mapping: str, source: str, wait: bool, **options: Any) -> None:
        try:
            stated = load(mapping, kind=kind).as_json() if mapping else None
            request = Request(path=str(path.absolute()), kind=kind, source=source, mapping=stated)
            request.plan()
        except ImportFileError as error:
            raise CommandError(str(error), returncode=MISUSED) from None
        job = enqueue(kind=JOB_KIND, params=request.as_params(), reason=_("Asked for on the command line"))
        if not wait:
            self.stdout.write(json.dumps({"job": job.pk}))
            return
        run_job(job.pk)
        job = wait_for(job.pk)
        if job.status != Status.DONE:
            raise CommandError(job.error or _("The import was cancelled."))
        self.stdout.write(json.dumps(in_order(job.result), indent=2, ensure_ascii=False))
