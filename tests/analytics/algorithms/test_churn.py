from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from analytics.algorithms.churn import FEATURES, RFM, Cases, ModelName, features_of, fit, judge
from analytics.algorithms.errors import NotEnoughData
from analytics.evaluation import FloatArray, calibration


def made_up(count: int, seed: int, *, weights: dict[str, float]) -> Cases:
    """Cases whose log-odds of silence are known."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(count, len(FEATURES)))
    odds = sum(weight * features[:, FEATURES.index(name)] for name, weight in weights.items())
    return Cases(features, rng.random(count) < expit(odds))


@pytest.fixture(scope="module")
def truth() -> dict[str, float]:
    return {"silence": 1.2, "events": -0.9, "overdue": 0.7}


def test_what_raises_the_odds_in_truth_is_told_as_the_reason(truth):
    model = fit(ModelName.LOGISTIC, made_up(5000, 1, weights=truth), rng=np.random.default_rng(1))
    customer = np.zeros((1, len(FEATURES)))
    customer[0, [FEATURES.index("silence"), FEATURES.index("events")]] = [2.0, 2.0]
    parts = dict(zip(FEATURES, model.contributions(customer)[0], strict=True))
    assert parts["silence"] == pytest.approx(2 * truth["silence"], abs=0.3)
    assert parts["events"] == pytest.approx(2 * truth["events"], abs=0.3)
    assert abs(parts["basket"]) < 0.1


def test_a_model_that_sees_more_than_hiatus_beats_it_and_is_calibrated(truth):
    judged = judge(made_up(4000, 2, weights=truth), made_up(4000, 3, weights=truth), rng=np.random.default_rng(1))
    assert judged.champion == ModelName.LOGISTIC  # the truth is linear
    assert judged.beats
    assert judged.brier_rfm.beats
    assert judged.used == ModelName.LOGISTIC
    assert judged.auc["model"] > judged.auc["hiatus"] + 0.05
    for said, became, customers in judged.calibration:
        assert customers == 400
        assert abs(said - became) < 0.09


def test_where_recency_frequency_and_amount_tell_all_they_are_used_alone():
    """The other features are noise: none of the models has more to say, and what is used does not look at it."""
    weights = {"silence": 1.2, "frequency": -0.9, "basket": -0.5}
    earlier, later = made_up(700, 4, weights=weights), made_up(4000, 5, weights=weights)
    judged = judge(earlier, later, rng=np.random.default_rng(1))
    assert judged.beats
    assert not judged.brier_rfm.beats
    assert judged.used == ModelName.RFM
    model = fit(ModelName.RFM, earlier, rng=np.random.default_rng(1))
    parts = model.contributions(later.features)
    is_used = np.isin(FEATURES, RFM)
    assert (np.abs(parts[:, ~is_used]) < 1e-9).all()
    assert (np.abs(parts[:, is_used]).mean(axis=0) > 0.1).all()
    assert roc_auc_score(later.silent, model.probability(later.features)) == pytest.approx(judged.auc["rfm"], abs=1e-4)
    told = sum(said * customers for said, _became, customers in judged.calibration) / len(later.silent)
    assert told == pytest.approx(model.probability(later.features).mean(), abs=1e-3)


def test_with_shuffled_labels_at_most_5_percent_of_200_small_runs_claim_to_beat_the_baseline():
    claims = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        features = rng.normal(size=(2, 130, len(FEATURES)))
        earlier, later = (Cases(each, rng.permutation(np.arange(130) % 2 == 0)) for each in features)
        claims += judge(earlier, later, rng=rng, candidates=(ModelName.LOGISTIC,)).beats
    assert claims <= 10


def test_features_at_a_day():
    customers = pd.DataFrame(
        {
            "first_purchase_date": ["2026-01-01", "2026-03-02"],
            "last_purchase_date": ["2026-03-02", "2026-03-02"],
            "frequency": [4, 1],
            "recent": [2, 1],
            "mean_spend_minor": [1000.0, -5.0],
            "events": [0, 7],
        }
    )
    frequent, once = features_of(customers, as_of=date(2026, 4, 1))
    named = dict(zip(FEATURES, frequent, strict=True))
    assert named["overdue"] == pytest.approx(30 / 20)
    assert np.expm1(named["silence"]) == pytest.approx(30)
    assert np.expm1(named["tenure"]) == pytest.approx(90)
    assert dict(zip(FEATURES, once, strict=True))["overdue"] == 1
    assert np.isfinite(once).all()


def test_calibration_counts_everybody_once():
    probability = np.linspace(0, 1, 95)
    tenths = calibration(probability, probability > 0.5)
    assert sum(customers for _said, _became, customers in tenths) == 95
    assert [said for said, _became, _customers in tenths] == sorted(said for said, _became, _customers in tenths)


def test_where_one_outcome_is_rare_nothing_is_learnt():
    cases = Cases(np.zeros((300, len(FEATURES))), np.arange(300) < 10)
    with pytest.raises(NotEnoughData, match="one_outcome_rare"):
        judge(cases, cases, rng=np.random.default_rng(1))


def summary_of(days: pd.DataFrame, end: pd.Timestamp, length: pd.Timedelta) -> pd.DataFrame:
    """What is known of each customer on that day, out of their days with a purchase (customer, date, dollars)."""
    known = days[days["date"] <= end]
    found = known.groupby("customer").agg(
        first_purchase_date=("date", "min"),
        last_purchase_date=("date", "max"),
        frequency=("date", "nunique"),
        spend=("dollars", "sum"),
        mean_spend_minor=("dollars", "mean"),
    )
    recent = known[known["date"] > end - length].groupby("customer").size()
    return found.assign(recent=recent.reindex(found.index, fill_value=0), events=0)


def recency_frequency_and_more(summary: pd.DataFrame, end: pd.Timestamp) -> FloatArray:
    """Logarithms of recency, frequency, spend, age, the time from first to last purchase, the mean interval (the age of
    who bought once), and the purchases of the last quarter: shape (n, 7)."""
    recency, age = ((end - summary[f"{which}_purchase_date"]).dt.days for which in ("last", "first"))
    active = age - recency
    interval = (active / (summary["frequency"] - 1).clip(lower=1)).where(summary["frequency"] > 1, age)
    columns = [recency, summary["frequency"], summary["spend"], age, active, interval, summary["recent"]]
    return np.log1p(np.column_stack(columns).astype(np.float64))


def weighted_ranks(summary: pd.DataFrame) -> FloatArray:
    """.5 R + .3 F + .2 M, each the place among all customers."""
    ranks = summary[["last_purchase_date", "frequency", "spend"]].rank()
    return ranks.to_numpy() @ np.array([0.5, 0.3, 0.2])


@pytest.mark.real_data
def test_next_quarter_of_cdnow_is_ranked_as_published(data_dir):
    """13 weeks after 1997-12-30, learnt from those after 1997-09-30: AUC hiatus .793, RFM .807, logistic .8075; Brier
    of the earlier rate alone .1364, logistic .1043. The features of that logistic are not published; these were found
    by search, and have both its figures. Our own seven have .8080 and .1043. The model is no better than RFM, which is
    used."""
    columns = ["customer", "date", "discs", "dollars"]
    lines = pd.read_csv(data_dir / "cdnow" / "CDNOW_master.txt.xz", sep=r"\s+", names=columns, skiprows=1)
    lines["date"] = pd.to_datetime(lines["date"].astype(str))
    days = lines.groupby(["customer", "date"], as_index=False)[["dollars"]].sum()
    cutoffs, length = (pd.Timestamp("1997-09-30"), pd.Timestamp("1997-12-30")), pd.Timedelta(days=91)
    summaries = [summary_of(days, end, length) for end in cutoffs]
    silent = [
        ~summary.index.isin(days.loc[(days["date"] > end) & (days["date"] <= end + length), "customer"])
        for summary, end in zip(summaries, cutoffs, strict=True)
    ]

    def judged_logistic(features: list[FloatArray]) -> tuple[float, float]:
        model = fit(ModelName.LOGISTIC, Cases(features[0], silent[0]), rng=np.random.default_rng(1))
        probability = model.probability(features[1])
        return roc_auc_score(silent[1], probability), float(((probability - silent[1]) ** 2).mean())

    auc, brier = judged_logistic(
        [recency_frequency_and_more(each, end) for each, end in zip(summaries, cutoffs, strict=True)]
    )
    assert (round(auc, 4), round(brier, 4)) == (0.8075, 0.1043)
    assert round(float(((silent[0].mean() - silent[1]) ** 2).mean()), 4) == 0.1364
    assert round(roc_auc_score(~silent[1], weighted_ranks(summaries[1])), 3) == 0.807

    ours = [features_of(each, as_of=end.date()) for each, end in zip(summaries, cutoffs, strict=True)]
    auc, brier = judged_logistic(ours)
    assert (round(auc, 4), round(brier, 4)) == (0.8080, 0.1043)
    earlier, later = (Cases(*each) for each in zip(ours, silent, strict=True))
    judged = judge(earlier, later, rng=np.random.default_rng(1))
    assert round(judged.auc["hiatus"], 3) == 0.793
    assert round(judged.auc["rfm"], 3) == 0.806
    assert round(judged.auc["model"], 2) == 0.81
    assert round(judged.base_rate * (1 - judged.base_rate), 4) == 0.1361
    assert judged.beats
    assert not judged.brier_rfm.beats
    assert judged.used == ModelName.RFM
