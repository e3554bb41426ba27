"""Whether results are fresh, and how jobs fare."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from reports import upkeep_frames
from reports.catalog.entry import Chart
from reports.charts.upkeep import age_of_results, job_durations

OF_NOBODY = _(
    "It tells of runs and jobs, which are of the whole organisation: days and customers change nothing in it."
)

OF_NOW = _("It tells of this moment, or of the last 30 days alone.")

THE_RECORDS = _("the records of runs and jobs, at this moment")

CHARTS: tuple[Chart, ...] = (
    Chart(
        key="results-age",
        subject="upkeep",
        title=_("Age of results"),
        definition=_(
            "Of each analysis, how long ago the results that everybody sees were computed, or single customers in them "
            "were brought up to date, as of this moment. Hatched: a later attempt failed, or found nothing that is "
            "better than its baseline, so that the earlier results are shown on."
        ),
        frame=upkeep_frames.ages,
        draw=age_of_results,
        run=upkeep_frames.newest,
        roles=frozenset({Role.MANAGER, Role.ADMIN}),
        of_all=OF_NOBODY,
        not_compared=OF_NOW,
        source=THE_RECORDS,
    ),
    Chart(
        key="job-durations",
        subject="upkeep",
        title=_("How long jobs take"),
        definition=_(
            "Jobs that ended within the last 30 days, by kind. As a rule: half of those that were done took less; the "
            "line leads to the longest. A job that was begun again counts from its last attempt. Failed: it was given "
            "up after its last attempt."
        ),
        frame=upkeep_frames.jobs,
        draw=job_durations,
        run=upkeep_frames.newest,
        roles=frozenset({Role.ADMIN}),
        of_all=OF_NOBODY,
        not_compared=OF_NOW,
        source=THE_RECORDS,
    ),
)
