"""Top-10 recommendations for a million buyers of 2,000 products: seconds of CPU, beside a plain product in blocks."""

from __future__ import annotations

import datetime as dt
import os
import time
from typing import Any

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits

from analytics.algorithms.recommenders.item_to_item import fit_items
from analytics.algorithms.recommenders.lists import Evidence, recommend
from analytics.algorithms.recommenders.matrices import Catalogue, Histories, ones
from benchmarks.measure import load, verdict

BUYERS = int(os.environ.get("MERIDIAN_BENCH_CUSTOMERS", 1_000_000))
# Of twelve drawn some ten are different.
PRODUCTS, EACH, N = 2_000, 12, 10
REACH_SECONDS = 15.0
# Of the plain way, which is measured on so many and counted up.
PLAIN_BUYERS = 50_000
PLAIN_BLOCK = 2_000


def main() -> int:
    bought = purchases()
    histories = Histories(np.arange(1, BUYERS + 1), bought, ones(bought), ones(bought))
    with threadpool_limits(1):
        started = time.process_time()
        items, shares = fit_items(bought, neighbours=100, shrinkage=10.0)
        fitted = time.process_time() - started
        started = time.process_time()
        lists = recommend(items, histories, catalogue(bought), n=N, evidence=Evidence(items, shares))
        ours = time.process_time() - started
        plain = plainly(bought[:PLAIN_BUYERS], items.weights.values) * BUYERS / min(BUYERS, PLAIN_BUYERS)
    told = (lists.reason_product_ids > 0).mean()
    print(f"{BUYERS:,} buyers, {PRODUCTS:,} products, {bought.nnz / BUYERS:.1f} each; load {load()}")
    print(f"fit {fitted:.1f} s; lists with reasons {ours:.1f} s of CPU ({told:.0%} with one)")
    print(f"plain product in blocks and partition, without reasons: {plain:.1f} s, {plain / ours:.1f} times as long")
    return verdict(f"top {N} for {BUYERS:,} buyers", ours, REACH_SECONDS * BUYERS / 1_000_000, "s of CPU")


def purchases() -> Any:
    """Popularity falls as one over the rank; buyers have one of twenty tastes, each for every twentieth product."""
    rng = np.random.default_rng(11)
    taste = rng.integers(0, 20, BUYERS)[:, None]
    ranks = np.exp(rng.random((BUYERS, EACH)) * np.log(PRODUCTS)).astype(np.int64) - 1
    own = rng.random((BUYERS, EACH)) < 0.6
    columns = np.where(own, np.minimum(ranks // 20 * 20 + taste, PRODUCTS - 1), ranks).ravel()
    rows = np.repeat(np.arange(BUYERS), EACH)
    bought = sparse.csr_array((np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=(BUYERS, PRODUCTS))
    bought.sum_duplicates()
    return bought


def catalogue(bought: Any) -> Catalogue:
    buyers = np.bincount(bought.indices, minlength=PRODUCTS)
    return Catalogue(dt.date(2026, 1, 1), np.arange(1, PRODUCTS + 1), buyers, buyers, BUYERS, BUYERS, bought.nnz)


def plainly(bought: Any, weights: Any) -> float:
    started = time.process_time()
    similarity = sparse.csr_array(weights)
    for start in range(0, bought.shape[0], PLAIN_BLOCK):
        block = bought[start : start + PLAIN_BLOCK]
        scores = (block @ similarity).toarray()
        scores[block.nonzero()] = 0.0
        best = np.argpartition(scores, -N, axis=1)[:, -N:]
        np.take_along_axis(best, np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1), axis=1)
    return time.process_time() - started
