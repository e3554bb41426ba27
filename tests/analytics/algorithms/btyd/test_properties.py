from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import check_grad
from scipy.special import hyp2f1

from analytics.algorithms.btyd import beta_geometric, pareto
from analytics.algorithms.btyd.beta_geometric import BetaGeometric, fit_beta_geometric
from analytics.algorithms.btyd.gamma_gamma import GammaGamma, fit_gamma_gamma
from analytics.algorithms.btyd.histories import Histories
from analytics.algorithms.btyd.maximising import LogLikelihood
from analytics.algorithms.btyd.pareto import Pareto, fit_pareto
from analytics.algorithms.errors import InvalidInput, NotEnoughData

from .simulated import beta_geometric_customers, pareto_customers

positive = st.floats(0.05, 20)
beta_geometrics = st.builds(
    BetaGeometric, r=positive, alpha=positive, a=positive, b=positive, leaves_at_first=st.booleans()
)
paretos = st.builds(Pareto, r=positive, alpha=positive, s=positive, beta=positive)
models = st.one_of(beta_geometrics, paretos)


@st.composite
def one_history(draw) -> Histories:
    repeats = draw(st.integers(0, 400))
    age = draw(st.floats(0.1, 500))
    last = draw(st.floats(0, age)) if repeats else 0.0
    return Histories.of([repeats], [last], [age])


def fit_all(histories: Histories) -> list[BetaGeometric | Pareto]:
    return [
        fit_beta_geometric(histories, leaves_at_first=False),
        fit_beta_geometric(histories, leaves_at_first=True),
        fit_pareto(histories),
    ]


@pytest.fixture(scope="module")
def customers() -> Histories:
    """Of a BG/NBD, at day grain, so that some histories are equal."""
    drawn = beta_geometric_customers(3000, r=0.6, alpha=5, a=0.8, b=2.5, leaves_at_first=False, age=60, seed=3)
    whole = (np.ceil(drawn.last_repeat), np.ceil(drawn.age))
    return Histories.of(drawn.repeats, *whole)


@given(models, one_history(), st.floats(0, 300), st.floats(0, 300))
def test_expectations_and_probabilities_are_sensible(model, history, one, other):
    near, far = sorted((one, other))
    assert 0 <= model.probability_alive(history)[0] <= 1
    soon, later = (model.expected_purchases(history, horizon=horizon)[0] for horizon in (near, far))
    assert 0 <= soon <= later * (1 + 1e-9) + 1e-12
    likely, likelier = (model.probability_of_purchase(history, horizon=horizon)[0] for horizon in (near, far))
    assert 0 <= likely <= likelier * (1 + 1e-6) + 1e-12 <= 1 + 1e-5
    # A purchase that is likely is at least so often expected (Markov's inequality).
    assert likely <= soon * (1 + 1e-6) + 1e-9


@given(models, one_history(), st.floats(0, 100))
def test_who_stays_silent_for_longer_is_less_likely_alive(model, history, silence):
    longer = replace(history, age=history.age + silence)
    assert model.probability_alive(longer)[0] <= model.probability_alive(history)[0] + 1e-12


@given(beta_geometrics, st.integers(1, 30), st.floats(1, 200), st.floats(0.01, 5))
@settings(max_examples=200)
def test_expected_purchases_equal_the_hypergeometric_form_of_eq_10(model, repeats, age, ratio):
    horizon = ratio * age
    if abs(model.a - 1) < 0.05:
        return  # there the published form divides by nearly nothing
    history = Histories.of([repeats], [age / 2], [age])
    r, alpha, a, b = model.r, model.alpha, model.a, model.b + model.leaves_at_first
    x, end = repeats, alpha + age
    series = hyp2f1(r + x, b + x, a + b + x - 1, horizon / (end + horizon))
    published = (a + b + x - 1) / (a - 1) * (1 - (end / (end + horizon)) ** (r + x) * series)
    expected = model.expected_purchases(history, horizon=horizon)[0]
    assert expected == pytest.approx(published * model.probability_alive(history)[0], rel=1e-4, abs=1e-9)


@given(paretos, one_history())
@settings(max_examples=100)
def test_pareto_alive_equals_the_integral_by_adaptive_quadrature(model, history):
    x, last, age = history.repeats[0], history.last_repeat[0], history.age[0]

    def gone_at(moment: float) -> float:
        logs = (model.r + x) * np.log((model.alpha + age) / (model.alpha + moment))
        logs += model.s * np.log(model.beta + age) - (model.s + 1) * np.log(model.beta + moment)
        return model.s * float(np.exp(min(logs, 600)))

    edges = np.unique(np.clip(last + (age - last) * np.array([1e-4, 1e-3, 0.01, 0.1, 0.4]), last, age))
    points = [last, *edges, age]
    left = sum(quad(gone_at, one, two)[0] for one, two in pairwise(points))
    assert model.probability_alive(history)[0] == pytest.approx(1 / (1 + left), rel=1e-4, abs=1e-6)


def likelihoods_of(customers: Histories) -> list[LogLikelihood]:
    return [
        beta_geometric._Likelihood(customers, False),
        beta_geometric._Likelihood(customers, True),
        pareto._Likelihood(customers),
    ]


several = st.lists(st.tuples(one_history(), st.integers(1, 4)), min_size=1, max_size=6)
params = st.lists(st.floats(0.2, 10), min_size=4, max_size=4).map(np.array)


def joined(rows: list[tuple[Histories, int]], *, expanded: bool) -> Histories:
    """Histories with how many customers have each: as weights, or written out."""
    one_by_one = [history for history, times in rows for _ in range(times if expanded else 1)]
    return Histories(
        repeats=np.concatenate([each.repeats for each in one_by_one]),
        last_repeat=np.concatenate([each.last_repeat for each in one_by_one]),
        age=np.concatenate([each.age for each in one_by_one]),
        weights=np.ones(len(one_by_one)) if expanded else np.array([float(times) for _history, times in rows]),
    )


def test_gradients_are_those_of_finite_differences(customers):
    for likelihood in likelihoods_of(customers):
        for point in ([0.5, 4.0, 0.9, 2.0], [1.7, 9.0, 0.3, 0.8]):
            error = check_grad(lambda p: likelihood(p)[0], lambda p: likelihood(p)[1], np.array(point))  # noqa: B023
            assert error < 1e-5


@given(several, params)
@settings(max_examples=40, derandomize=True)
def test_gradients_point_where_the_likelihood_rises(rows, point):
    for likelihood in likelihoods_of(joined(rows, expanded=False)):
        gradient = likelihood(point)[1]
        for place, step in enumerate(1e-5 * point):
            away = np.zeros(4)
            away[place] = step
            slope = (likelihood(point + away)[0] - likelihood(point - away)[0]) / (2 * step)
            assert slope == pytest.approx(gradient[place], rel=1e-3, abs=1e-3)


@given(several, params)
@settings(max_examples=40, derandomize=True)
def test_who_counts_several_times_is_as_likely_as_so_many(rows, point):
    both = (likelihoods_of(joined(rows, expanded=expanded)) for expanded in (False, True))
    for weighted, expanded in zip(*both, strict=True):
        assert weighted(point)[0] == pytest.approx(expanded(point)[0], rel=1e-9)
        assert weighted(point)[1] == pytest.approx(expanded(point)[1], rel=1e-6, abs=1e-9)


@given(one_history(), params, st.floats(0.1, 30))
@settings(max_examples=40, derandomize=True)
def test_in_another_unit_of_time_the_scales_alone_are_others(history, point, unit):
    """A density of `repeats` moments falls by unit^-repeats, whatever the parameters."""
    for place, (here, there) in enumerate(
        zip(likelihoods_of(history), likelihoods_of(history.scaled(unit)), strict=True)
    ):
        # α, and of the Pareto/NBD β too, are times.
        scaled = point * np.array([1, unit, 1, unit if place == 2 else 1])
        shifted = here(point)[0] - history.repeats[0] * np.log(unit)
        assert there(scaled)[0] == pytest.approx(shifted, rel=1e-6, abs=1e-6)


def test_equal_histories_weigh_as_many_as_they_are(customers):
    merged = customers.merged()
    assert len(merged) < len(customers)
    assert merged.customers == len(customers)
    for one, other in zip(fit_all(customers), fit_all(merged), strict=True):
        assert list(one.to_json().values()) == pytest.approx(list(other.to_json().values()), rel=1e-4)


def test_another_unit_of_time_changes_only_the_scales(customers):
    for weeks, days in zip(fit_all(customers), fit_all(customers.scaled(7)), strict=True):
        kept, scaled = weeks.to_json(), days.to_json()
        for name, value in kept.items():
            factor = 7 if name in {"alpha"} or (name == "beta") else 1
            assert scaled[name] == pytest.approx(value * factor, rel=1e-3)


def test_bg_and_mbg_parameters_are_recovered_from_simulated_customers():
    for leaves_at_first in (False, True):
        truth = BetaGeometric(r=0.6, alpha=5.0, a=0.8, b=2.5, leaves_at_first=leaves_at_first)
        customers = beta_geometric_customers(30_000, **truth.to_json(), age=80, seed=11)
        fit = fit_beta_geometric(customers, leaves_at_first=leaves_at_first)
        assert fit.to_json() == pytest.approx(truth.to_json(), rel=0.15)


def test_pareto_parameters_are_recovered_from_simulated_customers():
    truth = {"r": 0.7, "alpha": 8.0, "s": 0.8, "beta": 15.0}
    assert fit_pareto(pareto_customers(30_000, **truth, age=80, seed=12)).to_json() == pytest.approx(truth, rel=0.2)


@given(
    st.floats(0.3, 1.5), st.floats(3, 12), st.floats(0.4, 1.5), st.floats(1.5, 4), st.booleans(), st.integers(0, 999)
)
@settings(max_examples=6, derandomize=True, deadline=None)
def test_whatever_customers_were_drawn_from_is_found_again(r, alpha, a, b, leaves_at_first, seed):
    """No likelihood is above that of the fit, and of all it expects what the truth does."""
    truth = BetaGeometric(r=r, alpha=alpha, a=a, b=b, leaves_at_first=leaves_at_first)
    customers = beta_geometric_customers(4000, **truth.to_json(), age=80, seed=seed)
    fit = fit_beta_geometric(customers, leaves_at_first=leaves_at_first)
    assert fit.log_likelihood(customers) >= truth.log_likelihood(customers) - 1e-3
    expected, expected_in_truth = (each.expected_purchases(customers, horizon=40).sum() for each in (fit, truth))
    assert expected == pytest.approx(expected_in_truth, rel=0.15)


@given(models)
@settings(max_examples=40)
def test_whatever_the_model_who_fell_silent_after_much_brings_less_than_who_bought_seldom(model):
    seldom, often = (model.expected_purchases(Histories.of([x], [10], [300]), horizon=39)[0] for x in (1, 400))
    assert often < seldom


def test_more_purchases_do_not_always_mean_more_to_come():
    """Somebody frequent who fell silent has probably left: the model is not monotone in frequency."""
    model = BetaGeometric(r=0.243, alpha=4.414, a=0.793, b=2.426, leaves_at_first=False)
    seldom, often = (model.expected_purchases(Histories.of([x], [10], [38]), horizon=39)[0] for x in (1, 10))
    assert often < seldom


@given(
    st.builds(GammaGamma, p=positive, q=st.floats(1.1, 20), gamma=positive), st.integers(0, 50), st.floats(0.01, 1e4)
)
def test_expected_spend_lies_between_the_own_mean_and_that_of_all(model, purchases, mean_spend):
    spend = model.expected_spend(np.array([float(purchases)]), np.array([mean_spend]))[0]
    low, high = sorted((model.population_mean, mean_spend if purchases else model.population_mean))
    assert low * (1 - 1e-9) <= spend <= high * (1 + 1e-9)


def test_gamma_gamma_parameters_are_recovered_and_follow_the_currency():
    rng = np.random.default_rng(5)
    purchases = rng.integers(1, 12, 20_000).astype(float)
    rate = rng.gamma(4.0, 1 / 12.0, 20_000)
    mean_spend = rng.gamma(6.0 * purchases, 1 / rate) / purchases
    fit, in_cents = fit_gamma_gamma(purchases, mean_spend), fit_gamma_gamma(purchases, mean_spend * 100)
    assert fit.to_json() == pytest.approx({"p": 6.0, "q": 4.0, "gamma": 12.0}, rel=0.1)
    assert in_cents.population_mean == pytest.approx(fit.population_mean * 100, rel=1e-3)


def test_too_little_is_said_and_not_fitted():
    for histories, reason in [
        (Histories.of([1] * 20, [2] * 20, [9] * 20), "too_few_buyers"),
        (Histories.of([0] * 99, [0] * 99, [9] * 99), "too_few_returning"),
        (Histories.of([0] * 99 + [3] * 20, [0] * 119, [0] * 119), "no_time_observed"),
    ]:
        for fit in (fit_pareto, lambda h: fit_beta_geometric(h, leaves_at_first=False)):
            with pytest.raises(NotEnoughData, match=reason):
                fit(histories)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ((-1, 0, 5), "repeats below 0"),
        ((1, 6, 5), "after the end"),
        ((0, 3, 5), "bought once"),
        ((1, float("nan"), 5), "missing"),
    ],
)
def test_impossible_histories_are_refused(row, fault):
    with pytest.raises(InvalidInput, match=fault):
        Histories.of(*([each] for each in row))
