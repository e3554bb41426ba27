from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from operations.backups import BackupError, back_up


class Command(BaseCommand):
    help = "Write a backup of the database into a new folder. The field keys are not in it: keep them elsewhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            manifest = back_up(folder.absolute())
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{sum(manifest.rows.values()):,} rows of {len(manifest.rows)} tables are in {folder}.")
        self.stdout.write(f"Keep the field keys elsewhere, they are not in it: {', '.join(manifest.key_ids)}.")
