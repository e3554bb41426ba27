"""Which recommender is best, chosen on some days, and whether it beats popularity, judged on later ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.algorithms.errors import NotEnoughData
from analytics.algorithms.recommenders.blends import best_is_one, chosen_weights
from analytics.algorithms.recommenders.content import diversity, product_vectors
from analytics.algorithms.recommenders.known import IntArray, Known
from analytics.algorithms.recommenders.lists import best_of, best_positions
from analytics.algorithms.recommenders.matrices import (
    Histories,
    Recommender,
    Scores,
    catalogue_of,
    entry_rows,
    histories_of,
)
from analytics.algorithms.recommenders.methods import (
    BASELINES,
    HYBRID,
    Fitting,
    RecommenderParams,
)
from analytics.algorithms.small_segments import small_segments
from analytics.evaluation import Comparison, FloatArray, compare_paired, ndcg_at, recall_at

# Below this an interval over customers says nothing.
MIN_TEST_CUSTOMERS = 30
# Scores of each recommender that the weights of the blend are chosen on: 32 MB.
_BLENDED_SCORES = 8_000_000


@dataclass(frozen=True, eq=False)
class Window:
    """What was known until a day, and what was bought after it, until `end`: rows of customer_id, product_id.

    known.purchases and bought_after: a row per pair, as `purchased_pairs` returns them.
    """

    known: Known
    bought_after: pd.DataFrame
    end: date


@dataclass(frozen=True)
class Measures:
    """Means over the test customers: nDCG and recall of the first `n` products; coverage: the share of the products
    known that are on a list; diversity: mean over lists of 1 − the mean likeness of two products by name and category.
    """

    ndcg: float
    recall: float
    coverage: float
    diversity: float | None


@dataclass(frozen=True)
class Judged:
    """champion: the best challenger on the days until `cutoff`, of the `chosen_on` customers who were asked about;
    baseline: the better way to be popular on them. ndcg, recall: champion beside baseline after the cut-off.

    by_method: for each method its measures on the days it was chosen on (`choosing`) and on those after (`judging`).
    slices: nDCG of customers who had bought nothing before (`new`), one or two products (`few`) or more (`many`), and
    of those in small segments (`small_segments`), where there are enough of them. tested: the ids of the test
    customers, which are not among the plain data. weights: of the blend. skipped: methods that were not fitted.
    """

    champion: str
    baseline: str
    n: int
    chosen_from: date
    cutoff: date
    test_end: date
    chosen_on: int
    train_customers: int
    train_pairs: int
    test_customers: int
    known_customers: int
    new_customers: int
    ndcg: Comparison
    recall: Comparison
    by_method: Mapping[str, Mapping[str, Measures]]
    slices: Mapping[str, Comparison]
    tested: IntArray = field(repr=False, compare=False)
    weights: Mapping[str, float] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()

    @property
    def beats(self) -> bool:
        """The verdict: nDCG is better than popularity's by more than chance. If not, popularity is to be used."""
        return self.ndcg.beats

    @property
    def used(self) -> str:
        return self.champion if self.beats else self.baseline

    def to_json(self) -> dict[str, Any]:
        return {
            **{name: value for name, value in asdict(self).items() if name != "tested"},
            "chosen_from": self.chosen_from.isoformat(),
            "cutoff": self.cutoff.isoformat(),
            "test_end": self.test_end.isoformat(),
            "ndcg": self.ndcg.to_json(),
            "recall": self.recall.to_json(),
            "slices": {name: found.to_json() for name, found in self.slices.items()},
            "beats": self.beats,
            "coverage": self.by_method[self.champion]["judging"].coverage,
            "baseline_coverage": self.by_method[self.baseline]["judging"].coverage,
        }


def judge(
    choosing: Window,
    judging: Window,
    *,
    params: RecommenderParams,
    rng: np.random.Generator,
    n: int = 10,
    most_tested: int = 20_000,
) -> Judged:
    """Recommendations made on the last day known of each window, judged by what was bought after it.

    judging: a later window than `choosing`. Of more than `most_tested` who bought something new in one, so many are
    asked about.

    Relevant to a customer are the products bought in the window that might have been recommended: not those they had,
    unless people buy these again; also those that did not exist before, which nobody can recommend. Test customers are
    those with at least one. The weights of the blend are chosen on one half of those of the first window, champion and
    baseline on the other half; these two are compared on the second by the 95 % bootstrap interval over customers.

    Raises `NotEnoughData` (no_purchases, too_few_test_customers) and `InvalidInput`.
    """
    first, second = (_Stage.of(window, params, n, most_tested, rng) for window in (choosing, judging))
    names = [name for name in first.fitting.names() if name in second.fitting.names()]
    fitted = {name: first.fitting.fit(name, rng) for name in names}
    # On other customers than its weights were chosen on: else the blend could not but look best.
    weighing, measuring = first.halves(rng)
    weights = _blend(weighing, fitted, rng)
    scored = {name: measuring.scored(each) for name, each in _with_blend(fitted, weights, measuring).items()}
    baseline = max(BASELINES, key=lambda name: scored[name].measures.ndcg)
    champion = max((name for name in scored if name not in BASELINES), key=lambda name: scored[name].measures.ndcg)
    refitted = {name: second.fitting.fit(name, rng) for name in names}
    later = {name: second.scored(each) for name, each in _with_blend(refitted, weights, second).items()}
    model, popular = later[champion], later[baseline]
    is_new = np.diff(second.customers.bought.indptr) == 0
    return Judged(
        champion=champion,
        baseline=baseline,
        n=n,
        chosen_from=choosing.known.as_of,
        cutoff=judging.known.as_of,
        test_end=judging.end,
        chosen_on=len(measuring.customers),
        train_customers=second.fitting.catalogue.customers,
        train_pairs=second.fitting.catalogue.purchased_pairs,
        test_customers=len(second.customers),
        known_customers=int((~is_new).sum()),
        new_customers=int(is_new.sum()),
        ndcg=compare_paired(f"ndcg@{n}", model=model.ndcg, baseline=popular.ndcg, rng=rng),
        recall=compare_paired(f"recall@{n}", model=model.recall, baseline=popular.recall, rng=rng),
        by_method={name: {"choosing": scored[name].measures, "judging": later[name].measures} for name in later},
        slices=_slices(second, judging.known, model.ndcg, popular.ndcg, rng),
        tested=second.customers.customer_ids,
        weights=weights,
        skipped=tuple(sorted({*first.fitting.skipped(), *second.fitting.skipped()})),
    )


@dataclass(frozen=True, eq=False)
class _Scored:
    ndcg: FloatArray
    recall: FloatArray
    measures: Measures


@dataclass(frozen=True, eq=False)
class _Stage:
    """One window. customers: who bought something new in it. relevant: keys of row · p + product. counts: how many
    products are relevant to each, with those that were not known."""

    fitting: Fitting
    customers: Histories
    relevant: IntArray
    counts: IntArray
    n: int

    @classmethod
    def of(
        cls, window: Window, params: RecommenderParams, n: int, most_tested: int, rng: np.random.Generator
    ) -> _Stage:
        known = window.known
        catalogue = catalogue_of(known.purchases, as_of=known.as_of, popularity_days=params.popularity_days)
        vectors = product_vectors(known.products, catalogue.product_ids)
        buyers = np.unique(known.purchases["customer_id"].to_numpy(dtype=np.int64))
        # Who only looked so far says something too.
        lookers = np.unique(known.interest["customer_id"].to_numpy(dtype=np.int64))
        histories = histories_of(known, catalogue, np.union1d(buyers, lookers))
        relevant = _relevant(window)
        tested = _test_customers(relevant, most_tested, rng)
        relevant = relevant[relevant["customer_id"].isin(tested)]
        rows = np.searchsorted(tested, relevant["customer_id"].to_numpy())
        columns = pd.Index(catalogue.product_ids).get_indexer(pd.Index(relevant["product_id"]))
        return cls(
            fitting=Fitting(catalogue, histories, vectors, params),
            customers=histories_of(known, catalogue, tested),
            relevant=np.sort((rows * len(catalogue) + columns)[columns >= 0]),
            counts=np.bincount(rows, minlength=len(tested)),
            n=n,
        )

    def scored(self, recommender: Recommender | None) -> _Scored:
        lists = best_positions(recommender, self.customers, n=self.n)
        hits = self.hits(lists)
        ndcg, recall = ndcg_at(hits, self.counts), recall_at(hits, self.counts)
        varied = diversity(lists, self.fitting.vectors) if self.fitting.vectors.nnz else np.nan
        coverage = len(np.unique(lists[lists >= 0])) / len(self.fitting.catalogue)
        measures = Measures(
            float(ndcg.mean()), float(recall.mean()), coverage, None if np.isnan(varied) else float(varied)
        )
        return _Scored(ndcg, recall, measures)

    def hits(self, lists: NDArray[np.intp]) -> NDArray[np.bool_]:
        keys = np.arange(len(lists))[:, None] * len(self.fitting.catalogue) + lists
        hits: NDArray[np.bool_] = np.isin(keys, self.relevant) & (lists >= 0)
        return hits

    def of_rows(self, rows: NDArray[np.intp]) -> _Stage:
        """The same of some test customers, `rows` ascending."""
        of_row, products = np.divmod(self.relevant, len(self.fitting.catalogue))
        kept = np.isin(of_row, rows)
        relevant = np.searchsorted(rows, of_row[kept]) * len(self.fitting.catalogue) + products[kept]
        return _Stage(self.fitting, self.customers.rows(rows), relevant, self.counts[rows], self.n)

    def halves(self, rng: np.random.Generator) -> tuple[_Stage, _Stage]:
        order = rng.permutation(len(self.customers))
        middle = len(order) // 2
        return self.of_rows(np.sort(order[:middle])), self.of_rows(np.sort(order[middle:]))


def _relevant(window: Window) -> pd.DataFrame:
    """Pairs bought in the window that might have been recommended."""
    after = window.bought_after[["customer_id", "product_id"]]
    barred = window.known.barred().assign(is_barred=True)
    marked = after.merge(barred, on=["customer_id", "product_id"], how="left")
    return after[marked["is_barred"].isna().to_numpy()]


def _test_customers(relevant: pd.DataFrame, most: int, rng: np.random.Generator) -> IntArray:
    customer_ids = np.unique(relevant["customer_id"].to_numpy(dtype=np.int64))
    if len(customer_ids) < MIN_TEST_CUSTOMERS:
        raise NotEnoughData("too_few_test_customers", found=len(customer_ids), needed=MIN_TEST_CUSTOMERS)
    return np.sort(rng.choice(customer_ids, most, replace=False)) if len(customer_ids) > most else customer_ids


def _blend(stage: _Stage, fitted: Mapping[str, Recommender | None], rng: np.random.Generator) -> dict[str, float]:
    """Weights of the blend, chosen on some of the test customers."""
    most = max(1, _BLENDED_SCORES // len(stage.fitting.catalogue))
    if len(stage.customers) > most:
        stage = stage.of_rows(np.sort(rng.choice(len(stage.customers), most, replace=False)))
    barred = stage.customers.barred
    scores = {}
    for name, recommender in fitted.items():
        found = stage.fitting.with_scores(recommender).scores(stage.customers)
        found[entry_rows(barred), barred.indices] = 0.0
        scores[name] = best_is_one(found)

    def quality(blended: Scores) -> float:
        return float(ndcg_at(stage.hits(best_of(blended, n=stage.n)), stage.counts).mean())

    return chosen_weights(scores, quality)


def _with_blend(
    fitted: Mapping[str, Recommender | None], weights: Mapping[str, float], stage: _Stage
) -> dict[str, Recommender | None]:
    return {**fitted, HYBRID: stage.fitting.blend(fitted, weights)}


def _slices(
    stage: _Stage, known: Known, model: FloatArray, baseline: FloatArray, rng: np.random.Generator
) -> dict[str, Comparison]:
    had = np.diff(stage.customers.bought.indptr)
    parts = {"new": had == 0, "few": (had > 0) & (had <= 2), "many": had > 2}
    parts |= _of_small_segments(stage.customers.customer_ids, known)
    return {
        name: compare_paired(f"ndcg@{stage.n}", model=model[chosen], baseline=baseline[chosen], rng=rng)
        for name, chosen in parts.items()
        if chosen.sum() >= MIN_TEST_CUSTOMERS
    }


def _of_small_segments(tested: IntArray, known: Known) -> dict[str, NDArray[np.bool_]]:
    """Who of the tested is in one, among all buyers known; how often they bought is told by how many products."""
    buyers = known.purchases.groupby("customer_id")["ordered_date"].agg(["max", "size"])
    silent_days = (pd.Timestamp(known.as_of) - pd.to_datetime(buyers["max"])).dt.days.to_numpy()
    return {
        name: np.isin(tested, buyers.index[part])
        for name, part in small_segments(silent_days, buyers["size"].to_numpy()).items()
    }
