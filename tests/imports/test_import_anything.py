"""Whatever stands in the cells, an import accounts for each row and fails for none."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.models import OrganisationSettings
from imports.fields import FIELDS
from imports.importing import Request, run_import
from imports.mapping import load
from tests.imports.conftest import claimed

NUMBERS = [
    *["1", "-2", "0", "0.001", "1e-9", "1e10", "1e11", "99999999999", "99999999999.9999999", "999999999999", "1,234.5"],
    *["-0", "NaN", "Infinity", ".5", "+3"],
]
DATES = [
    *["2026-03-01", "2026-03-01 02:30", "2026-13-45", "19970101", "31.12.99", "2200-12-31 23:59", "1880-01-01"],
    *["2026-03-01T10:00+15:59", "0000-00-00"],
]
WORDS = [
    *["", " ", "A", "B", "sale", "refund", "adjustment", "rating", "visit", "yes", "EUR", "XYZ", "Germany", "Atlantis"],
    *["person", "organisation", "f", "customer", "a@b.example", "x" * 500, "ﷺ" * 200, "1" * 40, "王小明", "a;b|c,,"],
    *[
        "\\N",
        "\\.",
        "'; DROP TABLE x; --",
        "%s %(x)s {0}",
        "\N{ZERO WIDTH SPACE}",
        "\N{RIGHT-TO-LEFT OVERRIDE}",
        "\x7f",
    ],
]
cell = st.one_of(st.sampled_from(NUMBERS), st.sampled_from(DATES), st.sampled_from(WORDS), st.text(max_size=5))


def table(kind: str) -> st.SearchStrategy[list[list[str]]]:
    """Rows in which most cells are of the kind that their field wants, so that some get far."""
    likely = {"number": NUMBERS, "quantity": NUMBERS, "ordered_at": DATES, "occurred_at": DATES}
    columns = [
        st.one_of(st.sampled_from(likely.get(item.name, WORDS[2:8])), cell) if item.required else cell
        for item in FIELDS[kind]
    ]
    return st.lists(st.tuples(*columns).map(list), max_size=12)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", FIELDS)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_row_is_accounted_for(tmp_path: Path, kind: str, data: st.DataObject):
    OrganisationSettings.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    rows = data.draw(table(kind))
    path = tmp_path / "anything.csv"
    path.write_text(as_csv([item.name for item in FIELDS[kind]], rows), encoding="utf-8", errors="replace", newline="")
    mapping: dict[str, Any] = load("meridian", kind=kind).as_json() | {"date_order": "dmy"}
    request = Request(str(path), kind, mapping=mapping)
    with transaction.atomic():
        first = run_import(claimed(request))
        again = run_import(claimed(request))
        transaction.set_rollback(True)
    for summary in (first, again):
        accounted = [summary[name] for name in ("inserted", "updated", "unchanged")] + [summary["rejected"]["count"]]
        assert summary["rows"] == sum(accounted)
        assert min(accounted) >= 0
    assert (again["inserted"], again["updated"]) == (0, 0)


def as_csv(header: list[str], rows: list[list[str]]) -> str:
    written = io.StringIO(newline="")
    csv.writer(written).writerows([header, *rows])
    return written.getvalue()
