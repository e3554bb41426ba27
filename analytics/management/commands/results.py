from __future__ import annotations

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from analytics import catalog, publishing
from analytics.models import Run

USAGE_ERROR = 2


class Command(BaseCommand):
    help = "Print the published rows of an analysis as CSV."

    def add_arguments(self, parser: CommandParser) -> None:
        known = ", ".join(analysis.name for analysis in catalog.ANALYSES)
        parser.add_argument("analysis", metavar="ANALYSIS", help=f"one of: {known}")
        parser.add_argument("--run", type=int, metavar="N", help="an earlier run; the one that is shown if not given")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            name = catalog.get(options["analysis"]).name
        except catalog.UnknownAnalysis as error:
            raise CommandError(str(error), returncode=USAGE_ERROR) from error
        run = _run(name, options["run"])
        try:
            for block in publishing.as_csv(run):
                self.stdout.write(block, ending="")
        except BrokenPipeError:
            # `| head` has seen enough; the interpreter must not complain about it at its end either.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(analysis: str, number: int | None) -> Run:
    run = Run.objects.filter(pk=number).first() if number else publishing.current_run(analysis)
    if run is None and number is None:
        raise CommandError(_("Nothing is published yet. Start with: manage.py recompute --wait"))
    if run is None or run.analysis != analysis or run.status != Run.Status.PUBLISHED:
        kept = Run.objects.filter(analysis=analysis, status=Run.Status.PUBLISHED).values_list("pk", flat=True)
        raise CommandError(
            _("There is no run %(number)s of %(analysis)s with rows. There are: %(kept)s.")
            % {"number": number, "analysis": analysis, "kept": ", ".join(map(str, kept)) or "–"},
            returncode=USAGE_ERROR,
        )
    return run
