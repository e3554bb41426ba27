"""Expected purchases, and the lifetime value that follows from them. Only a process that computes pays for SciPy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.algorithms import data_gate
from analytics.algorithms.errors import InvalidParams, NotEnoughData, demand_at_least
from analytics.analyses.entry import SEED, Analysis, Forecast, Params
from analytics.customer_forecasts import customer_forecast
from analytics.features import Facts
from analytics.findings import FEATURES, Kind, Label, Metric, Verdict, compared
from analytics.judged_customers import Judgement
from analytics.models import Run
from analytics.proof import Proof
from analytics.results import Computed
from analytics.slice_words import slices
from core.models import OrganisationSettings
from core.money import minor_digits
from core.templatetags.ui import number, percent

if TYPE_CHECKING:
    from analytics.algorithms.btyd.outlook import ModelName
    from analytics.algorithms.potential.judging import Judged
    from analytics.algorithms.potential.outlook import Learned, Outlook
    from analytics.algorithms.potential.texts import Texts
    from analytics.algorithms.potential.windows import Known, Target, Window

# Days of 3, 6 and 12 months.
HORIZONS = {3: 91, 6: 182, 12: 365}

_FEATURES_OF_LEAVING = ("repeats", "recency_days", "age", "basket")
_WATCHED = ("expected_purchases_12m", "expected_basket_minor", "alive_probability")

MODELS: dict[str, Label] = {
    "bg_nbd": "BG/NBD",
    "mbg_nbd": "MBG/NBD",
    "pareto_nbd": "Pareto/NBD",
    "ridge": gettext_lazy("linear regression"),
    "svm": gettext_lazy("linear SVM regression"),
    "tree": gettext_lazy("decision tree"),
    "boosting": gettext_lazy("boosted trees"),
    "last_period": gettext_lazy("as much as in the last days"),
    "rfm_cells": gettext_lazy("the mean of the same recency and frequency"),
    "alike": gettext_lazy("the mean of those who bought as often before"),
    "mean": gettext_lazy("the mean of all"),
}
LEAVING_MODELS = ("bg_nbd", "mbg_nbd", "pareto_nbd")
# To BG/NBD nobody has left who bought once: who is still a customer is told by one of the others.
STAYING_MODELS = ("mbg_nbd", "pareto_nbd")
FEATURE_MODELS = ("ridge", "svm", "tree", "boosting")
SLICES: dict[str, Label] = {
    "bought_once": gettext_lazy("bought once"),
    "returning": gettext_lazy("came back"),
    "new": gettext_lazy("new, for less than 90 days"),
}


def _compute_clv(facts: Facts, params: Params, rng: np.random.Generator) -> Computed:
    from analytics.algorithms.btyd.outlook import ModelName
    from analytics.algorithms.potential.judging import Names, judge
    from analytics.algorithms.potential.outlook import learn
    from analytics.algorithms.potential.windows import Target

    days, most = params["test_days"], params["sample_rows"]
    buyers = _Buyers(facts, days)
    now = buyers.on(facts.as_of)
    learning, choosing, judging = (
        window.sample(most, rng) if window else None
        for window in (
            buyers.window_if_enough(3 * days, days),
            buyers.window(2 * days, days),
            buyers.window(days, days),
        )
    )
    assert choosing is not None and judging is not None  # noqa: S101, PT018  # too little history was raised
    judged = judge(learning, choosing, judging, names=Names.of(params["models"]), most=most, rng=rng)
    used = {target: each.used for target, each in judged.items()}
    leaving, staying = _best_among(LEAVING_MODELS, judged), _best_among(STAYING_MODELS, judged)
    assert leaving is not None  # noqa: S101 - at least one is judged
    ids = judging.known.frame["customer_id"].to_numpy(dtype=np.int64)
    windows = {length: buyers.window_if_enough(length, length) for length in HORIZONS.values()}
    learned = learn(now, windows, used=used, leaving=leaving, staying=staying or ModelName.MBG_NBD, most=most, rng=rng)
    lasting = learned.lasting
    return _foreseen(
        now,
        learned,
        fitted={
            "model": leaving.value,
            "staying": learned.staying.name.value,
            **{target.value: name for target, name in used.items()},
            "params": lasting.models[leaving].to_json(),
            "basket": lasting.amounts.to_json(),
            "features": learned.features(),
        },
        metrics={
            "judged_on": len(judging),
            "has_learned_features": learning is not None,
            "judged": {target.value: each.to_json() for target, each in judged.items()},
        },
        learned=learned.to_json(),
        withheld=_why_not(judged),
        judged=Judgement.of(ids, judged[Target.PURCHASES].said, judging.came[Target.PURCHASES]),
    )


def _foresee_again(facts: Facts, params: Params, learned: Run) -> Computed | None:
    """By the models of that run, with what has been bought by now."""
    from analytics.algorithms.potential.outlook import Learned

    kept = learned.learned
    if kept is None:
        return None
    now = _Buyers(facts, params["test_days"]).on(facts.as_of)
    return _foreseen(now, Learned.from_json(kept), fitted=learned.fitted, metrics=learned.metrics)


def _foreseen(
    now: Known, models: Learned, *, fitted: Mapping[str, Any], metrics: Mapping[str, Any], **more: Any
) -> Computed:
    from analytics.algorithms.potential.outlook import look_ahead

    found = look_ahead(models, now)
    frame, histories = _frame(now, found), now.histories()
    return Computed(
        frame,
        fitted=fitted,
        metrics={**metrics, "buyers": len(now), **_totals(found)},
        watched=frame[list(_WATCHED)].assign(age=histories.age, repeats=histories.repeats),
        **more,
    )


class _Buyers:
    """Buyers as they were known on one day or another. Profiles are read once."""

    def __init__(self, facts: Facts, recent_days: int) -> None:
        from analytics.algorithms.potential.texts import Texts

        self._facts, self._recent_days = facts, recent_days
        profiles = facts.profile_texts(as_of=facts.as_of)
        self._written_by, self._edited = pd.Index(profiles["customer_id"]), pd.to_datetime(profiles["edited_date"])
        self._texts = Texts.of(profiles["text"].tolist())

    def on(self, day: dt.date) -> Known:
        """What was known on that day, refunds paid later not among it. Raises `NotEnoughData` below the data gate."""
        from analytics.algorithms.potential.windows import Known

        known = self._facts.purchase_histories(as_of=day, recent_days=self._recent_days)
        data_gate.demand_enough(known, as_of=day)
        ids = known["customer_id"]
        events = self._facts.recent_events(as_of=day, recent_days=self._recent_days).set_index("customer_id")["events"]
        frame = known.assign(events=events.reindex(ids, fill_value=0).to_numpy())
        return Known(frame, self._texts_of(ids, day), day, self._recent_days)

    def _texts_of(self, ids: pd.Series[int], day: dt.date) -> Texts:
        """What was edited after that day is not known."""
        rows = self._written_by.get_indexer(pd.Index(ids))
        was_there = (self._edited.isna() | (self._edited <= pd.Timestamp(day))).to_numpy()
        return self._texts.of_rows(rows, is_known=(rows >= 0) & np.append(was_there, False)[rows])

    def window(self, ago: int, days: int) -> Window:
        """The days after a cut-off so many days ago."""
        from analytics.algorithms.potential.windows import Target, Window

        cutoff = self._facts.as_of - dt.timedelta(days=ago)
        known = self.on(cutoff)
        came = self._facts.purchase_days(start=cutoff + dt.timedelta(days=1), until=cutoff + dt.timedelta(days=days))
        of_buyer = came.set_index("customer_id").reindex(known.frame["customer_id"], fill_value=0)
        columns = {Target.PURCHASES: "purchase_days", Target.SPEND: "spent_minor"}
        outcomes = {target: of_buyer[name].to_numpy(np.float64) for target, name in columns.items()}
        return Window(known, days, outcomes)

    def window_if_enough(self, ago: int, days: int) -> Window | None:
        try:
            return self.window(ago, days)
        except NotEnoughData:
            return None


def _best_among(names: Sequence[str], judged: Mapping[Target, Judged]) -> ModelName | None:
    """Of the models of buying and leaving, which say who is still a customer and when they come next, as no model of
    features does; None where none of these was judged."""
    from analytics.algorithms.btyd.outlook import ModelName
    from analytics.algorithms.potential.windows import Target

    ranked = sorted(judged[Target.PURCHASES].challengers, key=lambda each: each.chosen_on)
    return next((ModelName(each.name) for each in ranked if each.name in names), None)


def _frame(now: Known, found: Outlook) -> pd.DataFrame:
    from analytics.algorithms.potential.windows import Target

    columns: dict[str, Any] = {
        "customer_id": now.frame["customer_id"],
        "alive_probability": found.alive,
        "expected_basket_minor": _minor(found.basket),
    }
    for months, days in HORIZONS.items():
        purchases, spend = found.ranges[Target.PURCHASES][days], found.ranges[Target.SPEND][days]
        columns |= {
            f"expected_purchases_{months}m": purchases.expected,
            f"least_purchases_{months}m": purchases.low,
            f"most_purchases_{months}m": purchases.high,
            f"expected_spend_{months}m_minor": _minor(spend.expected),
            f"least_spend_{months}m_minor": _minor(spend.low),
            f"most_spend_{months}m_minor": _minor(spend.high),
        }
    after = pd.to_timedelta(pd.Series(np.ceil(found.next_after)), unit="D")
    columns["next_purchase_date"] = pd.Timestamp(now.as_of) + after
    return pd.DataFrame(columns)


def _minor(amounts: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    minor: np.ndarray[Any, Any] = np.rint(amounts).astype(np.int64)
    return minor


def _totals(found: Outlook) -> dict[str, Any]:
    from analytics.algorithms.potential.windows import Target

    expected = {}
    for months, days in HORIZONS.items():
        purchases, spend = found.ranges[Target.PURCHASES][days], found.ranges[Target.SPEND][days]
        expected[str(months)] = {
            "purchases": float(purchases.expected.sum()),
            "spend_minor": int(spend.expected.sum()),
            "basis": purchases.basis.value,
            "spend_basis": spend.basis.value,
        }
    return {"expected": expected}


def _why_not(judged: Mapping[Target, Judged]) -> str:
    from analytics.algorithms.potential.windows import Target

    of_purchases = judged[Target.PURCHASES]
    if of_purchases.beats:
        return ""
    return _("On days it had not seen %(model)s was no closer than %(baseline)s.") % {
        "model": MODELS[of_purchases.champion],
        "baseline": MODELS[of_purchases.baseline],
    }


def _default_clv() -> dict[str, Any]:
    models = [*LEAVING_MODELS, *FEATURE_MODELS]
    return {"test_days": 90, "models": models, "sample_rows": 50_000, "seed": SEED}


def _checked_clv(params: Params) -> dict[str, Any]:
    checked = {name: params[name] for name in _default_clv()}
    models = list(checked["models"])
    if unknown := set(models) - set(_default_clv()["models"]):
        raise InvalidParams("unknown", "models", found=", ".join(sorted(unknown)))
    if not set(models) & set(LEAVING_MODELS):
        raise InvalidParams("none_of_leaving", "models")
    demand_at_least(checked, test_days=7, sample_rows=500)
    return {**checked, "models": models}


def feature_names(names: Sequence[str]) -> list[str]:
    """In words; the dimensions of the profiles' text by their number."""
    return [
        str(FEATURES[name]) if name in FEATURES else _("profile text %(number)s") % {"number": name.split("_")[-1]}
        for name in names
    ]


def judged_of(run: Run, target: str) -> Mapping[str, Any] | None:
    """None of a run of an earlier version, which kept other figures."""
    found: Mapping[str, Any] | None = run.metrics.get("judged", {}).get(target)
    return found


def champion_of(judged: Mapping[str, Any]) -> Mapping[str, Any]:
    return next(each for each in judged["challengers"] if each["name"] == judged["champion"])


def _summary(run: Run) -> str:
    judged = judged_of(run, "purchases")
    if judged is None:
        return ""
    return _(
        "%(buyers)s buyers; %(purchases)s purchase days are expected within a year, by %(model)s. In the last %(days)s"
        " days it expected %(level)s of what came."
    ) % {
        "buyers": number(run.metrics["buyers"]),
        "purchases": number(run.metrics["expected"]["12"]["purchases"], 0),
        "model": MODELS[judged["champion"]],
        "days": number(run.params["test_days"]),
        "level": percent(champion_of(judged)["level"], 0),
    }


def _metrics(run: Run) -> Iterator[Metric]:
    purchases, spend = judged_of(run, "purchases"), judged_of(run, "spend")
    if purchases is None or spend is None:
        return
    yield compared(_("Squared error of the purchases of a customer"), champion_of(purchases)["comparison"], digits=3)
    yield compared(_("Squared error of the spend of a customer"), _in_whole_units(champion_of(spend)), digits=0)


def _in_whole_units(challenger: Mapping[str, Any]) -> dict[str, Any]:
    """Squared minor units are too many digits to read."""
    comparison = dict(challenger["comparison"])
    unit = 10 ** minor_digits(OrganisationSettings.current().currency)
    names = ("model", "baseline", "difference", "low", "high")
    return comparison | {name: comparison[name] / unit**2 for name in names}


def _verdict(run: Run) -> Verdict | None:
    purchases, spend = judged_of(run, "purchases"), judged_of(run, "spend")
    if purchases is None or spend is None:
        return None
    if spend["beats"]:
        return Verdict(_("Closer in purchases and spend"), "good")
    return Verdict(_("Closer in purchases, not in spend"), "warn")


def _proof(run: Run) -> Proof:
    judged = judged_of(run, "purchases")
    if judged is None:
        return Proof()
    learned = run.fitted.get("features", {}).get("purchases")
    return Proof(
        predicts=_("Of each buyer how many purchase days, and what amount, the next 3, 6 and 12 months will bring."),
        baseline=MODELS[judged["baseline"]],
        features=feature_names(learned) if learned else [FEATURES[name] for name in _FEATURES_OF_LEAVING],
        known_until=run.learned_as_of - dt.timedelta(days=run.params["test_days"]),
        tested_until=run.learned_as_of,
        calibration=judged["calibration"],
        slices=slices({part["name"]: part for part in judged["slices"]}, SLICES, digits=3),
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
        yield customer_forecast(
            name=f"purchases_{months}m",
            label=purchases,
            column=f"expected_purchases_{months}m",
            within=(f"least_purchases_{months}m", f"most_purchases_{months}m"),
            kind=Kind.NUMBER,
            horizon_days=horizon,
            came=_purchases,
            as_judged=months == 3,
        )
        yield customer_forecast(
            name=f"spend_{months}m",
            label=spend,
            column=f"expected_spend_{months}m_minor",
            within=(f"least_spend_{months}m_minor", f"most_spend_{months}m_minor"),
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
    again=_foresee_again,
)
