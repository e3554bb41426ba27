"""Churn: the probability that a customer buys nothing within the next days, with its reasons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from analytics.algorithms.errors import NotEnoughData
from analytics.algorithms.plain_models import Plain, plain_from_json, plain_of
from analytics.algorithms.small_segments import FEWEST, small_segments
from analytics.evaluation import Comparison, FloatArray, calibration, compare_paired

# In the order of the columns. All are logarithms, but for the overdue ones, which are a ratio of times.
FEATURES = ("silence", "frequency", "tenure", "recent", "basket", "events", "overdue")
HIATUS = ("silence",)
RFM = ("silence", "frequency", "basket")

# Of either outcome: fewer cases say nothing.
FEWEST_CASES = 50
REASONS = 3
# Newly won customers are looked at by themselves: of them least is known.
NEW_DAYS = 90
_HELD_BACK = 0.25
# A probability of 0 or 1 has no logit; nobody is that sure.
_SURE = 1e-4
# A customer is not thought more overdue than this many of their usual intervals.
_MOST_OVERDUE = 20.0


class ModelName(StrEnum):
    LOGISTIC = "logistic"
    BOOSTING = "boosting"
    # Logistic regression on recency, frequency and amount alone: used where no candidate is better.
    RFM = "rfm"


CANDIDATES = (ModelName.LOGISTIC, ModelName.BOOSTING)


class _Classifier(Protocol):
    def fit(self, X: FloatArray, y: NDArray[np.bool_]) -> Any: ...
    def predict_proba(self, X: FloatArray) -> FloatArray: ...


@dataclass(frozen=True, eq=False)
class Cases:
    """Customers at a cut-off: features, shape (n, 7), and whether they bought nothing in the days after, shape (n,)."""

    features: FloatArray
    silent: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class ChurnModel:
    """A fitted champion. typical: shape (7,), the median of each feature, which reasons are told against."""

    name: ModelName
    plain: Plain
    typical: FloatArray

    def probability(self, features: FloatArray) -> FloatArray:
        """Shape (n,), 0–1: that nothing is bought."""
        found: FloatArray = np.clip(self.plain.predict(features), _SURE, 1 - _SURE)
        return found

    def contributions(self, features: FloatArray) -> FloatArray:
        """Shape (n, 7): how much each feature raises the log-odds of silence, against a customer who is typical in it
        and otherwise the same. Departure from SHAP: one feature at a time, so interactions count for each."""
        here, instead = self.probability(features), self.plain.predict_each(features, self.typical)
        found: FloatArray = (logit(here) - logit(np.clip(instead, _SURE, 1 - _SURE))).T
        return found

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name.value, "plain": self.plain.to_json(), "typical": self.typical.tolist()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(ModelName(data["name"]), plain_from_json(data["plain"]), np.array(data["typical"]))


@dataclass(frozen=True)
class Judged:
    """How good a model is on cases of a later time. brier: against hiatus; brier_rfm: against recency, frequency and
    amount; rfm_brier: of these against hiatus. auc: by the names of the models. Of what is used, or of the champion
    where that is nothing, calibration: (mean probability, share silent, customers) by tenths, slices: against hiatus
    among some of the customers, by name, and said: the probability of each later case, shape (n,), which is not among
    the plain data."""

    champion: ModelName
    chosen_on: Mapping[str, float]
    brier: Comparison
    brier_rfm: Comparison
    rfm_brier: Comparison
    auc: Mapping[str, float]
    base_rate: float
    calibration: list[tuple[float, float, int]]
    slices: Mapping[str, Comparison]
    said: FloatArray = field(repr=False, compare=False)

    @property
    def beats(self) -> bool:
        return self.brier.beats

    @property
    def used(self) -> ModelName | None:
        """The champion if it beats both baselines. Where it beats hiatus alone, RFM stands for it, if that beats hiatus
        too; None where nothing is to be used."""
        return _used(self.champion, self.brier, self.brier_rfm, self.rfm_brier)

    def to_json(self) -> dict[str, Any]:
        slices = {name: comparison.to_json() for name, comparison in self.slices.items()}
        return {
            **{each.name: getattr(self, each.name) for each in fields(self) if each.name != "said"},
            "brier": self.brier.to_json(),
            "brier_rfm": self.brier_rfm.to_json(),
            "rfm_brier": self.rfm_brier.to_json(),
            "slices": slices,
        }


def features_of(customers: pd.DataFrame, *, as_of: date) -> FloatArray:
    """Features at `as_of`, shape (n, 7), in the order of FEATURES.

    customers: first_purchase_date, last_purchase_date, frequency (purchase days ever, at least 1), recent (of the last
    days), mean_spend_minor, events (of the last days). Overdue is the silence over the customer's usual interval, and
    1 of who bought once.
    """
    first, last = (pd.to_datetime(customers[f"{end}_purchase_date"]) for end in ("first", "last"))
    today = pd.Timestamp(as_of)
    silence, tenure = ((today - each).dt.days.to_numpy(dtype=np.float64) for each in (last, first))
    frequency = customers["frequency"].to_numpy(dtype=np.float64)
    interval = (tenure - silence) / np.maximum(frequency - 1, 1)
    overdue = np.where(frequency > 1, silence / np.maximum(interval, 1.0), 1.0)
    counted = [customers[name].to_numpy(dtype=np.float64) for name in ("recent", "mean_spend_minor", "events")]
    recent, basket, events = (np.log1p(np.maximum(each, 0.0)) for each in counted)
    columns = (np.log1p(silence), np.log(frequency), np.log1p(tenure), recent, basket, events)
    return np.column_stack([*columns, np.minimum(overdue, _MOST_OVERDUE)])


def judge(
    earlier: Cases, later: Cases, *, rng: np.random.Generator, candidates: tuple[ModelName, ...] = CANDIDATES
) -> Judged:
    """The candidate that is best on held-back cases of the earlier time, fitted on them all and judged on the later.

    Baselines: logistic regression on the days since the last purchase alone (hiatus), and on recency, frequency and
    amount. Raises `NotEnoughData` where either outcome is rare.

    Source of the protocol: Wübben and von Wangenheim, "Instant customer base analysis" (2008), who found that hiatus is
    hard to beat.
    """
    for cases in (earlier, later):
        _demand_enough(cases)
    # Many small fits: threads wait for each other longer than they work, the more so on a busy machine.
    with threadpool_limits(1):
        return _judged(earlier, later, candidates, rng)


def fit(name: ModelName, cases: Cases, *, rng: np.random.Generator) -> ChurnModel:
    """The named model on all these cases. Raises `NotEnoughData` where either outcome is rare."""
    _demand_enough(cases)
    with threadpool_limits(1):
        return _model(name, cases, rng)


def _judged(earlier: Cases, later: Cases, candidates: tuple[ModelName, ...], rng: np.random.Generator) -> Judged:
    held_back = rng.random(len(earlier.silent)) < _HELD_BACK
    train, choose = _part(earlier, ~held_back), _part(earlier, held_back)
    errors = {name: float(_brier(_fitted(name, train, rng), choose).mean()) for name in candidates}
    champion = min(errors, key=lambda name: errors[name])
    model = _model(champion, earlier, rng)
    probability = model.probability(later.features)
    hiatus, rfm = (_logistic_on(names, earlier, later) for names in (HIATUS, RFM))
    of_model, of_hiatus, of_rfm = ((each - later.silent) ** 2 for each in (probability, hiatus, rfm))

    def compared(of_one: FloatArray, of_other: FloatArray) -> Comparison:
        return compare_paired("brier", model=of_one, baseline=of_other, rng=rng, higher_is_better=False)

    brier, brier_rfm, rfm_brier = compared(of_model, of_hiatus), compared(of_model, of_rfm), compared(of_rfm, of_hiatus)
    is_rfm = _used(champion, brier, brier_rfm, rfm_brier) == ModelName.RFM
    said = rfm if is_rfm else probability
    return Judged(
        champion=champion,
        chosen_on={name.value: error for name, error in errors.items()},
        brier=brier,
        brier_rfm=brier_rfm,
        rfm_brier=rfm_brier,
        auc={
            name: float(roc_auc_score(later.silent, each))
            for name, each in (("model", probability), ("hiatus", hiatus), ("rfm", rfm))
        },
        base_rate=float(later.silent.mean()),
        calibration=calibration(said, later.silent),
        slices=_slices(later.features, of_rfm if is_rfm else of_model, of_hiatus, rng),
        said=said,
    )


def _used(champion: ModelName, brier: Comparison, brier_rfm: Comparison, rfm_brier: Comparison) -> ModelName | None:
    if not brier.beats:
        return None
    if brier_rfm.beats:
        return champion
    return ModelName.RFM if rfm_brier.beats else None


def _slices(
    features: FloatArray, of_model: FloatArray, of_baseline: FloatArray, rng: np.random.Generator
) -> dict[str, Comparison]:
    frequency, tenure = features[:, FEATURES.index("frequency")], features[:, FEATURES.index("tenure")]
    silent_days = np.expm1(features[:, FEATURES.index("silence")])
    parts = {
        "new": tenure < np.log1p(NEW_DAYS),
        "bought_once": frequency == 0,
        "returning": frequency > 0,
        **small_segments(silent_days, np.exp(frequency)),
    }
    return {
        name: compare_paired("brier", model=of_model[part], baseline=of_baseline[part], rng=rng, higher_is_better=False)
        for name, part in parts.items()
        if part.sum() >= FEWEST
    }


def _model(name: ModelName, cases: Cases, rng: np.random.Generator) -> ChurnModel:
    plain = plain_of(_fitted(name, cases, rng), link="logistic")
    return ChurnModel(name, plain, np.median(cases.features, axis=0))


def _new_classifier(name: ModelName, rng: np.random.Generator) -> _Classifier:
    makers: dict[ModelName, Callable[[], _Classifier]] = {
        ModelName.LOGISTIC: _logistic,
        ModelName.RFM: _logistic,
        ModelName.BOOSTING: lambda: HistGradientBoostingClassifier(
            max_iter=100, max_leaf_nodes=15, learning_rate=0.08, l2_regularization=1.0,
            random_state=int(rng.integers(2**31)),
        ),
    }  # fmt: skip
    return makers[name]()


def _logistic() -> _Classifier:
    model: _Classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    return model


def _fitted(name: ModelName, cases: Cases, rng: np.random.Generator) -> _Classifier:
    classifier = _new_classifier(name, rng)
    # What is the same for all gets no weight.
    features = np.where(np.isin(FEATURES, RFM), cases.features, 0.0) if name == ModelName.RFM else cases.features
    classifier.fit(features, cases.silent)
    return classifier


def _logistic_on(names: tuple[str, ...], earlier: Cases, later: Cases) -> FloatArray:
    columns = [FEATURES.index(name) for name in names]
    model = _logistic()
    model.fit(earlier.features[:, columns], earlier.silent)
    found: FloatArray = model.predict_proba(later.features[:, columns])[:, 1]
    return found


def _brier(classifier: _Classifier, cases: Cases) -> FloatArray:
    found: FloatArray = (classifier.predict_proba(cases.features)[:, 1] - cases.silent) ** 2
    return found


def _part(cases: Cases, rows: NDArray[np.bool_]) -> Cases:
    return Cases(cases.features[rows], cases.silent[rows])


def _demand_enough(cases: Cases) -> None:
    rarer = int(min(cases.silent.sum(), (~cases.silent).sum()))
    if rarer < FEWEST_CASES:
        raise NotEnoughData("one_outcome_rare", found=rarer, needed=FEWEST_CASES)
