"""Between two recomputations: scores of customers whose purchases changed, by what the run that is shown has fitted.

An analysis takes part that has an `apply`. Who changed follows from the snapshot that the run has seen and the present
one, so a refresh that was left out, or broke off, is made up for by the next.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics import catalog, run_columns, switches
from analytics.catalog import Analysis
from analytics.collection import collect
from analytics.engine import open_engine
from analytics.features import Facts
from analytics.fresh_rows import replace_rows
from analytics.job_kinds import RECOMPUTE, REFRESH
from analytics.models import ChangeMark, CurrentRun, Run, SnapshotManifest
from analytics.present_facts import have_many_changed
from analytics.rule_segments import uncounted
from analytics.segment_counting import count_changed
from analytics.snapshot import is_complete, is_of_the_last_day, last_day, latest_manifest, open_facts, take_snapshot
from analytics.snapshot_changes import customers_between
from jobs.actions import enqueue
from jobs.context import JobContext
from jobs.models import Job
from jobs.status import Status

# Beyond these many customers, and this share of a run, its cut points are no longer theirs: it is computed anew.
FEW = 1_000
MOST_SHARE = 0.1
# A refresh that failed is tried again after so long; done ones are forgotten, since there may be two a minute.
PAUSE_AFTER_FAILURE = dt.timedelta(minutes=10)
REMEMBERED = dt.timedelta(days=1)

PURCHASES = ("orders", "refunds")


def is_needed() -> bool:
    """Whether a refresh would find anything to do."""
    shown = [run for _analysis, run in _refreshable()]
    if _failed_just_now():
        return False
    if run_columns.are_wanted():
        return True
    if not shown:
        return False
    if any(run.analysis == "rule_segments" and uncounted(run) for run in shown):
        return True
    latest = latest_manifest()
    has_changed = ChangeMark.objects.filter(kind__in=PURCHASES).exists() or have_many_changed()
    return has_changed or any(_seen_by(run) != latest for run in shown)


def refresh(context: JobContext) -> Mapping[str, Any]:
    """Bring the runs that are shown up to the present facts. Says of how many customers, by analysis."""
    manifest = _snapshot(context)
    refreshed = {analysis.name: _refresh(analysis, run, manifest, context) for analysis, run in _refreshable()}
    for analysis, run in _refreshable():
        if analysis.name == "rule_segments" and (seen := _seen_by(run)) is not None:
            count_changed(context, run, seen)
    run_columns.write_wanted()
    context.progress(1, 1, _("Clearing up"))
    Job.objects.filter(kind=REFRESH, status=Status.DONE, finished_at__lt=timezone.now() - REMEMBERED).delete()
    collect()
    return {"snapshot": manifest.pk, **refreshed}


def _refreshable() -> Iterator[tuple[Analysis, Run]]:
    """What is shown and switched on, unless somebody has chosen an earlier run or day: that is to stay as it is."""
    off = switches.switched_off()
    for analysis in catalog.ANALYSES:
        if analysis.name in off:
            continue
        pointer = CurrentRun.objects.filter(analysis=analysis.name, chosen_by=None).select_related("run").first()
        if analysis.apply is not None and pointer is not None and is_of_the_last_day(pointer.run):
            seen = _seen_by(pointer.run)
            if seen is not None and is_complete(seen):
                yield analysis, pointer.run


def _seen_by(run: Run) -> SnapshotManifest | None:
    return run.refreshed_manifest or run.manifest


def _failed_just_now() -> bool:
    since = timezone.now() - PAUSE_AFTER_FAILURE
    return Job.objects.filter(kind=REFRESH, status=Status.FAILED, finished_at__gt=since).exists()


def _snapshot(context: JobContext) -> SnapshotManifest:
    """The snapshot of an earlier attempt, or the present one."""
    made = SnapshotManifest.objects.filter(
        pk=context.checkpoint.get("snapshot", 0), status=SnapshotManifest.Status.READY
    ).first()
    if made is None and not ChangeMark.objects.exists():
        made = latest_manifest()
    if made is None or not is_complete(made):
        made = take_snapshot(context, step=lambda table: context.progress(0, 1, table))
    context.save_checkpoint({"snapshot": made.pk})
    return made


def _refresh(analysis: Analysis, run: Run, manifest: SnapshotManifest, context: JobContext) -> int:
    seen = _seen_by(run)
    assert analysis.apply is not None  # noqa: S101  # as `_refreshable` sees to, and next
    assert seen is not None  # noqa: S101
    if seen == manifest:
        return 0
    context.progress(0, 1, _("Computing: %(analysis)s") % {"analysis": analysis.label})
    if seen.fingerprints != manifest.fingerprints:
        _ask_for_a_recomputation(analysis)
        return 0
    with open_engine() as engine:
        customers = customers_between(engine, seen, manifest)
    if len(customers) > max(FEW, MOST_SHARE * run.row_count):
        _ask_for_a_recomputation(analysis)
        return 0
    with open_facts(manifest, among=customers) as engine:
        rows = analysis.apply(Facts(engine, as_of=last_day(manifest)), run.fitted) if len(customers) else pd.DataFrame()
    written = replace_rows(context, run, rows, customers["customer_id"].tolist(), manifest=manifest)
    return len(customers) if written else 0


def _ask_for_a_recomputation(analysis: Analysis) -> None:
    """Unless one is on its way."""
    if not Job.objects.live().filter(kind=RECOMPUTE).exists():
        enqueue(
            kind=RECOMPUTE,
            params={"analyses": [analysis.name], "as_of": None},
            reason=_("Many customers have changed."),
        )
