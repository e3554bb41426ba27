"""K-means over features made comparable, with k chosen by the silhouette."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import davies_bouldin_score, pairwise_distances_argmin_min
from threadpoolctl import threadpool_limits

from analytics.algorithms.cluster_profiles import ClusterProfile, describe_clusters
from analytics.algorithms.cluster_quality import (
    ClusterQuality,
    best_permuted_silhouettes,
    of_parts,
    silhouettes,
    size_entropy,
    stability,
)
from analytics.algorithms.errors import InvalidInput, InvalidParams, NotEnoughData, demand_at_least
from analytics.algorithms.preparing import FARTHEST, Preparation, prepared
from analytics.evaluation import FloatArray, compare_independent

LabelArray = NDArray[np.int8]

# A feature that varies less than this is constant but for rounding.
_CONSTANT = 1e-12


@dataclass(frozen=True)
class KMeansParams:
    """What is clustered and how.

    log_features: those of `features` that enter as sign(x)·log(1 + |x|), for amounts and counts with a long tail.
    order_by: the feature whose mean numbers the clusters, largest first.
    standardise: whether features are scaled, by the range between their quartiles; see `preparing.prepared`.
    cut_off: so many scales from the median values are cut off.
    sample_rows: customers on which k is chosen and the quality measured.
    inits: starts of each clustering of the sample.
    min_customers: fewer than these are not clustered.
    """

    features: tuple[str, ...] = ("recency_days", "frequency", "monetary")
    log_features: tuple[str, ...] = ("recency_days", "frequency", "monetary")
    order_by: str = "monetary"
    standardise: bool = True
    cut_off: float = FARTHEST
    k_min: int = 2
    k_max: int = 8
    sample_rows: int = 10_000
    inits: int = 10
    min_customers: int = 50

    def __post_init__(self) -> None:
        if len(set(self.features)) != len(self.features) or not self.features:
            raise InvalidParams("each_once", "features")
        if not {*self.log_features, self.order_by} <= set(self.features):
            raise InvalidParams("among", "log_features", "order_by", others="features")
        demand_at_least(vars(self), k_min=2, inits=1, cut_off=1)
        if self.k_min > self.k_max:
            raise InvalidParams("not_above", "k_min", others="k_max")
        if min(self.sample_rows, self.min_customers) <= self.k_max:
            raise InvalidParams("above", "sample_rows", "min_customers", others="k_max")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        features = {name: tuple(data[name]) for name in ("features", "log_features")}
        return cls(**{**data, **features})


@dataclass(frozen=True)
class KMeansFit:
    """Enough to assign any customer. Rows of `centres` (scaled) and `typical_values` (original units) are the clusters.

    The typical value is the centre transformed back: for a logarithmic feature nearer to the median than to the mean.
    """

    params: KMeansParams
    preparation: Preparation
    centres: tuple[tuple[float, ...], ...]
    typical_values: tuple[tuple[float, ...], ...]

    @property
    def k(self) -> int:
        return len(self.centres)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "params": self.params.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            params=KMeansParams.from_json(data["params"]),
            preparation=Preparation.from_json(data["preparation"]),
            centres=tuple(map(tuple, data["centres"])),
            typical_values=tuple(map(tuple, data["typical_values"])),
        )


@dataclass(frozen=True)
class Clusters:
    """What `cluster_customers` returns. assignments: customer_id, cluster (int8, 1…k), distance (float)."""

    assignments: pd.DataFrame
    fit: KMeansFit
    quality: ClusterQuality
    profiles: tuple[ClusterProfile, ...]


def cluster_customers(
    customers: pd.DataFrame,
    *,
    params: KMeansParams,
    together: tuple[str, ...] = (),
    parts: Mapping[str, NDArray[np.bool_]] | None = None,
    rng: np.random.Generator,
) -> Clusters:
    """Clusters of all customers, with k between `k_min` and `k_max` chosen by the mean silhouette on a sample.

    customers: one row per customer with `customer_id` and the features of `params`, in any unit, nan where a value is
    missing. together: features that have one unit already; see `preparing.prepared`. parts: by name who is in a part
    that is to be looked at by itself, shape (n,). rng: the only source of randomness.

    Clusters are numbered from 1 by the mean of `order_by`, largest first, so that equal structure gets equal numbers in
    each run. `distance` is Euclidean, in the scaled space, to the centre of the customer's own cluster.

    Raises `NotEnoughData` (too_few_customers, no_variation) and `InvalidInput` for a missing column or infinite value.

    Sources: Lloyd (1982) with the starts of Arthur and Vassilvitskii (2007), as scikit-learn has them; silhouette:
    Rousseeuw (1987). Departure: the silhouette is quadratic, so k is chosen on at most `sample_rows` customers drawn
    without replacement; the centres found there are then refined on all customers.
    """
    original = _feature_values(customers, params)
    if len(original) < params.min_customers:
        raise NotEnoughData("too_few_customers", found=len(original), needed=params.min_customers)
    scaled, preparation = prepared(
        original,
        log_features=params.log_features,
        together=together,
        farthest=params.cut_off,
        scaled=params.standardise,
    )
    original = preparation.filled(original)
    chosen = rng.choice(len(scaled), size=min(len(scaled), params.sample_rows), replace=False)
    sample = scaled[chosen]
    # On a sample a thread waits longer for the others than it works, most of all where cores are scarce.
    with threadpool_limits(limits=1):
        candidates = {k: _clustered(sample, k, params, rng) for k in _possible_k(sample, params)}
        of_each = silhouettes(sample, [candidate.labels_ for candidate in candidates.values()])
    measured = dict(zip(candidates, of_each, strict=True))
    silhouette_by_k = {k: float(values.mean()) for k, values in measured.items()}
    # The smallest k wins a tie: dicts keep the order in which k rose.
    k = max(silhouette_by_k, key=silhouette_by_k.__getitem__)
    fit = _refined(candidates[k], original[params.order_by].to_numpy(), scaled, preparation, params)
    labels, distances = _nearest(scaled, fit)

    def recluster(points: FloatArray) -> KMeans:
        return _clustered(points, k, params, rng)

    with threadpool_limits(limits=1):
        permuted = best_permuted_silhouettes(sample, recluster, rng=rng)
        quality = ClusterQuality(
            customers=len(scaled),
            sample_size=len(sample),
            silhouette_by_k=silhouette_by_k,
            against_permuted=compare_independent("silhouette", model=measured[k], baseline=permuted, rng=rng),
            inertia=float(np.square(distances).sum()),
            davies_bouldin=float(davies_bouldin_score(scaled, labels)),
            entropy=size_entropy(labels),
            stability=stability(sample, _nearest(sample, fit)[0], recluster, rng=rng),
            slices=of_parts(
                measured[k], permuted, {name: part[chosen] for name, part in (parts or {}).items()}, rng=rng
            ),
        )
    return Clusters(
        assignments=_assignments(customers, labels, distances),
        fit=fit,
        quality=quality,
        profiles=describe_clusters(original, standardised=_standardised(scaled), labels=labels),
    )


def assign(fit: KMeansFit, customers: pd.DataFrame) -> pd.DataFrame:
    """The nearest cluster of each customer by the centres of `fit`; columns in and out as in `cluster_customers`."""
    return _assignments(customers, *_nearest(fit.preparation.applied(_feature_values(customers, fit.params)), fit))


def regroup(fit: KMeansFit, customers: pd.DataFrame) -> tuple[pd.DataFrame, tuple[ClusterProfile, ...]]:
    """Assignments by the centres of `fit`, as `assign` gives them, and profiles of the clusters as they are now.

    Raises `NotEnoughData` (too_few_customers, no_variation) where nothing is left to tell apart.
    """
    if len(customers) < fit.params.min_customers:
        raise NotEnoughData("too_few_customers", found=len(customers), needed=fit.params.min_customers)
    original = _feature_values(customers, fit.params)
    scaled = fit.preparation.applied(original)
    labels, distances = _nearest(scaled, fit)
    found = len(np.unique(labels))
    if found < 2:
        raise NotEnoughData("no_variation", found=found, needed=2)
    profiles = describe_clusters(fit.preparation.filled(original), standardised=_standardised(scaled), labels=labels)
    return _assignments(customers, labels, distances), profiles


def _feature_values(customers: pd.DataFrame, params: KMeansParams) -> pd.DataFrame:
    missing = [column for column in ("customer_id", *params.features) if column not in customers.columns]
    if missing:
        raise InvalidInput(f"missing columns: {', '.join(missing)}")
    return customers[list(params.features)].astype(np.float64)


def _standardised(scaled: FloatArray) -> FloatArray:
    """With mean 0 and standard deviation 1; a constant column with 0."""
    spread = scaled.std(axis=0)
    standardised: FloatArray = (scaled - scaled.mean(axis=0)) / np.where(spread > _CONSTANT, spread, 1.0)
    return standardised


def _possible_k(sample: FloatArray, params: KMeansParams) -> range:
    distinct = len(np.unique(sample, axis=0))
    if distinct < params.k_min:
        raise NotEnoughData("no_variation", found=distinct, needed=params.k_min)
    return range(params.k_min, min(params.k_max, distinct) + 1)


def _clustered(points: FloatArray, k: int, params: KMeansParams, rng: np.random.Generator) -> KMeans:
    return KMeans(k, n_init=params.inits, random_state=int(rng.integers(2**31))).fit(points)


def _refined(
    candidate: KMeans,
    ordering: FloatArray,
    scaled: FloatArray,
    preparation: Preparation,
    params: KMeansParams,
) -> KMeansFit:
    """The candidate's centres after Lloyd's iterations on all customers, in the order of the numbers they get."""
    estimator = KMeans(candidate.n_clusters, init=candidate.cluster_centers_, n_init=1).fit(scaled)
    sizes = np.bincount(estimator.labels_, minlength=estimator.n_clusters)
    ordering_means = np.bincount(estimator.labels_, weights=ordering, minlength=estimator.n_clusters) / sizes
    order = np.lexsort((*estimator.cluster_centers_.T, -ordering_means))
    centres = estimator.cluster_centers_[order]
    return KMeansFit(
        params=params,
        preparation=preparation,
        centres=tuple(map(tuple, centres.tolist())),
        typical_values=tuple(map(tuple, preparation.in_own_units(centres).tolist())),
    )


def _nearest(scaled: FloatArray, fit: KMeansFit) -> tuple[LabelArray, FloatArray]:
    positions, distances = pairwise_distances_argmin_min(scaled, np.array(fit.centres))
    return (positions + 1).astype(np.int8), distances


def _assignments(customers: pd.DataFrame, labels: LabelArray, distances: FloatArray) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": customers["customer_id"].to_numpy(), "cluster": labels, "distance": distances})
