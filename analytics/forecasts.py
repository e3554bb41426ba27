"""What runs said of days to come is kept until these have passed, and compared with what came.

Of the comparison means over all cases are kept: of whoever is erased nothing is in them to take out. Where they stand
beside a proof, so are the cases (`analytics.judged_customers`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from analytics import catalog, judged_customers
from analytics.analyses.entry import Cases, Forecast
from analytics.evaluation import calibration
from analytics.features import Facts
from analytics.judged_customers import Judgement
from analytics.models import ForecastOutcome, Run
from customers.consent import take_turn
from jobs.context import JobContext

# So long after its horizon a run waits for a recomputation that sees it; then its rows go all the same.
PATIENCE = dt.timedelta(days=62)


def compare_with_what_came(context: JobContext, facts: Facts) -> int:
    """Score every forecast whose horizon lies within the facts and that is not scored yet; returns how many."""
    due = list(_due(facts.as_of))
    for run, forecast in due:
        cases = forecast.cases(run, facts)
        with context.fenced():
            _outcome(run, forecast, cases).save()
            if forecast.as_judged:
                take_turn()
                judgement = Judgement.of(cases.customers, cases.said, cases.became)
                judged_customers.keep(judgement, run=run, forecast=forecast.name)
    return len(due)


def awaited_runs(analysis: str) -> set[int]:
    """Those whose rows are still to be compared: the first published of each month, until all it said is scored."""
    forecasts = next((entry.forecasts for entry in catalog.ANALYSES if entry.name == analysis), ())
    runs = list(Run.objects.filter(analysis=analysis, status__in=Run.WITH_ROWS).order_by("pk")) if forecasts else []
    firsts: dict[tuple[int, int], Run] = {}
    for run in runs:
        firsts.setdefault((run.as_of.year, run.as_of.month), run)
    latest = max((run.as_of for run in runs), default=dt.date.min)
    scored = _scored(runs)
    return {
        run.pk
        for run in firsts.values()
        for forecast in forecasts
        if (run.pk, forecast.name) not in scored and forecast.last_day(run) + PATIENCE >= latest
    }


def _due(as_of: dt.date) -> Iterator[tuple[Run, Forecast]]:
    for analysis in catalog.ANALYSES:
        runs = Run.objects.filter(analysis=analysis.name, status__in=Run.WITH_ROWS) if analysis.forecasts else []
        scored = _scored(runs)
        for run in runs:
            for forecast in analysis.forecasts:
                if (run.pk, forecast.name) not in scored and forecast.last_day(run) <= as_of:
                    yield run, forecast


def _scored(runs: Iterable[Run]) -> set[tuple[int, str]]:
    found = ForecastOutcome.objects.filter(run__in=[run.pk for run in runs])
    return set(found.values_list("run_id", "forecast"))


def _outcome(run: Run, forecast: Forecast, cases: Cases) -> ForecastOutcome:
    said, became = cases.said, cases.became
    return ForecastOutcome(
        run=run,
        forecast=forecast.name,
        until=forecast.last_day(run),
        cases=len(said),
        said=float(said.mean()) if len(said) else 0.0,
        became=float(became.mean()) if len(said) else 0.0,
        squared_error=float(((said - became) ** 2).mean()) if len(said) else 0.0,
        inside=float(cases.inside.mean()) if len(cases.inside) else None,
        calibration=calibration(said, became),
    )
