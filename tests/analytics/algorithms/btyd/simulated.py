"""Customers who buy till they die, drawn from known parameters."""

from __future__ import annotations

import numpy as np

from analytics.algorithms.btyd.histories import Histories


def beta_geometric_customers(
    count: int, *, r: float, alpha: float, a: float, b: float, leaves_at_first: bool, age: float, seed: int
) -> Histories:
    rng = np.random.default_rng(seed)
    rate, leaving = rng.gamma(r, 1 / alpha, count), rng.beta(a, b, count)
    known_for = rng.uniform(age / 3, age, count)
    repeats, last = np.zeros(count), np.zeros(count)
    active = np.ones(count, dtype=bool)
    if leaves_at_first:
        active &= rng.random(count) >= leaving
    while active.any():
        moment = last + rng.exponential(1 / np.maximum(rate, 1e-300))
        active &= moment <= known_for
        last[active] = moment[active]
        repeats[active] += 1
        active &= rng.random(count) >= leaving
    return Histories.of(repeats, last, known_for)


def pareto_customers(count: int, *, r: float, alpha: float, s: float, beta: float, age: float, seed: int) -> Histories:
    rng = np.random.default_rng(seed)
    rate, lifetime = rng.gamma(r, 1 / alpha, count), rng.exponential(1 / rng.gamma(s, 1 / beta, count))
    known_for = rng.uniform(age / 3, age, count)
    alive_for = np.minimum(lifetime, known_for)
    repeats = rng.poisson(rate * alive_for)
    # The latest of k moments that are spread evenly over the time alive.
    last = np.where(repeats > 0, alive_for * rng.random(count) ** (1 / np.maximum(repeats, 1)), 0.0)
    return Histories.of(repeats, last, known_for)
