"""A recomputation: one snapshot, then each analysis by itself: facts, computation, publication.

What one analysis raises is its own: its run says so, its last good run stays, and the others are still published. The
job's checkpoint names the snapshot, the day and the runs that are done, so that another attempt goes on from there.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

from analytics import catalog, publishing, switches
from analytics.algorithms.errors import NotEnoughData
from analytics.analyses.entry import Again
from analytics.catalog import Analysis
from analytics.collection import collect
from analytics.engine import OutOfMemory
from analytics.features import Facts
from analytics.forecasts import compare_with_what_came
from analytics.models import Run, SnapshotManifest
from analytics.results import Computed
from analytics.snapshot import is_complete, last_day, open_facts, take_snapshot
from analytics.snapshot_tables import TABLES
from analytics.teachers import teacher
from analytics.words import not_enough, unusable
from jobs.context import JobContext
from jobs.errors import Interrupted, JobError, disk_full_in_words, is_disk_full

logger = logging.getLogger(__name__)

# These are the whole job's affair, whichever analysis they happen to hit: it is tried again, or stopped.
NOT_OF_ONE_ANALYSIS = (OperationalError, InterfaceError, SoftTimeLimitExceeded)


def recompute(context: JobContext) -> dict[str, Any]:
    """Run the analyses of the job's parameters (`analyses`: none means all) as of its `as_of` (None: the last day),
    but none that is switched off by the time that its turn comes.

    Where `learn` is false, those that can go by what an earlier run has learned (`Analysis.again`) do.
    """
    analyses = [catalog.get(name) for name in context.params.get("analyses", [])] or list(catalog.ANALYSES)
    steps = Steps(context, total=len(TABLES) + 2 * len(analyses) + 1)
    _close_broken_off(context)
    manifest = _snapshot(context, steps)
    with open_facts(manifest) as engine:
        facts = Facts(engine, as_of=dt.date.fromisoformat(context.checkpoint["as_of"]))
        for number, analysis in enumerate(analyses):
            steps.go_to(len(TABLES) + 2 * number)
            if analysis.name not in context.checkpoint["runs"] and not switches.is_off(analysis.name):
                _run(analysis, facts, manifest, context, steps)
        steps.go_to(len(TABLES) + 2 * len(analyses))
        _compare(facts, context, steps)
    steps.next(_("Clearing up"))
    collect()
    return _result(context, manifest, analyses)


class Steps:
    """Tells the job how far it is, in steps of unequal length."""

    def __init__(self, context: JobContext, *, total: int) -> None:
        self._context, self._total, self._done = context, total, 0

    def next(self, note: str) -> None:
        self._context.progress(self._done, self._total, note)
        self._done += 1

    def reading(self, table: str) -> None:
        self.next(_("Reading %(table)s") % {"table": table})

    def go_to(self, step: int) -> None:
        """What an earlier attempt has done, or nobody needs to do, is passed over."""
        self._done = step


def _close_broken_off(context: JobContext) -> None:
    with context.fenced():
        publishing.give_up(*Run.objects.filter(job_id=context.job_id, status=Run.Status.COMPUTING))


def _snapshot(context: JobContext, steps: Steps) -> SnapshotManifest:
    """The snapshot of an earlier attempt, or a new one. From here on the checkpoint has all its keys."""
    ready = SnapshotManifest.objects.filter(status=SnapshotManifest.Status.READY)
    made = ready.filter(pk=context.checkpoint.get("snapshot", 0)).first()
    if made is not None and is_complete(made):
        return made
    manifest = take_snapshot(context, step=steps.reading)
    as_of = context.params.get("as_of") or last_day(manifest)
    context.save_checkpoint({"snapshot": manifest.pk, "as_of": as_of, "runs": {}})
    return manifest


def _run(analysis: Analysis, facts: Facts, manifest: SnapshotManifest, context: JobContext, steps: Steps) -> None:
    run = Run.objects.create(
        analysis=analysis.name, manifest=manifest, job_id=context.job_id, as_of=facts.as_of, params={}
    )
    done = {**context.checkpoint, "runs": {**context.checkpoint["runs"], analysis.name: run.pk}}
    try:
        steps.next(_("Computing: %(analysis)s") % {"analysis": analysis.label})
        if missing := _failed_before(analysis, context):
            # Not among what is done: once these are computed, by the same job started again, its turn comes.
            publishing.withhold(context, run, Computed.nothing(_waits_for(missing)), checkpoint=context.checkpoint)
            return
        computed = _computed(analysis, run, facts, may_learn=context.params.get("learn", True))
        steps.next(_("Publishing: %(analysis)s") % {"analysis": analysis.label})
        if computed.withheld:
            publishing.withhold(context, run, computed, checkpoint=done)
        else:
            publishing.publish(context, run, computed, checkpoint=done)
    except NOT_OF_ONE_ANALYSIS:
        raise
    except Interrupted:
        publishing.give_up(run)
        raise
    except NotEnoughData as error:
        publishing.withhold(context, run, Computed.nothing(not_enough(error)), checkpoint=done)
    except Exception as error:
        publishing.fail(context, run, _in_words(error, run))


def _failed_before(analysis: Analysis, context: JobContext) -> list[Analysis]:
    """Of what it needs, that which this job has come to and not computed."""
    needed = analysis.needs()
    latest = dict(
        Run.objects.filter(job_id=context.job_id, analysis__in=needed).order_by("pk").values_list("analysis", "status")
    )
    return [catalog.get(name) for name, status in latest.items() if status == Run.Status.FAILED]


def _waits_for(missing: Sequence[Analysis]) -> str:
    names = ", ".join(str(each.label) for each in missing)
    return _("It waits for %(analyses)s, which failed, and is computed once that has been.") % {"analyses": names}


def _compare(facts: Facts, context: JobContext, steps: Steps) -> None:
    """What was said before beside what came. What goes wrong here spoils no recomputation: the next one tries again."""
    steps.next(_("Comparing what was said before with what came"))
    try:
        compare_with_what_came(context, facts)
    except (*NOT_OF_ONE_ANALYSIS, Interrupted):
        raise
    except Exception:
        logger.exception("What was said before could not be compared with what came")


def _computed(analysis: Analysis, run: Run, facts: Facts, *, may_learn: bool) -> Computed:
    try:
        run.params = analysis.params()
    except (ValueError, TypeError, KeyError) as error:
        raise JobError(_("Its settings cannot be used: %(error)s") % {"error": unusable(error)}) from error
    run.learned_by = None if may_learn or analysis.again is None else teacher(run.analysis, run.params, as_of=run.as_of)
    run.save(update_fields=["params", "learned_by"])
    if analysis.again is not None and run.learned_by is not None:
        applied = _applied(analysis.again, facts, run, run.learned_by)
        if applied is not None:
            return applied
        run.learned_by = None
        run.save(update_fields=["learned_by"])
    rng = np.random.default_rng(run.params.get("seed", catalog.SEED))
    return analysis.compute(facts, run.params, rng)


def _applied(again: Again, facts: Facts, run: Run, teacher: Run) -> Computed | None:
    """None where that run has not kept what is needed, or kept it as another version of the program did."""
    try:
        return again(facts, run.params, teacher)
    except (KeyError, TypeError):
        logger.warning("What run %s has learned cannot be applied: run %s learns", teacher.pk, run.pk, exc_info=True)
        return None


def _in_words(error: Exception, run: Run) -> str:
    if isinstance(error, JobError):
        return str(error)
    if isinstance(error, (MemoryError, OutOfMemory)):
        logger.error("Run %s (%s) ran out of memory", run.pk, run.analysis, exc_info=error)
        return _("The memory that one analysis may take (%(limit)s) did not suffice. An admin can raise it.") % {
            "limit": settings.ANALYTICS_MEMORY
        }
    logger.error("Run %s (%s) failed", run.pk, run.analysis, exc_info=error)
    if is_disk_full(error):
        return disk_full_in_words()
    return _("Something happened that the program is not prepared for. Its log says more under run %(id)s.") % {
        "id": run.pk
    }


def _result(context: JobContext, manifest: SnapshotManifest, analyses: list[Analysis]) -> dict[str, Any]:
    """What the job's page shows. Raises JobError if an analysis failed, naming each."""
    latest: Mapping[str, Run] = {run.analysis: run for run in Run.objects.filter(job_id=context.job_id).order_by("pk")}
    failed = [
        analysis
        for analysis in analyses
        if analysis.name in latest and latest[analysis.name].status == Run.Status.FAILED
    ]
    if failed:
        reasons = " ".join(f"{analysis.label}: {latest[analysis.name].error}" for analysis in failed)
        raise JobError(
            _("Not everything could be computed; what was published before stays in place. %(reasons)s")
            % {"reasons": reasons}
        )
    outcomes = {analysis.name: _outcome(latest.get(analysis.name)) for analysis in analyses}
    return {"snapshot": manifest.pk, "as_of": context.checkpoint["as_of"], **outcomes}


def _outcome(run: Run | None) -> str:
    if run is None:
        return _("left out: it is switched off")
    if run.status == Run.Status.WITHHELD:
        return _("not published. %(reason)s") % {"reason": run.error}
    return _("run %(run)s, %(rows)s rows") % {"run": run.pk, "rows": run.row_count}
