"""Expected purchases, and the lifetime value that follows from them. Only a process that computes pays for SciPy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.algorithms import data_gate
from analytics.analyses.entry import SEED, Analysis, Forecast, Params
from analytics.features import Facts
from analytics.findings import FEATURES, Kind, Label, Metric, Verdict, compared
from analytics.models import Run
from analytics.proof import Candidate, Proof
from analytics.results import Computed
from core.templatetags.ui import number, percent

if TYPE_CHECKING:
    from analytics.algorithms.btyd.backtest import Backtest, Window
    from analytics.algorithms.btyd.gamma_gamma import GammaGamma
    from analytics.algorithms.btyd.histories import FloatArray
    from analytics.algorithms.btyd.outlook import Outlook

# Days of 3, 6 and 12 months.
HORIZONS = (91, 182, 365)

_FEATURES = ("repeats", "recency_days", "age", "basket")
_WATCHED = ("expected_purchases_12m", "expected_basket_minor", "alive_probability")

MODELS: dict[str, Label] = {
    "bg_nbd": "BG/NBD",
    "mbg_nbd": "MBG/NBD",
    "pareto_nbd": "Pareto/NBD",
    "baseline": gettext_lazy("the mean of those who bought as often before"),
}
SLICES: dict[str, Label] = {
    "bought_once": gettext_lazy("bought once"),
    "returning": gettext_lazy("came back"),
    "new": gettext_lazy("new, for less than 90 days"),
}


def _compute_clv(facts: Facts, params: Params, rng: np.random.Generator) -> Computed:
    from analytics.algorithms.btyd.backtest import backtest
    from analytics.algorithms.btyd.histories import histories_at
    from analytics.algorithms.btyd.outlook import ModelName, fit, outlook

    days, most = params["test_days"], params["sample_rows"]
    known = facts.purchase_histories(as_of=facts.as_of, recent_days=days)
    data_gate.demand_enough(known, as_of=facts.as_of)
    judged = backtest(
        _window(facts, facts.as_of - dt.timedelta(days=2 * days), days),
        _window(facts, facts.as_of - dt.timedelta(days=days), days),
        candidates=tuple(ModelName(name) for name in params["models"]),
        most=most,
        rng=rng,
    )
    histories = histories_at(known, as_of=facts.as_of)
    model = fit(judged.champion, histories, most=most, rng=rng)
    spend = _spend_model(known)
    expected = outlook(model, histories, horizons=HORIZONS)
    frame = _frame(known, expected, _spend(known, spend), facts.as_of)
    return Computed(
        frame,
        fitted={"model": judged.champion.value, "params": model.to_json(), "spend": spend.to_json()},
        metrics={"buyers": len(known), "backtest": judged.to_json(), **_totals(expected, _spend(known, spend))},
        withheld=_why_not(judged),
        watched=frame[list(_WATCHED)].assign(age=histories.age, repeats=histories.repeats),
    )


def _window(facts: Facts, cutoff: dt.date, days: int) -> Window:
    """What was known at the cut-off, refunds paid later not yet among it, and what came in the days after."""
    from analytics.algorithms.btyd.backtest import Window
    from analytics.algorithms.btyd.histories import histories_at

    known = facts.purchase_histories(as_of=cutoff, recent_days=days)
    data_gate.demand_enough(known, as_of=cutoff)
    came = facts.purchase_days(start=cutoff + dt.timedelta(days=1), until=cutoff + dt.timedelta(days=days))
    actual = came.set_index("customer_id")["purchase_days"].reindex(known["customer_id"], fill_value=0)
    return Window(
        histories=histories_at(known, as_of=cutoff),
        before=known["recent"].to_numpy(dtype=np.float64),
        actual=actual.to_numpy(dtype=np.float64),
        days=days,
    )


def _spend_model(known: pd.DataFrame) -> GammaGamma:
    """Of those who bought on several days; days that refunds left without an amount tell nothing."""
    from analytics.algorithms.btyd.gamma_gamma import fit_gamma_gamma

    returning = known[(known["frequency"] > 1) & (known["mean_spend_minor"] > 0)]
    return fit_gamma_gamma(
        returning["frequency"].to_numpy(dtype=np.float64), returning["mean_spend_minor"].to_numpy(dtype=np.float64)
    )


def _spend(known: pd.DataFrame, model: GammaGamma) -> FloatArray:
    """Expected amount of a purchase day, in minor units."""
    mean = known["mean_spend_minor"].to_numpy(dtype=np.float64)
    days = np.where(mean > 0, known["frequency"].to_numpy(dtype=np.float64), 0.0)
    return model.expected_spend(days, np.maximum(mean, 0.0))


def _frame(known: pd.DataFrame, expected: Outlook, spend: FloatArray, as_of: dt.date) -> pd.DataFrame:
    columns: dict[str, Any] = {
        "customer_id": known["customer_id"],
        "alive_probability": expected.alive,
        "expected_basket_minor": np.rint(spend).astype(np.int64),
    }
    for place, months in enumerate((3, 6, 12)):
        purchases = expected.expected[:, place]
        columns |= {
            f"expected_purchases_{months}m": purchases,
            f"expected_spend_{months}m_minor": np.rint(purchases * spend).astype(np.int64),
        }
    columns |= {
        "least_spend_12m_minor": np.rint(expected.low[:, -1] * spend).astype(np.int64),
        "most_spend_12m_minor": np.rint(expected.high[:, -1] * spend).astype(np.int64),
        "next_purchase_date": pd.Timestamp(as_of) + pd.to_timedelta(pd.Series(np.ceil(expected.next_after)), unit="D"),
    }
    return pd.DataFrame(columns)


def _totals(expected: Outlook, spend: FloatArray) -> dict[str, Any]:
    by_horizon = {
        str(months): {
            "purchases": float(expected.expected[:, place].sum()),
            "spend_minor": int((expected.expected[:, place] * spend).sum()),
        }
        for place, months in enumerate((3, 6, 12))
    }
    return {"expected": by_horizon}


def _why_not(judged: Backtest) -> str:
    if judged.beats:
        return ""
    return _("On days it had not seen it was no closer than the mean of those who bought as often before.")


def _default_clv() -> dict[str, Any]:
    return {"test_days": 90, "models": ["bg_nbd", "mbg_nbd", "pareto_nbd"], "sample_rows": 50_000, "seed": SEED}


def _checked_clv(params: Params) -> dict[str, Any]:
    checked = {name: params[name] for name in _default_clv()}
    models = list(checked["models"])
    if unknown := set(models) - set(_default_clv()["models"]):
        raise ValueError(f"unknown models: {', '.join(sorted(unknown))}")
    if not models or checked["test_days"] < 7 or checked["sample_rows"] < 100:
        raise ValueError("at least one model, seven days to test on and a sample of 100 are needed")
    return {**checked, "models": models}


def _summary(run: Run) -> str:
    backtest = run.metrics["backtest"]
    return _(
        "%(buyers)s buyers; %(purchases)s purchase days are expected within a year, by %(model)s. In the last %(days)s"
        " days it expected %(level)s of what came."
    ) % {
        "buyers": number(run.metrics["buyers"]),
        "purchases": number(run.metrics["expected"]["12"]["purchases"], 0),
        "model": MODELS[backtest["champion"]],
        "days": number(run.params["test_days"]),
        "level": percent(backtest["level"], 0),
    }


def _metrics(run: Run) -> Iterator[Metric]:
    backtest = run.metrics["backtest"]
    yield compared(_("Squared error of the purchases of a customer"), backtest["comparison"], digits=3)


def _verdict(run: Run) -> Verdict:
    return Verdict(_("Closer than the mean of those alike"), "good")


def _proof(run: Run) -> Proof:
    backtest = run.metrics["backtest"]
    ranked = sorted(backtest["error_by_model"].items(), key=lambda each: each[1])
    return Proof(
        predicts=_("Of each buyer how many purchase days, and what amount, the next 3, 6 and 12 months will bring."),
        baseline=MODELS["baseline"],
        features=[FEATURES[name] for name in _FEATURES],
        known_until=run.as_of - dt.timedelta(days=run.params["test_days"]),
        tested_until=run.as_of,
        measure=_("Root mean squared error where it was chosen"),
        candidates=[Candidate(MODELS[name], number(error, 3), name == backtest["champion"]) for name, error in ranked],
        calibration=backtest.get("calibration", []),
        slices=[compared(SLICES[part["name"]], part, digits=3) for part in backtest["slices"]],
    )


def _purchases(facts: Facts, start: dt.date, until: dt.date) -> pd.Series[float]:
    return facts.purchase_days(start=start, until=until).set_index("customer_id")["purchase_days"].astype(float)


def _spent(facts: Facts, start: dt.date, until: dt.date) -> pd.Series[float]:
    return facts.purchase_days(start=start, until=until).set_index("customer_id")["spent_minor"].astype(float)


def _after(days: int, run: Run) -> int:
    return days


def _forecasts() -> Iterator[Forecast]:
    for days, months, purchases, spend in (
        (91, 3, gettext_lazy("Purchase days, 3 months"), gettext_lazy("Spend, 3 months")),
        (182, 6, gettext_lazy("Purchase days, 6 months"), gettext_lazy("Spend, 6 months")),
        (365, 12, gettext_lazy("Purchase days, 12 months"), gettext_lazy("Spend, 12 months")),
    ):
        horizon = partial(_after, days)
        yield Forecast(
            name=f"purchases_{months}m",
            label=purchases,
            column=f"expected_purchases_{months}m",
            kind=Kind.NUMBER,
            horizon_days=horizon,
            came=_purchases,
            as_judged=months == 3,
        )
        yield Forecast(
            name=f"spend_{months}m",
            label=spend,
            column=f"expected_spend_{months}m_minor",
            kind=Kind.AMOUNT,
            horizon_days=horizon,
            came=_spent,
        )


CLV = Analysis(
    name="clv",
    label=gettext_lazy("Expected purchases and lifetime value"),
    purpose=gettext_lazy("How often each customer will buy and for how much, when next, and whether they still will."),
    compute=_compute_clv,
    default_params=_default_clv,
    checked=_checked_clv,
    summary=_summary,
    metrics=_metrics,
    verdict=_verdict,
    proof=_proof,
    forecasts=tuple(_forecasts()),
)
