"""`manage.py import_file`: what it prints, and how it ends."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core.models import OrganisationSettings
from jobs.models import Job

CONTENT = "order,date,amount\nA1,2026-03-01,5\nA2,yesterday,6\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(CONTENT, encoding="utf-8")
    return path


def run(*arguments: object) -> dict[str, Any]:
    output = io.StringIO()
    call_command("import_file", *map(str, arguments), stdout=output)
    printed: dict[str, Any] = json.loads(output.getvalue())
    return printed


@pytest.mark.django_db(transaction=True)
def test_prints_a_summary_and_the_same_file_again_changes_nothing(file: Path):
    OrganisationSettings.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    first = run(file, "--kind", "orders", "--source", "shop")
    assert (first["rows"], first["inserted"], first["rejected"]) == (2, 1, {
        "count": 1,
        "reasons": [{"reason": "This is not a date that can be read.", "column": "date", "count": 1, "examples": [3]}],
    })  # fmt: skip
    assert list(first)[:3] == ["import", "file", "kind"]
    assert first["seconds"] >= 0
    again = run(file, "--kind", "orders", "--source", "shop")
    assert (again["inserted"], again["updated"], again["unchanged"]) == (0, 0, 1)


@pytest.mark.django_db
def test_leaves_the_import_to_a_worker(file: Path):
    printed = run(file, "--kind", "orders", "--no-wait")
    assert Job.objects.get(pk=printed["job"]).status == "queued"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nowhere.csv", "--kind", "orders"], "There is no file"),
        (["{file}", "--kind", "orders", "--mapping", "nowhere"], "There is no mapping “nowhere”"),
        (["{file}", "--kind", "orders", "--mapping", "superstore"], "The file has no column “Order ID”"),
        (["{file}", "--kind", "customers", "--mapping", "superstore"], "reads orders"),
        (["{file}", "--kind", "customers"], "No column was recognised as “customer”"),
    ],
)
def test_misuse_is_told_in_a_sentence_and_begins_nothing(file: Path, arguments: list[str], complaint: str):
    with pytest.raises(CommandError) as refused:
        run(*(argument.format(file=file) for argument in arguments))
    assert complaint in str(refused.value)
    assert refused.value.returncode == 2
    assert not Job.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_import_that_fails_says_why(file: Path):
    file.write_text("order,date,amount\nA1,03/04/2026,5\n", encoding="utf-8")
    with pytest.raises(CommandError, match="can be read in two ways") as refused:
        run(file, "--kind", "orders")
    assert refused.value.returncode == 1
