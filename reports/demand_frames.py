"""The published periods of one series of demand, as `reports.charts.demand` draws them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from analytics import demand_series
from analytics.analyses.demand import models_of
from analytics.demand_series import NamedSeries, SeriesKind
from analytics.models import DemandPeriod, Run
from core.text import isolated
from customers.filters import EVERYBODY
from reports.charts.drawing import rows_of
from reports.drilling import behind
from reports.semantics.periods import last_day

COLUMNS = ("start_date", "value", "expected", "low", "high", "is_anomaly")
_PARTS = ("additive_trend", "additive_season", "multiplicative_trend", "multiplicative_season")


def keys(run: Run | None) -> list[str]:
    """Of the series of a run, in its order."""
    return [each["series"] for each in run.metrics["series"]] if run else []


def periods(run: Run | None, series: str) -> pd.DataFrame:
    """Empty where there is no such series, or where the rows of the run are not kept."""
    found = next((each for each in run.metrics["series"] if each["series"] == series), None) if run else None
    if run is None or found is None:
        return pd.DataFrame(columns=list(COLUMNS))
    rows = DemandPeriod.objects.filter(run_id=run.pk, series=series).order_by("start_date")
    frame = pd.DataFrame.from_records(list(rows.values_list(*COLUMNS, *_PARTS)), columns=[*COLUMNS, *_PARTS])
    trend, season_share = _parts(frame, found["decomposition"])
    [named] = demand_series.named([series])
    return frame[list(COLUMNS)].assign(
        trend=trend,
        season_share=season_share,
        series=series,
        label=isolated(str(named.label)),
        unit=unit(named),
        grain=run.metrics["grain"],
        season=12 if run.metrics["grain"] == "month" else 1,
        model=str(models_of(run)[found["used"]]),
    )


def who_bought(periods: pd.DataFrame, facts_run: Run | None) -> list[str]:
    """Of each period in which anything was bought the filter of those who did, as the facts know them."""
    return [
        _bought_in(facts_run, row["series"], row["start_date"], row["grain"]) if facts_run and row["value"] > 0 else ""
        for row in rows_of(periods)
    ]


def _bought_in(facts_run: Run, series: str, start: dt.date, grain: str) -> str:
    kind, _colon, pk = series.partition(":")
    of = f"product_buyers/{grain}/{kind}" if pk else f"buyers/{grain}"
    until = last_day(start, grain, sunday_weeks=False)
    further = {"further": pk} if pk else {}
    return behind([facts_run], EVERYBODY, of=of, key=start.isoformat(), since=start, until=until, **further)


def unit(series: NamedSeries) -> str:
    if series.kind.is_money:
        return "money"
    return "orders" if series.kind is SeriesKind.ORDERS else "pieces"


def _parts(frame: pd.DataFrame, decomposition: str) -> tuple[Any, Any]:
    """Trend, and by how much of it the season raises a period, of the decomposition that leaves less over."""
    trend, season = (
        frame[f"{decomposition}_{part}"].to_numpy(dtype=np.float64, na_value=np.nan) for part in ("trend", "season")
    )
    if decomposition == "multiplicative":
        return trend, season - 1
    return trend, np.divide(season, trend, out=np.zeros_like(season), where=trend > 0)
