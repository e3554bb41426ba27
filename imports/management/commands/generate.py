"""`manage.py generate`: fills an empty database with demo data of known truth."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core.dates import day_of
from imports.demo.generation import generate
from imports.demo.loading import TableNotEmpty
from imports.demo.plan import DemoPlan
from imports.demo.staff import CURRENCY, DEMO_PASSWORD, LOGINS, organisation_of_the_demo


class Command(BaseCommand):
    help = "Fill an empty database with demo data whose truth is known; see docs/demo-data.md."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--customers", type=positive, default=2_000)
        parser.add_argument("--orders", type=not_negative, default=20_000)
        parser.add_argument("--events", type=not_negative, default=60_000)
        parser.add_argument("--seed", type=not_negative, default=1)
        parser.add_argument(
            "--until", type=dt.date.fromisoformat, help="the first day without data, as 2026-11-01; today unless given"
        )
        parser.add_argument("--if-empty", action="store_true", help="do nothing if the database holds records already")
        parser.add_argument("--truth", type=Path, help="folder for the truth; .local/demo-truth unless given")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = organisation_of_the_demo()
        if organisation.currency != CURRENCY:
            raise CommandError(
                f"The demo's prices are in {CURRENCY}, and the organisation's currency is {organisation.currency}. "
                f"Change it in the organisation's settings, or use a fresh database."
            )
        plan = DemoPlan(
            customers=options["customers"],
            orders=options["orders"],
            events=options["events"],
            seed=options["seed"],
            until=options["until"] or day_of(timezone.now(), organisation.zone),
            zone=organisation.zone,
        )
        truth_folder = options["truth"] or settings.LOCAL_DIR / "demo-truth"
        started = time.monotonic()
        try:
            written = generate(plan, truth_folder=truth_folder, progress=self.report)
        except TableNotEmpty as error:
            if options["if_empty"]:
                self.report("the database holds records already; nothing done")
                return
            raise CommandError(
                f"The database is in use: the table {error.table} holds rows. Demo data goes into an empty database "
                f"only; set DATABASE_URL to a fresh one, or stop the program and remove its data (`run.py stop`, then "
                f"the folder .local)."
            ) from error
        summary = {
            "until": plan.until.isoformat(),
            "seed": plan.seed,
            "rows": written,
            "seconds": round(time.monotonic() - started, 2),
            "truth": str(truth_folder),
            "logins": [login.email for login in LOGINS],
            "password": DEMO_PASSWORD,
        }
        self.stdout.write(json.dumps(summary, indent=1))

    def report(self, line: str) -> None:
        self.stderr.write(f"generate: {line}", self.style.NOTICE)


def positive(text: str) -> int:
    number = not_negative(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def not_negative(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number
