"""Runs of before, for charts of later ones: the last of each month keeps its rows, the last of each week its sums."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

from django.db.models import Exists, OuterRef, QuerySet

from analytics.models import Run, RunSummary

COMPARED = ("rfm", "clv", "churn", "composite")
# So that a year before there is one of each, whatever the length of its months.
MONTHS_WITH_ROWS, WEEKS_WITH_SUMS = 13, 108
WITH_SUMS = (*Run.WITH_ROWS, Run.Status.COLLECTED)


def kept_with_rows(analysis: str) -> set[int]:
    """Of each month the last run."""
    runs = _of(analysis, Run.WITH_ROWS)
    latest = max((as_of for _pk, as_of in runs), default=dt.date.min)
    return _last_of_each(
        (run for run in runs if _months(latest) - _months(run[1]) <= MONTHS_WITH_ROWS),
        lambda day: (day.year, day.month),
    )


def kept_with_sums(analysis: str) -> set[int]:
    """Of each week the last run."""
    runs = _of(analysis, WITH_SUMS)
    latest = max((as_of for _pk, as_of in runs), default=dt.date.min)
    return _last_of_each(
        (run for run in runs if (latest - run[1]).days <= 7 * WEEKS_WITH_SUMS), lambda day: day.isocalendar()[:2]
    )


def run_before(run: Run, day: dt.date) -> Run | None:
    """The latest run of the same analysis as of this day or before, of which at least the sums over all are kept."""
    return _latest(run, day).filter(Exists(RunSummary.objects.filter(run=OuterRef("pk")))).first()


def run_with_rows_before(run: Run, day: dt.date, *, also_samples: bool) -> Run | None:
    """The same, with the rows of its customers. also_samples: or with some of them, drawn at random."""
    kept = Run.WITH_ROWS if also_samples else (Run.Status.PUBLISHED,)
    return _latest(run, day).filter(status__in=kept).first()


def run_on_record_before(run: Run, day: dt.date) -> Run | None:
    """The same, whatever is kept beside what the run says of itself."""
    return _latest(run, day).first()


def _latest(run: Run, day: dt.date) -> QuerySet[Run]:
    found = Run.objects.filter(analysis=run.analysis, status__in=WITH_SUMS, as_of__lte=day, pk__lt=run.pk)
    return found.order_by("-as_of", "-pk")


def _of(analysis: str, statuses: Iterable[Run.Status]) -> list[tuple[int, dt.date]]:
    """In the order of their days."""
    if analysis not in COMPARED:
        return []
    runs = Run.objects.filter(analysis=analysis, status__in=list(statuses)).order_by("as_of", "pk")
    return list(runs.values_list("pk", "as_of"))


def _last_of_each(runs: Iterable[tuple[int, dt.date]], period: Callable[[dt.date], object]) -> set[int]:
    return set({period(as_of): pk for pk, as_of in runs}.values())


def _months(day: dt.date) -> int:
    return 12 * day.year + day.month
