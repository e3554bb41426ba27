"""Demand over time. Only a process that computes pays for statsmodels."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.algorithms.demand.periods import Calendar, Grain, by_period, calendar
from analytics.algorithms.errors import NotEnoughData, demand_at_least, demand_at_most
from analytics.analyses.entry import SEED, Analysis, Params
from analytics.demand_forecasts import demand_forecasts
from analytics.demand_series import SeriesKind, series_key
from analytics.evaluation import FloatArray, compare_paired
from analytics.features import Facts
from analytics.findings import Label, Metric, Verdict, compared
from analytics.models import Run
from analytics.proof import Candidate, Proof
from analytics.results import Computed
from core.templatetags.ui import number

if TYPE_CHECKING:
    from analytics.algorithms.demand.backtest import Judged
    from analytics.algorithms.demand.decomposition import Parts

MODELS: dict[str, Label] = {
    "seasonal_naive": gettext_lazy("the same as a season ago"),
    "theta": gettext_lazy("Theta"),
    "holt_winters": gettext_lazy("Holt–Winters"),
    "regression": gettext_lazy("regression on trend and season"),
    "sarima": gettext_lazy("SARIMA"),
}
_WEEK_BEFORE: Label = gettext_lazy("the same as the week before")
LATEST_ORDER_DAYS = 30
# Whose revenue within so many days is highest has a series of its own.
_RANKED_DAYS = 365
# Among so many times as many are those sought that have been sold for long enough.
_CANDIDATES = 3

# What a run keeps of how a series was judged, for those that go on by it.
_JUDGED = ("champion", "used", "widened", "comparison", "mase", "smape", "coverage", "tests")
_MAY_BE_UNKNOWN = (
    "value",
    "additive_trend",
    "additive_season",
    "multiplicative_trend",
    "multiplicative_season",
)


@dataclass(frozen=True, eq=False)
class Series:
    """Values of the last whole periods, shape (n,)."""

    key: str
    values: FloatArray


def _compute_demand(facts: Facts, params: Params, rng: np.random.Generator) -> Computed:
    totals = facts.demand_totals()
    when, tried = _all_series(facts, params, totals)
    judged: dict[str, Judged] = {}
    for series in tried:
        try:
            judged[series.key] = _judged(series, when, params, rng)
        except NotEnoughData:
            continue
    if not judged:
        raise NotEnoughData("no_change")
    together, left_out = _together(list(judged.values()), rng), len(tried) - len(judged)
    kept = {key: each.to_json() for key, each in judged.items()}
    return _computed(tried, when, params, totals, kept, {"together": together, "left_out": left_out})


def _go_on(facts: Facts, params: Params, learned: Run) -> Computed:
    """By the models that an earlier run has chosen: series that it did not know wait for the next one that chooses.
    Where the history has become long enough for months, all is chosen anew."""
    totals = facts.demand_totals()
    when, tried = _all_series(facts, params, totals)
    if learned.metrics["grain"] != when.grain:
        return _compute_demand(facts, params, np.random.default_rng(params["seed"]))
    kept = {each["series"]: {name: each[name] for name in _JUDGED} for each in learned.metrics["series"]}
    of_all = {name: learned.metrics[name] for name in ("together", "left_out")}
    return _computed(tried, when, params, totals, kept, of_all)


def _computed(
    tried: Sequence[Series],
    when: Calendar,
    params: Params,
    totals: pd.DataFrame,
    kept: Mapping[str, dict[str, Any]],
    of_all: dict[str, Any],
) -> Computed:
    """Rows of the series of which it is known how they were judged."""
    known = [series for series in tried if series.key in kept]
    looked = [_looked_at(series, when, params, kept[series.key]) for series in known]
    rows = pd.concat([rows for rows, _metrics_of in looked], ignore_index=True)
    rows.insert(0, "place", np.arange(1, len(rows) + 1))
    starts = when.start_dates(beyond=1)
    return Computed(
        rows,
        metrics={
            "grain": when.grain.value,
            "first_date": starts[0].isoformat(),
            "last_date": (starts[-1] - dt.timedelta(days=1)).isoformat(),
            "horizon": _horizon(when.grain, params),
            "series": [metrics for _rows, metrics in looked],
            **of_all,
        },
        watched=_watched(totals, rows),
    )


def _watched(totals: pd.DataFrame, rows: pd.DataFrame) -> dict[Hashable, pd.Series[Any]]:
    """What the days of the last year brought, and how far the periods of all series lie from what trend and season let
    expect: 1 is an end of the expected range."""
    when = pd.to_datetime(totals["day"])
    days = totals[when > when.max() - pd.Timedelta(days=_RANKED_DAYS)]
    seen = rows[rows["value"].notna()].astype(dict.fromkeys(("value", "expected", "low", "high"), "float64"))
    half = ((seen["high"] - seen["low"]) / 2).where(lambda each: each > 0)
    return {
        "day_revenue": days["net_minor"].astype("float64"),
        "day_orders": days["orders"].astype("float64"),
        "distance_from_expected": (seen["value"] - seen["expected"]) / half,
    }


def _calendar(totals: pd.DataFrame, as_of: dt.date) -> Calendar:
    """The whole periods between the first day with a sale and the run's."""
    sales = pd.to_datetime(totals.loc[totals["orders"] > 0, "day"])
    if sales.empty:
        raise NotEnoughData("no_orders")
    silent = (pd.Timestamp(as_of) - sales.max()).days
    if silent > LATEST_ORDER_DAYS:
        raise NotEnoughData("no_recent_order", found=silent, allowed=LATEST_ORDER_DAYS)
    return calendar(sales.min().date(), as_of)


def _all_series(facts: Facts, params: Params, totals: pd.DataFrame) -> tuple[Calendar, list[Series]]:
    when = _calendar(totals, facts.as_of)
    since = facts.as_of - dt.timedelta(days=_RANKED_DAYS - 1)
    categories, products = params["most_categories"], params["most_products"]
    of_categories = facts.demand_of_categories(since=since, most=_CANDIDATES * categories)
    of_products = facts.demand_of_products(since=since, most=_CANDIDATES * products)
    return when, [
        Series(SeriesKind.REVENUE.value, by_period(totals, "net_minor", when)),
        Series(SeriesKind.ORDERS.value, by_period(totals, "orders", when)),
        *_established(of_categories, "net_minor", SeriesKind.CATEGORY, categories, when, since),
        *_established(of_products, "quantity", SeriesKind.PRODUCT, products, when, since),
    ]


def _established(
    days: pd.DataFrame, value: str, kind: SeriesKind, most: int, when: Calendar, since: dt.date
) -> Iterator[Series]:
    """Those that have been sold for long enough, from their first whole period on; the highest of late first."""
    of_late = days[pd.to_datetime(days["day"]) >= pd.Timestamp(since)].groupby(kind.column)[value].sum()
    kept = 0
    for pk in of_late.sort_values(ascending=False, kind="stable").index:
        values = _since_first_sale(by_period(days[days[kind.column] == pk], value, when))
        if len(values) >= when.grain.fewest and kept < most:
            kept += 1
            yield Series(series_key(kind, int(pk)), values)


def _since_first_sale(values: FloatArray) -> FloatArray:
    """Without the periods before the first sale, nor that of it, of which a part may lie before."""
    sold = np.flatnonzero(values)
    if len(sold) == 0:
        return values[:0]
    return values if sold[0] == 0 else values[sold[0] + 1 :]


def _judged(series: Series, when: Calendar, params: Params, rng: np.random.Generator) -> Judged:
    from analytics.algorithms.demand.backtest import judge, periods_on_trial

    count, season = len(series.values), when.grain.season
    tests = periods_on_trial(count, season=season, fewest=when.grain.fewest)
    return judge(series.values, season=season, tests=tests, horizon=_horizon(when.grain, params), rng=rng)


def _looked_at(
    series: Series, when: Calendar, params: Params, judged: Mapping[str, Any]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The rows of a series and what the run keeps of it."""
    from analytics.algorithms.demand import backtest, decomposition
    from analytics.algorithms.demand.forecasters import ModelName

    values, season, horizon = series.values, when.grain.season, _horizon(when.grain, params)
    used, widened = ModelName(judged["used"]), judged["widened"]
    ahead = backtest.forecast(values, used, season=season, horizon=horizon, widened=widened)
    width = params["outlying"]
    added = decomposition.additive(values, season=season, width=width)
    multiplied = decomposition.multiplicative(values, season=season, width=width)
    chosen = decomposition.better(values, added, multiplied)
    expected = decomposition.expected_range(values, chosen, season=season, width=width)
    seen = pd.DataFrame(
        {
            "value": values,
            "expected": chosen.expected,
            "low": expected.low,
            "high": expected.high,
            "is_anomaly": expected.is_outside,
            **_columns("additive", added),
            **_columns("multiplicative", multiplied),
        }
    )
    coming = pd.DataFrame({"expected": ahead.median, "low": ahead.low, "high": ahead.high, "is_anomaly": False})
    rows = pd.concat([seen, coming], ignore_index=True).astype(dict.fromkeys(_MAY_BE_UNKNOWN, "Float64"))
    rows.insert(0, "series", series.key)
    rows.insert(1, "start_date", when.start_dates(beyond=horizon)[-len(rows) :])
    metrics = {
        "series": series.key,
        "periods": len(values),
        "decomposition": "multiplicative" if chosen.is_multiplicative else "additive",
        "anomalies": int(expected.is_outside.sum()),
        **judged,
    }
    return rows, metrics


def _columns(kind: str, parts: Parts | None) -> dict[str, FloatArray | None]:
    return {f"{kind}_trend": parts.trend if parts else None, f"{kind}_season": parts.season if parts else None}


def _horizon(grain: Grain, params: Params) -> int:
    return int(params["horizon_months"] if grain is Grain.MONTH else params["horizon_weeks"])


def _together(all_judged: Sequence[Judged], rng: np.random.Generator) -> dict[str, Any]:
    """Champions against seasonal-naive over all series: their scaled errors are averaged by period, which all share."""
    tests = min(len(judged.by_target[0]) for judged in all_judged)
    model, baseline = (np.mean([judged.by_target[side][-tests:] for judged in all_judged], axis=0) for side in (0, 1))
    return compare_paired("mase", model=model, baseline=baseline, rng=rng, higher_is_better=False).to_json()


def _default_demand() -> dict[str, Any]:
    return {
        "most_categories": 8,
        "most_products": 10,
        "horizon_months": 6,
        "horizon_weeks": 8,
        "outlying": 3.5,
        "seed": SEED,
    }


def _checked_demand(params: Params) -> dict[str, Any]:
    checked = {name: params[name] for name in _default_demand()}
    demand_at_least(checked, horizon_months=1, horizon_weeks=1, most_categories=0, most_products=0, outlying=1)
    demand_at_most(checked, horizon_months=24, horizon_weeks=52, most_categories=50, most_products=50, outlying=10)
    return checked


def _of(run: Run, key: SeriesKind) -> dict[str, Any] | None:
    return next((each for each in run.metrics["series"] if each["series"] == key.value), None)


def models_of(run: Run) -> dict[str, Label]:
    """The models by name; weeks have no season, so their baseline is the week before."""
    return MODELS if run.metrics["grain"] == Grain.MONTH else {**MODELS, "seasonal_naive": _WEEK_BEFORE}


def _summary(run: Run) -> str:
    return _(
        "%(series)s series by %(grain)s, %(ahead)s ahead. %(better)s of them are forecast better than by: %(baseline)s."
        " %(anomalies)s values stand out."
    ) % {
        "baseline": models_of(run)["seasonal_naive"],
        "series": number(len(run.metrics["series"])),
        "grain": _("month") if run.metrics["grain"] == Grain.MONTH else _("week"),
        "ahead": number(run.metrics["horizon"]),
        "better": number(_beating(run)),
        "anomalies": number(sum(each["anomalies"] for each in run.metrics["series"])),
    }


def _beating(run: Run) -> int:
    return sum(each["comparison"]["beats"] for each in run.metrics["series"])


def _metrics(run: Run) -> Iterator[Metric]:
    yield compared(_("Scaled error (MASE), all series together"), run.metrics["together"], digits=2)
    for key, label in ((SeriesKind.REVENUE, _("MASE of revenue")), (SeriesKind.ORDERS, _("MASE of orders"))):
        if found := _of(run, key):
            yield compared(label, found["comparison"], digits=2)


def _verdict(run: Run) -> Verdict:
    better, series = _beating(run), len(run.metrics["series"])
    if better == 0:
        return Verdict(_("Beats the baseline in no series: it is used"), "warn")
    words = _("Beats the baseline in %(better)s of %(series)s series")
    return Verdict(
        words % {"better": number(better), "series": number(series)}, "good" if 2 * better >= series else "warn"
    )


def _proof(run: Run) -> Proof:
    series = run.metrics["series"]
    models = models_of(run)
    errors = {name: sum(each["mase"][name] for each in series) / len(series) for name in models}
    return Proof(
        predicts=_(
            "What each series will bring in the periods to come, with a range that is to hold 80 of 100 values."
        ),
        baseline=_("%(model)s, which is used where it is not beaten") % {"model": models["seasonal_naive"]},
        features=[_("Earlier values of the same series"), _("Month of the year")],
        measure=_("Mean MASE"),
        candidates=[
            Candidate(models[name], number(errors[name], 2)) for name in sorted(errors, key=errors.__getitem__)
        ],
        no_slices=_("It is judged series by series, as below; a series has no new customers and no small segments."),
    )


DEMAND = Analysis(
    name="demand",
    label=gettext_lazy("Demand"),
    purpose=gettext_lazy(
        "Revenue, orders, categories and products over time: trend, season, what stood out, what comes."
    ),
    compute=_compute_demand,
    again=_go_on,
    default_params=_default_demand,
    checked=_checked_demand,
    summary=_summary,
    metrics=_metrics,
    verdict=_verdict,
    proof=_proof,
    forecasts=tuple(demand_forecasts()),
)
