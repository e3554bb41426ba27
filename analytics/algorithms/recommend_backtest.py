"""Whether recommendations by similarity are better than popular products, asked of a later time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.algorithms.errors import NotEnoughData
from analytics.algorithms.item_similarity import (
    IntArray,
    RecommenderParams,
    checked_purchases,
    fit_item_similarity,
    purchased_pairs,
)
from analytics.algorithms.recommend import recommend
from analytics.evaluation import Comparison, FloatArray, catalogue_coverage, compare_paired, ndcg_at, recall_at

# Below this an interval over customers says nothing.
MIN_TEST_CUSTOMERS = 30


@dataclass(frozen=True)
class BacktestResult:
    """What a backtest found; the metrics are means over the test customers, model beside popularity.

    ndcg, recall: of the first `n` products. coverage: share of the products known at the cut-off that are on a list.
    known_customers had bought before the cut-off, new_customers had not: they get popular products from both, and
    new_customers_ndcg says how good these are for them (None if there are no such customers).
    """

    params: RecommenderParams
    cutoff: date
    test_end: date
    n: int
    train_customers: int
    train_pairs: int
    test_customers: int
    known_customers: int
    new_customers: int
    ndcg: Comparison
    recall: Comparison
    coverage: float
    baseline_coverage: float
    new_customers_ndcg: float | None

    @property
    def beats(self) -> bool:
        """The verdict: nDCG is better than popularity's by more than chance. If not, popularity is to be used."""
        return self.ndcg.beats

    def to_json(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "cutoff": self.cutoff.isoformat(),
            "test_end": self.test_end.isoformat(),
            "ndcg": self.ndcg.to_json(),
            "recall": self.recall.to_json(),
            "beats": self.beats,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        values = {name: value for name, value in data.items() if name != "beats"}
        return cls(
            **{
                **values,
                "params": RecommenderParams(**data["params"]),
                "cutoff": date.fromisoformat(data["cutoff"]),
                "test_end": date.fromisoformat(data["test_end"]),
                "ndcg": Comparison.from_json(data["ndcg"]),
                "recall": Comparison.from_json(data["recall"]),
            }
        )


def backtest(
    purchases: pd.DataFrame,
    *,
    cutoff: date,
    rng: np.random.Generator,
    params: RecommenderParams,
    test_end: date | None = None,
    n: int = 10,
    max_test_customers: int = 100_000,
) -> BacktestResult:
    """Recommendations made at `cutoff`, judged by what was bought after it.

    purchases: columns of `fit_item_similarity`, a row per purchase with its own day.
    cutoff: last day that the model, popularity and the exclusion of bought products know.
    test_end: last day of the test window; the last purchase unless given.
    max_test_customers: of more, so many are drawn.

    Relevant to a customer are the products bought in the test window and not before; also those that did not exist at
    the cut-off, which nobody can recommend. Test customers are those with at least one. Both lists leave out what the
    customer had bought. The intervals are 95 % bootstrap intervals over customers.

    Raises `NotEnoughData` (no_purchases before the cut-off, too_few_test_customers) and `InvalidInput`.

    Departure: analytics with several candidates choose the champion on one window and judge it on a later one. Here the
    one challenger is fixed beforehand, nothing is chosen, and a single window is unbiased.
    """
    checked = checked_purchases(purchases)
    end = test_end or checked["ordered_date"].max().date()
    known = checked["ordered_date"] <= pd.Timestamp(cutoff)
    before, after = checked[known], checked[~known & (checked["ordered_date"] <= pd.Timestamp(end))]
    model = fit_item_similarity(before, as_of=cutoff, params=params)
    relevant = _new_pairs(after, before)
    customer_ids = _test_customers(relevant, max_test_customers, rng)
    counts = relevant["customer_id"].value_counts().reindex(customer_ids).to_numpy(dtype=np.int64)
    by_similarity, by_popularity = (
        recommend(candidate, before, customer_ids=customer_ids, n=n).product_ids
        for candidate in (model, model.popularity_only())
    )
    hits, baseline_hits = _hits(by_similarity, customer_ids, relevant), _hits(by_popularity, customer_ids, relevant)
    baseline_ndcg = ndcg_at(baseline_hits, counts)
    is_known = pd.Index(customer_ids).isin(before["customer_id"])
    return BacktestResult(
        params=params,
        cutoff=cutoff,
        test_end=end,
        n=n,
        train_customers=model.customers,
        train_pairs=model.purchased_pairs,
        test_customers=len(customer_ids),
        known_customers=int(is_known.sum()),
        new_customers=int((~is_known).sum()),
        ndcg=compare_paired(f"ndcg@{n}", model=ndcg_at(hits, counts), baseline=baseline_ndcg, rng=rng),
        recall=compare_paired(
            f"recall@{n}", model=recall_at(hits, counts), baseline=recall_at(baseline_hits, counts), rng=rng
        ),
        coverage=catalogue_coverage(by_similarity, model.product_ids),
        baseline_coverage=catalogue_coverage(by_popularity, model.product_ids),
        new_customers_ndcg=_mean(baseline_ndcg[~is_known]),
    )


def _new_pairs(after: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Pairs of customer and product bought after the cut-off and never before it."""
    bought = purchased_pairs(after)[["customer_id", "product_id"]]
    earlier = before[before["customer_id"].isin(bought["customer_id"])]
    return bought[~np.isin(_pair_keys(bought, bought), _pair_keys(earlier, bought))]


def _pair_keys(pairs: pd.DataFrame, products_of: pd.DataFrame) -> IntArray:
    """A number for each pair of a customer and one of the products in `products_of`; −1 for other products."""
    products = pd.Index(products_of["product_id"].unique())
    positions = products.get_indexer(pd.Index(pairs["product_id"]))
    customers = pd.Index(products_of["customer_id"].unique())
    keys = customers.get_indexer(pd.Index(pairs["customer_id"])).astype(np.int64) * len(products) + positions
    return np.where(positions >= 0, keys, -1)


def _test_customers(relevant: pd.DataFrame, limit: int, rng: np.random.Generator) -> IntArray:
    customer_ids = np.unique(relevant["customer_id"].to_numpy(dtype=np.int64))
    if len(customer_ids) < MIN_TEST_CUSTOMERS:
        raise NotEnoughData("too_few_test_customers", found=len(customer_ids), needed=MIN_TEST_CUSTOMERS)
    if len(customer_ids) > limit:
        customer_ids = np.sort(rng.choice(customer_ids, size=limit, replace=False))
    return customer_ids


def _hits(recommended: IntArray, customer_ids: IntArray, relevant: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether each place of the lists, shape (c, n), holds a product relevant to its customer."""
    products = pd.Index(relevant["product_id"].unique())
    rows = pd.Index(customer_ids).get_indexer(pd.Index(relevant["customer_id"]))
    keys = rows * len(products) + products.get_indexer(pd.Index(relevant["product_id"]))
    columns = products.get_indexer(pd.Index(recommended.ravel())).reshape(recommended.shape)
    places = np.arange(len(customer_ids))[:, None] * len(products) + columns
    hits: NDArray[np.bool_] = np.isin(places, keys[rows >= 0]) & (columns >= 0)
    return hits


def _mean(values: FloatArray) -> float | None:
    return float(values.mean()) if len(values) else None
