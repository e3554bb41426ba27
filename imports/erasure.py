"""Rows of files that were refused, found by what is written in them, and files that went out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from customers.bulk.erasure import without_person
from imports.models import Export, Import, RowProblem
from imports.staging import drop_abandoned
from protection.erasure import PHONE_DIGITS, Person, Section, Step, registry

# Cells of a refused row are compared one by one: their JSON as a whole would hide what is escaped in it.
MENTIONS = """
SELECT problem.id
FROM imports_rowproblem AS problem
JOIN imports_import AS file_import ON file_import.id = problem.file_import_id
CROSS JOIN LATERAL (
    SELECT problem.value AS cell
    UNION ALL SELECT jsonb_array_elements_text(
        CASE jsonb_typeof(problem.cells) WHEN 'array' THEN problem.cells ELSE '[]' END)
) AS written
WHERE cell <> '' AND (
    cell ILIKE ANY(%(patterns)s)
    OR lower(btrim(cell)) = ANY(%(exactly)s)
    OR (cell !~ '[[:alpha:]@]' AND length(regexp_replace(cell, '\\D', '', 'g')) >= 6
        AND right(regexp_replace(cell, '\\D', '', 'g'), %(phone_digits)s) = ANY(%(phone_endings)s))
    OR (file_import.source, btrim(cell)) IN (SELECT * FROM unnest(%(sources)s::text[], %(numbers)s::text[]))
)
GROUP BY problem.id
"""


def register() -> None:
    """Called once, by `ImportsConfig.ready`."""
    registry.add(Step("refused rows", erase, collect))
    registry.add(Step("exports", withdraw_exports))


def erase(person: Person) -> int:
    """That a row was refused, and why, stays; what stood in it goes."""
    drop_abandoned()
    return RowProblem.objects.filter(pk__in=_about(person)).update(value="", cells=None)


def withdraw_exports(person: Person) -> int:
    """A file that has the person in it is nobody's from now on, also one that is just being written; the files go when
    the database has forgotten (`imports.exporting.actions.remove_withdrawn`)."""
    exports = Export.objects.filter(customer_ids__contains=[person.customer_id], withdrawn_at=None)
    touched = exports.update(withdrawn_at=Now(), customer_ids=[])
    for export in Export.objects.defer("customer_ids").exclude(selection={}):
        kept = without_person(export.selection, person)
        if kept != export.selection:
            touched += Export.objects.filter(pk=export.pk).update(selection=kept)
    return touched


def collect(person: Person) -> Iterable[Section]:
    rows = RowProblem.objects.filter(pk__in=_about(person)).select_related("file_import").order_by("pk")
    yield Section("imports.refused_rows", _("Rows of files that were refused"), [_as_words(row) for row in rows])


def _as_words(row: RowProblem) -> Mapping[str, Any]:
    file_import: Import = row.file_import
    return {
        _("file"): file_import.file_name,
        _("row"): row.row_number,
        _("reason"): row.get_reason_display(),
        _("column"): row.column,
        _("written"): row.value,
        _("cells"): row.cells,
    }


def _about(person: Person) -> list[int]:
    params: dict[str, Any] = {
        "patterns": person.like_patterns,
        "exactly": [term.lower() for term in {*person.names, *person.emails, *person.numbers}],
        "phone_digits": PHONE_DIGITS,
        "phone_endings": person.phone_endings,
        "sources": [source for source, _number in person.external_ids],
        "numbers": [number for _source, number in person.external_ids],
    }
    with connection.cursor() as cursor:
        cursor.execute(MENTIONS, params)
        return [pk for (pk,) in cursor.fetchall()]
