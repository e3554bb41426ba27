"""Importing small files, for tests of what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from core.models import OrganisationSettings
from imports.importing import JOB_KIND, Request, run_import
from imports.mapping import FileMapping, load
from jobs import leases
from jobs.actions import enqueue
from jobs.context import JobContext
from jobs.heartbeat import Heartbeat

Summary = Mapping[str, Any]
ImportFile = Callable[..., Summary]


@pytest.fixture
def euros(db: None) -> OrganisationSettings:
    """An organisation in Berlin that keeps its books in euros."""
    settings = OrganisationSettings(name="Lindenhof", time_zone="Europe/Berlin", currency="EUR")
    settings.save()
    return settings


@pytest.fixture
def import_file(tmp_path: Path, euros: OrganisationSettings) -> ImportFile:
    """Imports text or bytes as a job does, in the transaction of the test; the summary."""

    def run(
        content: str | bytes,
        *,
        kind: str = "orders",
        mapping: str | Mapping[str, Any] = "",
        source: str = "shop",
        name: str = "file.csv",
    ) -> Summary:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        request = Request(path=str(path), kind=kind, source=source, mapping=_as_json(mapping, kind))
        return run_import(claimed(request))

    return run


def _as_json(mapping: str | Mapping[str, Any], kind: str) -> Mapping[str, Any] | None:
    if isinstance(mapping, str):
        return load(mapping, kind=kind).as_json() if mapping else None
    return FileMapping.read({"kind": kind, **mapping}, where="the test").as_json()


def claimed(request: Request) -> JobContext:
    """A running job that imports this, as its kind's `run` gets it."""
    job = leases.claim(enqueue(kind=JOB_KIND, params=request.as_params()).pk)
    assert job is not None
    return JobContext(job, Heartbeat(job))
