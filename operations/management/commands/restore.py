from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from operations.backups import BackupError, restore


class Command(BaseCommand):
    help = "Put a backup in the place of the database. The old database is kept under another name."
    # The database may be empty, or older than this version.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--replace", action="store_true", help="even if the present database holds customers")

    def handle(self, *args: Any, folder: Path, replace: bool, **options: Any) -> None:
        try:
            kept = restore(folder.absolute(), replace=replace)
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"The backup is in place, and who was erased since is erased again. Before: database {kept}.")
        self.stdout.write("Start web, workers and beat again, and recompute.")
