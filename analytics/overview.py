"""The page of runs: what each analysis shows now, what went wrong since, and all runs before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import F

from analytics import catalog, run_words, switches
from analytics.catalog import Analysis
from analytics.findings import Verdict
from analytics.job_kinds import RECOMPUTE
from analytics.models import CurrentRun, Run, SwitchedOff
from core.paging import Order, Page, keyset_page
from jobs.models import Job

PAGE_SIZE = 20
MOST_LIVE = 5
NEWEST_FIRST = Order("pk", descending=True)


@dataclass(frozen=True)
class RunRow:
    """A run with the words that its line and its page need."""

    run: Run
    label: catalog.Label
    is_current: bool

    @property
    def verdict(self) -> Verdict | None:
        return run_words.verdict(self.run)

    @property
    def summary(self) -> str:
        return run_words.summary(self.run)

    @property
    def duration(self) -> dt.timedelta | None:
        return self.run.finished_at - self.run.started_at if self.run.finished_at else None


@dataclass(frozen=True)
class Standing:
    """One analysis: the run that is shown, if any, and the last one that came to nothing after it, unless it has been
    switched off since."""

    analysis: Analysis
    shown: RunRow | None
    pointer: CurrentRun | None
    trouble: Run | None
    off: SwitchedOff | None


@dataclass(frozen=True)
class Choice:
    label: catalog.Label
    url: str
    is_current: bool


class Overview:
    """What a query string asks for: `analysis` and `cursor`. Values that do not exist are passed over."""

    def __init__(self, query: Mapping[str, str]) -> None:
        self._labels = {analysis.name: analysis.label for analysis in catalog.ANALYSES}
        self._analysis = query.get("analysis", "") if query.get("analysis") in self._labels else ""
        self._cursor = query.get("cursor", "")

    @cached_property
    def standings(self) -> list[Standing]:
        latest = {
            run.analysis: run
            for run in Run.objects.exclude(status=Run.Status.COMPUTING).order_by("analysis", "-pk").distinct("analysis")
        }
        return [self._standing(analysis, latest.get(analysis.name)) for analysis in catalog.ANALYSES]

    @property
    def live_jobs(self) -> Iterable[Job]:
        return Job.objects.live().filter(kind=RECOMPUTE).order_by("-status", "pk")[:MOST_LIVE]

    @cached_property
    def page(self) -> Page[Run]:
        runs = Run.objects.annotate(duration=F("finished_at") - F("started_at"))
        if self._analysis:
            runs = runs.filter(analysis=self._analysis)
        return keyset_page(runs, order=NEWEST_FIRST, cursor=self._cursor, size=PAGE_SIZE)

    @property
    def rows(self) -> list[RunRow]:
        return [self._row(run) for run in self.page.rows]

    @property
    def is_first_page(self) -> bool:
        return not self._cursor

    @property
    def chosen(self) -> catalog.Label:
        return self._labels.get(self._analysis, "")

    @property
    def choices(self) -> list[Choice]:
        return [Choice(label, f"?analysis={name}", name == self._analysis) for name, label in self._labels.items()]

    @property
    def previous_url(self) -> str:
        return self._link(self.page.previous_cursor)

    @property
    def next_url(self) -> str:
        return self._link(self.page.next_cursor)

    @cached_property
    def _pointers(self) -> dict[str, CurrentRun]:
        return {pointer.analysis: pointer for pointer in CurrentRun.objects.select_related("run", "chosen_by")}

    @cached_property
    def _switched_off(self) -> dict[str, SwitchedOff]:
        return switches.switched_off()

    def _standing(self, analysis: Analysis, latest: Run | None) -> Standing:
        pointer = self._pointers.get(analysis.name)
        came_to_nothing = latest is not None and latest.status in {Run.Status.FAILED, Run.Status.WITHHELD}
        off = self._switched_off.get(analysis.name)
        is_newer = latest is not None and (pointer is None or latest.pk > pointer.run_id)
        return Standing(
            analysis=analysis,
            shown=self._row(pointer.run) if pointer else None,
            pointer=pointer,
            trouble=latest if came_to_nothing and is_newer and off is None else None,
            off=off,
        )

    def _row(self, run: Run) -> RunRow:
        pointer = self._pointers.get(run.analysis)
        return RunRow(run, self._labels.get(run.analysis, run.analysis), bool(pointer and pointer.run_id == run.pk))

    def _link(self, cursor: str) -> str:
        query = {key: value for key, value in (("analysis", self._analysis), ("cursor", cursor)) if value}
        return f"?{urlencode(query)}" if cursor else ""
