"""Churn. Only a process that computes pays for scikit-learn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.algorithms import data_gate
from analytics.algorithms.errors import demand_at_least
from analytics.analyses.entry import SEED, Analysis, Params
from analytics.customer_forecasts import customer_forecast
from analytics.features import Facts
from analytics.findings import FEATURES, Kind, Label, Metric, Verdict, compared
from analytics.judged_customers import Judgement
from analytics.many_ids import IdArray
from analytics.models import Run
from analytics.proof import Candidate, Proof
from analytics.results import Computed
from analytics.slice_words import slices
from core.templatetags.ui import number, percent

if TYPE_CHECKING:
    from analytics.algorithms.churn import Cases, ChurnModel, Judged
    from analytics.evaluation import FloatArray

MODELS: dict[str, Label] = {
    "logistic": gettext_lazy("logistic regression"),
    "boosting": gettext_lazy("boosted trees"),
    "hiatus": gettext_lazy("days since the last purchase alone"),
    "rfm": gettext_lazy("recency, frequency and amount"),
    "model": gettext_lazy("the model"),
}
SLICES: dict[str, Label] = {
    "bought_once": gettext_lazy("bought once"),
    "returning": gettext_lazy("came back"),
    "new": gettext_lazy("new, for less than 90 days"),
}
# As in analytics.algorithms.churn, which only a process that computes loads.
_FEATURES = ("silence", "frequency", "tenure", "recent", "basket", "events", "overdue")
_FEATURES_OF_RFM = ("silence", "frequency", "basket")
# From this probability on; the names are stored.
BANDS = (("very_high", 0.9), ("high", 0.7), ("medium", 0.4), ("low", 0.0))
BAND_LABELS: dict[str, Label] = {
    "very_high": gettext_lazy("Very high"),
    "high": gettext_lazy("High"),
    "medium": gettext_lazy("Medium"),
    "low": gettext_lazy("Low"),
}
BAND_TONES = {"very_high": "bad", "high": "warn", "medium": "neutral", "low": "good"}
# A reason that moves the odds by less than a tenth is none.
_LEAST_CONTRIBUTION = 0.1
_REASONS = 3


def _compute_churn(facts: Facts, params: Params, rng: np.random.Generator) -> Computed:
    from analytics.algorithms.churn import fit, judge

    days = params["horizon_days"]
    cutoffs = [facts.as_of - dt.timedelta(days=back * days) for back in (2, 1)]
    (_ids, earlier), (ids, later) = (_cases(facts, cutoff, days, params["sample_rows"], rng) for cutoff in cutoffs)
    judged = judge(earlier, later, rng=rng)
    used = judged.used or judged.champion
    model = fit(used, later, rng=rng)
    return _foreseen(
        facts,
        days,
        model,
        fitted={"model": used.value, "typical": [float(each) for each in model.typical]},
        metrics={"judged": judged.to_json(), "test_customers": len(later.silent)},
        learned=model.to_json(),
        withheld=_why_not(judged),
        judged=Judgement.of(ids, judged.said, later.silent),
    )


def _foresee_again(facts: Facts, params: Params, learned: Run) -> Computed | None:
    """By the model of that run, with what has been bought by now."""
    from analytics.algorithms.churn import ChurnModel

    if learned.learned is None:
        return None
    model = ChurnModel.from_json(learned.learned)
    return _foreseen(facts, params["horizon_days"], model, fitted=learned.fitted, metrics=learned.metrics)


def _foreseen(
    facts: Facts, days: int, model: ChurnModel, *, fitted: Mapping[str, Any], metrics: Mapping[str, Any], **more: Any
) -> Computed:
    from analytics.algorithms.churn import FEATURES as CHURN_FEATURES
    from analytics.algorithms.churn import features_of

    known = _known(facts, facts.as_of, days)
    features = features_of(known, as_of=facts.as_of)
    probability, reasons, contributions = _scored(features, model)
    now = {
        "customers": len(known),
        "expected_silent": float(probability.sum()),
        "bands": {band: int((_bands(probability) == band).sum()) for band, _least in BANDS},
    }
    return Computed(
        _frame(known, probability, reasons, contributions),
        fitted=fitted,
        metrics={**metrics, **now},
        watched=pd.DataFrame(features, columns=list(CHURN_FEATURES)).assign(churn_probability=probability),
        **more,
    )


def _known(facts: Facts, as_of: dt.date, days: int) -> pd.DataFrame:
    """What was known of each buyer on that day."""
    known = facts.purchase_histories(as_of=as_of, recent_days=days)
    data_gate.demand_enough(known, as_of=as_of)
    events = facts.recent_events(as_of=as_of, recent_days=days).set_index("customer_id")["events"]
    return known.assign(events=events.reindex(known["customer_id"], fill_value=0).to_numpy())


def _cases(facts: Facts, cutoff: dt.date, days: int, most: int, rng: np.random.Generator) -> tuple[IdArray, Cases]:
    """At most so many, drawn at random, and whose they are."""
    from analytics.algorithms.churn import Cases, features_of

    known = _known(facts, cutoff, days)
    came = facts.purchase_days(start=cutoff + dt.timedelta(days=1), until=cutoff + dt.timedelta(days=days))
    ids = known["customer_id"].to_numpy(dtype=np.int64)
    features, silent = features_of(known, as_of=cutoff), ~known["customer_id"].isin(came["customer_id"]).to_numpy()
    if len(ids) <= most:
        return ids, Cases(features, silent)
    rows = np.sort(rng.choice(len(ids), most, replace=False))
    return ids[rows], Cases(features[rows], silent[rows])


def _scored(features: FloatArray, model: ChurnModel) -> tuple[FloatArray, np.ndarray[Any, Any], FloatArray]:
    """Probabilities, and of each customer the features that move the odds most, with by how much: (n, 3)."""
    from analytics.algorithms.churn import FEATURES

    parts = model.contributions(features)
    strongest = np.argsort(-np.abs(parts), axis=1, kind="stable")[:, :_REASONS]
    return (
        model.probability(features),
        np.array(FEATURES, dtype=object)[strongest],
        np.take_along_axis(parts, strongest, axis=1),
    )


def _frame(
    known: pd.DataFrame, probability: FloatArray, reasons: np.ndarray[Any, Any], contributions: FloatArray
) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "customer_id": known["customer_id"],
            "churn_probability": probability,
            "band": _bands(probability),
            "places": (np.abs(contributions) >= _LEAST_CONTRIBUTION).sum(axis=1),
        }
    )
    for place in range(_REASONS):
        frame[f"reason_{place + 1:03}"] = reasons[:, place]
        frame[f"part_{place + 1:03}"] = contributions[:, place]
    return frame


def _bands(probability: FloatArray) -> np.ndarray[Any, Any]:
    conditions = [probability >= least for _band, least in BANDS]
    names: np.ndarray[Any, Any] = np.array([band for band, _least in BANDS], dtype=object)
    found: np.ndarray[Any, Any] = names[np.select(conditions, range(len(BANDS)), default=len(BANDS) - 1)]
    return found


def _why_not(judged: Judged) -> str:
    if judged.used is not None:
        return ""
    if not judged.beats:
        return _("On days it had not seen it was no better than the days since the last purchase alone.")
    return _(
        "On days it had not seen it was no better than recency, frequency and amount, and these no better than the days"
        " since the last purchase alone."
    )


def _default_churn() -> dict[str, Any]:
    return {"horizon_days": 90, "sample_rows": 100_000, "seed": SEED}


def _checked_churn(params: Params) -> dict[str, Any]:
    checked = {name: params[name] for name in _default_churn()}
    demand_at_least(checked, horizon_days=7, sample_rows=100)
    return checked


def _summary(run: Run) -> str:
    return _(
        "Of %(customers)s buyers %(silent)s will probably buy nothing within %(days)s days. AUC %(auc)s; the days since"
        " the last purchase alone reach %(hiatus)s."
    ) % {
        "customers": number(run.metrics["customers"]),
        "silent": percent(run.metrics["expected_silent"] / run.metrics["customers"], 0),
        "days": number(run.params["horizon_days"]),
        "auc": number(run.metrics["judged"]["auc"]["rfm" if _is_rfm(run) else "model"], 3),
        "hiatus": number(run.metrics["judged"]["auc"]["hiatus"], 3),
    }


def _metrics(run: Run) -> Iterator[Metric]:
    """Of what is used first."""
    judged, against_hiatus = run.metrics["judged"], _("Brier score, against the days since the last purchase alone")
    if _is_rfm(run):
        yield compared(against_hiatus, judged["rfm_brier"], digits=4)
        label = _("Brier score of “%(model)s”, against recency, frequency and amount")
        yield compared(label % {"model": MODELS[judged["champion"]]}, judged["brier_rfm"], digits=4)
    else:
        yield compared(against_hiatus, judged["brier"], digits=4)
        yield compared(_("Brier score, against recency, frequency and amount"), judged["brier_rfm"], digits=4)


def _is_rfm(run: Run) -> bool:
    """Whether recency, frequency and amount alone are used, which the champion did not beat."""
    return bool(run.fitted.get("model") == "rfm")


def _verdict(run: Run) -> Verdict:
    if _is_rfm(run):
        return Verdict(_("Not better than RFM – RFM is used"), "warn")
    if run.metrics["judged"]["brier_rfm"]["beats"]:
        return Verdict(_("Better than recency and than RFM"), "good")
    return Verdict(_("Better than recency, not than RFM"), "warn")


def _proof(run: Run) -> Proof:
    judged = run.metrics["judged"]
    tested_until = run.learned_as_of
    ranked = sorted(judged["chosen_on"].items(), key=lambda each: each[1])
    return Proof(
        predicts=_("Of each buyer the probability that they buy nothing within %(days)s days.")
        % {"days": number(run.params["horizon_days"])},
        baseline=MODELS["hiatus"],
        features=[FEATURES[name] for name in (_FEATURES_OF_RFM if _is_rfm(run) else _FEATURES)],
        known_until=tested_until - dt.timedelta(days=run.params["horizon_days"]),
        tested_until=tested_until,
        measure=_("Brier score where it was chosen"),
        candidates=[Candidate(MODELS[name], number(error, 4), name == judged["champion"]) for name, error in ranked],
        calibration=judged["calibration"],
        kind=Kind.SHARE,
        slices=slices(judged.get("slices", {}), SLICES, digits=4),
    )


def _horizon(run: Run) -> int:
    days: int = run.params["horizon_days"]
    return days


def _silent(facts: Facts, start: dt.date, until: dt.date) -> pd.Series[float]:
    return facts.purchase_days(start=start, until=until).set_index("customer_id")["purchase_days"] * 0.0


CHURN = Analysis(
    name="churn",
    label=gettext_lazy("Churn"),
    purpose=gettext_lazy("How likely each customer is to buy nothing within the next quarter, and what makes it so."),
    compute=_compute_churn,
    default_params=_default_churn,
    checked=_checked_churn,
    summary=_summary,
    metrics=_metrics,
    verdict=_verdict,
    proof=_proof,
    again=_foresee_again,
    forecasts=(
        customer_forecast(
            name="silence",
            label=gettext_lazy("Buys nothing within the horizon"),
            column="churn_probability",
            kind=Kind.SHARE,
            horizon_days=_horizon,
            came=_silent,
            otherwise=1.0,
            as_judged=True,
        ),
    ),
)
