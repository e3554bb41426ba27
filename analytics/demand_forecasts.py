"""What was said of demand, of each series and each period to come, as cases to be compared with what came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import pandas as pd
from django.utils.translation import gettext_lazy

from analytics.algorithms.demand.periods import Calendar, Grain, by_period
from analytics.analyses.entry import Cases, Forecast, Label
from analytics.demand_series import SeriesKind
from analytics.features import Facts
from analytics.findings import Kind
from analytics.models import DemandPeriod, Run

_LABELS: dict[SeriesKind, Label] = {
    SeriesKind.REVENUE: gettext_lazy("Revenue of a period"),
    SeriesKind.ORDERS: gettext_lazy("Orders of a period"),
    SeriesKind.CATEGORY: gettext_lazy("Revenue of a category in a period"),
    SeriesKind.PRODUCT: gettext_lazy("Pieces of a product in a period"),
}
# The column of the facts.
_VALUES = {
    SeriesKind.REVENUE: "net_minor",
    SeriesKind.ORDERS: "orders",
    SeriesKind.CATEGORY: "net_minor",
    SeriesKind.PRODUCT: "quantity",
}


def demand_forecasts() -> Iterator[Forecast]:
    """Each over all periods that a run looked ahead."""
    for kind, label in _LABELS.items():
        yield Forecast(
            name=kind.value,
            label=label,
            kind=Kind.AMOUNT if kind.is_money else Kind.NUMBER,
            horizon_days=_horizon_days,
            cases=partial(_cases, kind),
            of=gettext_lazy("Values"),
        )


def _horizon_days(run: Run) -> int:
    """Until the end of the last period ahead: the run's day may lie within the first."""
    last = pd.Period(run.metrics["last_date"], Grain(run.metrics["grain"]).frequency) + run.metrics["horizon"]
    days: int = (last.end_time.date() - run.as_of).days
    return days


def _cases(kind: SeriesKind, run: Run, facts: Facts) -> Cases:
    said = _said(kind, run)
    grain, became = Grain(run.metrics["grain"]), [np.zeros(0)]
    days = _days(kind, said["pk"].unique().tolist(), facts)
    for pk, rows in said.groupby("pk", sort=False):
        own = days[days[kind.column] == pk] if kind.column in days else days
        periods = pd.PeriodIndex(rows["start_date"], freq=grain.frequency)
        became.append(by_period(own, _VALUES[kind], Calendar(grain, periods)))
    came = np.concatenate(became)
    low, expected, high = (said[name].to_numpy(dtype=np.float64) for name in ("low", "expected", "high"))
    return Cases(said=expected, became=came, inside=(low <= came) & (came <= high))


def _said(kind: SeriesKind, run: Run) -> pd.DataFrame:
    """The forecasts of the series of that kind, each series in its order; pk: of the category or product, else 0."""
    columns = ["series", "start_date", "low", "expected", "high"]
    coming = DemandPeriod.objects.filter(run_id=run.pk, value=None, series__startswith=kind.value).order_by("place")
    said = pd.DataFrame.from_records(list(coming.values_list(*columns)), columns=columns)
    return said.assign(pk=[int(key.partition(":")[2] or 0) for key in said["series"]])


def _days(kind: SeriesKind, pks: Sequence[int], facts: Facts) -> pd.DataFrame:
    if kind is SeriesKind.CATEGORY:
        return facts.demand_of_categories(only=pks)
    if kind is SeriesKind.PRODUCT:
        return facts.demand_of_products(only=pks)
    return facts.demand_totals()
