"""What became of a file, as numbers and words: for the person who imported it and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg import sql

from core.templatetags.ui import duration, number
from imports.mapping import FileMapping
from imports.models import Import
from imports.reading import Counts
from imports.reasons import Reason
from imports.statements import Tally, records, run, value_of

EXAMPLES = 5
# What matters first; PostgreSQL keeps the keys of a document by their length.
FIRST = (
    "import",
    "file",
    "kind",
    "source",
    "rows",
    "inserted",
    "updated",
    "unchanged",
    "rejected",
    "left_out",
    "tables",
)
LAST = ("seconds",)
# What the job's page counts, each in words.
COUNTED = {
    "rows": gettext_lazy("Rows"),
    "inserted": gettext_lazy("New"),
    "updated": gettext_lazy("Changed"),
    "unchanged": gettext_lazy("Unchanged"),
}

REASONS = """
SELECT is_rejected, field, reason, count(*), (array_agg(row_number ORDER BY row_number))[1:%(examples)s]
FROM problems GROUP BY is_rejected, field, reason ORDER BY count(*) DESC, field, reason
"""

# A rejected row is kept as it stood in the file, unless it is about somebody who was erased (`imports.suppressed`).
KEEP_PROBLEMS = """
INSERT INTO imports_rowproblem (file_import_id, row_number, "column", reason, value, is_rejected, cells)
SELECT %(file_import)s, row_number, left(coalesce(%(columns)s::jsonb ->> field, field), 200), reason,
       CASE WHEN value IN (SELECT erased_values.value FROM erased_values) THEN '' ELSE value END, is_rejected,
       CASE WHEN is_rejected AND reason <> 'erased' THEN coalesce(problems.cells, to_jsonb(ARRAY[{columns}])) END
FROM problems LEFT JOIN staged USING (row_number)
ORDER BY row_number
"""


def columns_in_words(mapping: FileMapping) -> dict[str, str]:
    """Each field by the name of the column it was read from."""
    return {name: " + ".join(mapping.columns_of(name)) for name in mapping.columns}


def rejected_rows() -> int:
    return int(value_of("SELECT count(DISTINCT row_number) FROM problems WHERE is_rejected"))


def keep_problems(file_import: Import, mapping: FileMapping, width: int) -> None:
    """Store what stands against the rows, so that they can be looked at and downloaded later."""
    columns = sql.SQL(", ").join(sql.Identifier(f"c{number}") for number in range(1, width + 1))
    params = {"file_import": file_import.pk, "columns": json.dumps(columns_in_words(mapping))}
    run(sql.SQL(KEEP_PROBLEMS).format(columns=columns), params)


def problems_in_words(mapping: FileMapping, *, rejected: bool) -> list[dict[str, Any]]:
    columns = columns_in_words(mapping)
    return [
        {"reason": str(Reason(reason).label), "column": columns.get(field, field), "count": count, "examples": examples}
        for is_rejected, field, reason, count, examples in records(REASONS, {"examples": EXAMPLES})
        if is_rejected == rejected
    ]


def totals(counts: Counts, rejected: int, main: Iterable[Tally]) -> dict[str, int]:
    """Rows of the file: each is in exactly one of inserted, updated, unchanged and rejected."""
    inserted = updated = 0
    for tally in main:
        inserted += tally.inserted
        updated += tally.updated
    return {
        "rows": counts.rows,
        "inserted": inserted,
        "updated": updated,
        "unchanged": counts.rows - rejected - inserted - updated,
    }


def in_order(result: Mapping[str, Any]) -> dict[str, Any]:
    """The summary as it is shown."""
    between = [name for name in sorted(result) if name not in FIRST + LAST]
    return {name: result[name] for name in (*FIRST, *between, *LAST) if name in result}


def facts(result: Mapping[str, Any]) -> list[tuple[Any, str]]:
    """The summary for the job's page, line by line."""
    lines: list[tuple[Any, str]] = [(_("File"), str(result["file"]))]
    lines += [(label, number(result[name])) for name, label in COUNTED.items()]
    lines.append((_("Rejected"), _with_reasons(number(result["rejected"]["count"]), result["rejected"]["reasons"])))
    if result["left_out"]:
        lines.append((_("Left out"), _with_reasons("", result["left_out"])))
    return [*lines, (_("Duration"), duration(result["seconds"]))]


def _with_reasons(counted: str, reasons: Iterable[Mapping[str, Any]]) -> str:
    words = [
        _("%(column)s: %(reason)s (%(count)s)")
        % {"column": each["column"], "reason": each["reason"], "count": number(each["count"])}
        for each in reasons
    ]
    return " · ".join([*([counted] if counted else []), *words])
