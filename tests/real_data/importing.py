"""Real files into empty books, and what is in the tables then."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection

from core.models import OrganisationSettings


def import_file(path: Path, mapping: str, *, kind: str = "orders") -> dict[str, Any]:
    output = io.StringIO()
    call_command("import_file", str(path), kind=kind, mapping=mapping, stdout=output)
    summary: dict[str, Any] = json.loads(output.getvalue())
    return summary


def figures(statement: str) -> dict[str, Any]:
    """The one row that a query finds, by the names of its columns."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return dict(zip([column.name for column in cursor.description], cursor.fetchone(), strict=True))


def in_books(currency: str, time_zone: str = "UTC") -> None:
    OrganisationSettings.objects.update_or_create(pk=1, defaults={"currency": currency, "time_zone": time_zone})
