"""BG/NBD beside lifetimes, and rules beside mlxtend, on the same customers and baskets: CPU seconds, memory."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from benchmarks.fresh import in_fresh_process
from benchmarks.measure import load, verdict
from jobs import memory

BUYERS = int(os.environ.get("MERIDIAN_BENCH_BUYERS", "1000000"))
BASKETS, ITEMS = int(os.environ.get("MERIDIAN_BENCH_BASKETS", "500000")), 2_000
SUPPORT, CONFIDENCE = Fraction("0.001"), Fraction("0.1")
# Ours of theirs, at most.
TIME, MEMORY = 0.1, 0.1


def main() -> int:
    print(f"{BUYERS:,} buyers; {BASKETS:,} baskets of {ITEMS:,} items, support {float(SUPPORT)}; load {load()}")
    over = compare("BG/NBD, fitted", "bg_nbd", "lifetimes_bg_nbd", most_memory=None)
    return over + compare("rules, found", "rules", "mlxtend_rules", most_memory=MEMORY)


def compare(what: str, ours: str, theirs: str, *, most_memory: float | None) -> int:
    """Each in a process of its own, one after the other."""
    found, oracle = (in_fresh_process(f"benchmarks.bench_oracles:{name}").result for name in (ours, theirs))
    for name, result in ((ours, found), (theirs, oracle)):
        print(f"{name:20} {result['seconds']:9.2f} s of CPU {result['grown_mb']:7} MB  {result['found']}")
    assert found["found"] == oracle["found"], "they must find the same"
    over = int(verdict(f"{what}: time, of theirs", found["seconds"] / oracle["seconds"], TIME, "×"))
    if most_memory is not None:
        over += verdict(f"{what}: memory, of theirs", found["grown_mb"] / oracle["grown_mb"], most_memory, "×")
    return over


def measured(work: Callable[[], Any]) -> dict[str, Any]:
    """CPU seconds of the work alone, by one thread, and by how much the process grew beyond what it was handed."""
    memory.start_measuring()
    at_first, begun = memory.peak_mb(), time.process_time()
    with threadpool_limits(1):
        found = work()
    return {"seconds": time.process_time() - begun, "grown_mb": memory.peak_mb() - at_first, "found": found}


# --- BG/NBD -----------------------------------------------------------------------------------------------------------


def buyers() -> tuple[Any, Any, Any]:
    """Repeats, last repeat and age in days of customers with a gamma rate and a beta chance to leave."""
    rng = np.random.default_rng(1)
    rate, leaving = rng.gamma(0.6, 1 / 35, BUYERS), rng.beta(0.8, 2.5, BUYERS)
    age = rng.integers(90, 1_000, BUYERS).astype(np.float64)
    repeats, last = np.zeros(BUYERS), np.zeros(BUYERS)
    active = np.ones(BUYERS, dtype=bool)
    while active.any():
        moment = np.ceil(last + rng.exponential(1 / np.maximum(rate, 1e-12)))
        active &= moment <= age
        last[active] = moment[active]
        repeats[active] += 1
        active &= rng.random(BUYERS) >= leaving
    return repeats, last, age


def bg_nbd() -> dict[str, Any]:
    from analytics.algorithms.btyd.beta_geometric import fit_beta_geometric
    from analytics.algorithms.btyd.histories import Histories

    known = buyers()
    return measured(lambda: rounded(fit_beta_geometric(Histories.of(*known), leaves_at_first=False).to_json()))


def lifetimes_bg_nbd() -> dict[str, Any]:
    import lifetimes

    known = buyers()
    return measured(lambda: rounded(lifetimes.BetaGeoFitter().fit(*known).params_))


def rounded(params: Any) -> dict[str, float]:
    return {name: round(float(params[name]), 2) for name in ("r", "alpha", "a", "b")}


# --- rules ------------------------------------------------------------------------------------------------------------


def lines() -> pd.DataFrame:
    """One to a dozen items a basket, some much more popular than others, each tenth of them with a companion."""
    rng = np.random.default_rng(2)
    sizes = 1 + rng.poisson(4, BASKETS)
    popularity = 1 / np.arange(5, ITEMS + 5) ** 0.8
    items = rng.choice(ITEMS, sizes.sum(), p=popularity / popularity.sum())
    baskets = np.repeat(np.arange(BASKETS), sizes)
    with_companion = (items % 10 == 0) & (rng.random(len(items)) < 0.4)
    pairs = {
        "basket_id": np.concatenate([baskets, baskets[with_companion]]),
        "item_id": np.concatenate([items, items[with_companion] + 1]),
    }
    return pd.DataFrame(pairs).drop_duplicates()


def rules() -> dict[str, Any]:
    from analytics.algorithms.rules.baskets import baskets_of
    from analytics.algorithms.rules.itemsets import frequent_itemsets, least_count
    from analytics.algorithms.rules.measures import rules_of

    held = lines()

    def found() -> list[int]:
        itemsets = frequent_itemsets(baskets_of(held), min_count=least_count(SUPPORT, BASKETS), max_length=4)
        return [len(itemsets.counts), len(rules_of(itemsets, min_confidence=CONFIDENCE))]

    return measured(found)


def mlxtend_rules() -> dict[str, Any]:
    from mlxtend.frequent_patterns import association_rules, fpgrowth

    held = lines()

    def found() -> list[int]:
        dense = np.zeros((BASKETS, ITEMS), dtype=bool)
        dense[held["basket_id"], held["item_id"]] = True
        itemsets = fpgrowth(pd.DataFrame(dense), min_support=float(SUPPORT), max_len=4)
        every = association_rules(itemsets, metric="confidence", min_threshold=float(CONFIDENCE))
        # Ours have one consequent.
        return [len(itemsets), int((every["consequents"].map(len) == 1).sum())]

    return measured(found)
