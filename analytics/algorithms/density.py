"""Groups of any shape where customers lie dense, by HDBSCAN; who lies in no such place is in no group."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from sklearn.cluster import HDBSCAN
from sklearn.metrics import adjusted_rand_score, davies_bouldin_score
from threadpoolctl import threadpool_limits

from analytics.algorithms.cluster_profiles import ClusterProfile, describe_clusters
from analytics.algorithms.cluster_quality import PERMUTATIONS, RESAMPLES, of_parts, silhouettes, size_entropy
from analytics.algorithms.errors import InvalidInput, InvalidParams, NotEnoughData, demand_at_least
from analytics.algorithms.preparing import Preparation, prepared
from analytics.evaluation import Comparison, FloatArray, compare_independent

LabelArray = NDArray[np.integer[Any]]

NO_GROUP = 0
# Of the sample, for each clustering that its stability is measured by.
_SUBSAMPLE = 2 / 3
_CUSTOMERS_AT_ONCE = 100_000
_LEAST_DISTANCE = 1e-9


@dataclass(frozen=True)
class DensityParams:
    """What is clustered and how.

    log_features: those of `features` that enter as logarithms. order_by: the feature whose mean numbers the groups.
    principal_components: how many of them there are that distances are measured in.
    size_shares: shares of the sample among which the least size of a group is chosen.
    min_samples: how many customers, oneself among them, must be near for a place to be dense.
    """

    features: tuple[str, ...] = ("recency_days", "frequency", "monetary")
    log_features: tuple[str, ...] = ("recency_days", "frequency", "monetary")
    order_by: str = "monetary"
    principal_components: int = 3
    size_shares: tuple[float, ...] = (0.01, 0.02, 0.05, 0.1)
    min_samples: int = 5
    sample_rows: int = 5_000
    min_customers: int = 50

    def __post_init__(self) -> None:
        if len(set(self.features)) != len(self.features) or not self.features:
            raise InvalidParams("each_once", "features")
        if not {*self.log_features, self.order_by} <= set(self.features):
            raise InvalidParams("among", "log_features", "order_by", others="features")
        if not self.size_shares or not all(0 < share <= 0.5 for share in self.size_shares):
            raise InvalidParams("up_to_half", "size_shares")
        demand_at_least(vars(self), principal_components=1, min_samples=2)
        if min(self.sample_rows, self.min_customers) < 4 * self.min_samples:
            raise InvalidParams("four_times", "sample_rows", "min_customers", others="min_samples")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Candidate:
    """One least size of a group, and what came of it. score: mean silhouette, 0 for who is in no group."""

    size: int
    groups: int
    grouped_share: float
    score: float


@dataclass(frozen=True)
class DensityQuality:
    """As `cluster_quality.ClusterQuality`, with who is in no group counted as 0 in every silhouette.

    davies_bouldin: of those of the sample who are in a group; None with fewer than two groups.
    entropy: of the sizes of the groups among all customers who are in one. stability: mean adjusted Rand index with
    groups found in two thirds of the sample each.
    """

    customers: int
    sample_size: int
    min_cluster_size: int
    candidates: tuple[Candidate, ...]
    no_group: int
    against_permuted: Comparison
    davies_bouldin: float | None
    entropy: float
    stability: float
    slices: Mapping[str, Comparison] = field(default_factory=dict)

    @property
    def beats(self) -> bool:
        return self.against_permuted.beats

    def to_json(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "against_permuted": self.against_permuted.to_json(),
            "slices": {name: comparison.to_json() for name, comparison in self.slices.items()},
        }


@dataclass(frozen=True)
class _Fit:
    """A clustered sample. reach, densest: of a group the largest core distance, and that of its densest twentieth."""

    points: FloatArray
    labels: LabelArray
    core: FloatArray
    reach: FloatArray
    densest: FloatArray
    tree: cKDTree
    neighbours: int

    @property
    def groups(self) -> int:
        return len(self.reach)

    @classmethod
    def of(cls, points: FloatArray, labels: LabelArray, neighbours: int) -> Self:
        tree = cKDTree(points)
        core = tree.query(points, k=neighbours)[0][:, -1]
        groups = [core[labels == label] for label in range(int(labels.max()) + 1)]
        return cls(
            points=points,
            labels=labels,
            core=core,
            reach=np.array([members.max() for members in groups]),
            densest=np.array([np.quantile(members, 0.05) for members in groups]),
            tree=tree,
            neighbours=neighbours,
        )


@dataclass(frozen=True, eq=False)
class Places:
    """Where groups lie, and so to which any customer belongs. components: rows are axes over the features of
    `preparation`. numbers: of each group of the clustered sample."""

    preparation: Preparation
    components: FloatArray
    fit: _Fit
    numbers: LabelArray

    def to_json(self) -> dict[str, Any]:
        return {
            "preparation": self.preparation.to_json(),
            "components": self.components.tolist(),
            "points": self.fit.points.tolist(),
            "labels": self.fit.labels.tolist(),
            "neighbours": self.fit.neighbours,
            "numbers": self.numbers.tolist(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        labels, numbers = (np.array(data[name], dtype=np.int64) for name in ("labels", "numbers"))
        fit = _Fit.of(np.array(data["points"], dtype=np.float64), labels, data["neighbours"])
        components = np.array(data["components"], dtype=np.float64)
        return cls(Preparation.from_json(data["preparation"]), components, fit, numbers)


@dataclass(frozen=True)
class DenseGroups:
    """assignments: customer_id, cluster (int16, 1…k, `NO_GROUP`), strength in 0–1, how dense it is where they stand
    against the densest places of the group; 0 in no group."""

    assignments: pd.DataFrame
    quality: DensityQuality
    profiles: tuple[ClusterProfile, ...]
    places: Places


def dense_groups(
    customers: pd.DataFrame,
    *,
    params: DensityParams,
    together: tuple[str, ...] = (),
    parts: Mapping[str, NDArray[np.bool_]] | None = None,
    rng: np.random.Generator,
) -> DenseGroups:
    """Groups of all customers, found in a sample, with the least size of a group chosen by the silhouette.

    customers: one row per customer with `customer_id` and the features of `params`, nan where a value is missing.
    together: features that have one unit already; see `preparing.prepared`. parts: as of `kmeans.cluster_customers`.
    rng: the only source of randomness.

    The least size is the one of `size_shares` of the sample whose groups have the largest mean silhouette, in which who
    is in no group counts 0: so neither many crumbs nor few groups among much that is left over win. Each customer then
    goes to the group of the sampled customer nearest by mutual reachability; to none where that one has none, or is
    farther than the loneliest member of that group is from its neighbours.

    Raises `NotEnoughData` (too_few_customers, no_variation, no_groups) and `InvalidInput` for a missing column.

    Source: Campello, Moulavi and Sander (2013), by scikit-learn. Departures: distances are measured in the first
    principal components, since nothing lies dense in many dimensions; it is quadratic, so it is fitted on a sample;
    stability is measured on parts drawn without replacement, for a customer drawn twice would be a dense place.
    """
    original = _features(customers, params)
    if len(original) < params.min_customers:
        raise NotEnoughData("too_few_customers", found=len(original), needed=params.min_customers)
    values, preparation = prepared(original, log_features=params.log_features, together=together)
    chosen = rng.choice(len(values), size=min(len(values), params.sample_rows), replace=False)
    components = _components(values[chosen], params.principal_components)
    points = values @ components.T
    sample = points[chosen]
    with threadpool_limits(limits=1):
        fits = {size: _fit(sample, size, params) for size in _sizes(len(sample), params)}
        measured = {size: _scores(fit.points, fit.labels) for size, fit in fits.items()}
        # The smallest size wins a tie: dicts keep the order in which they rose.
        size = max(fits, key=lambda each: measured[each].mean())
        fit = fits[size]
        if fit.groups < 2:
            raise NotEnoughData("no_groups")
        order = _order(fit, original[params.order_by].fillna(0).to_numpy()[chosen])
        cluster, strength = _assigned(points, fit, order)

        def again(part: FloatArray) -> _Fit:
            return _fit(part, size, params)

        permuted = _best_permuted(values[chosen], components, again, rng)
        quality = DensityQuality(
            customers=len(points),
            sample_size=len(sample),
            min_cluster_size=size,
            candidates=tuple(
                Candidate(each, fits[each].groups, float((fits[each].labels >= 0).mean()), float(measured[each].mean()))
                for each in fits
            ),
            no_group=int((cluster == NO_GROUP).sum()),
            against_permuted=compare_independent("silhouette", model=measured[size], baseline=permuted, rng=rng),
            davies_bouldin=_davies_bouldin(fit),
            entropy=size_entropy(cluster[cluster != NO_GROUP]),
            stability=_stability(fit, size, params, rng),
            slices=of_parts(
                measured[size], permuted, {name: part[chosen] for name, part in (parts or {}).items()}, rng=rng
            ),
        )
    return DenseGroups(
        assignments=_assignments(customers, cluster, strength),
        quality=quality,
        profiles=_profiles(original, values, cluster),
        places=Places(preparation, components, fit, order),
    )


def regroup(
    places: Places, customers: pd.DataFrame, *, params: DensityParams
) -> tuple[pd.DataFrame, tuple[ClusterProfile, ...]]:
    """Assignments to groups that were found before, and the profiles of these as they are now. Raises `NotEnoughData`
    (too_few_customers)."""
    original = _features(customers, params)
    if len(original) < params.min_customers:
        raise NotEnoughData("too_few_customers", found=len(original), needed=params.min_customers)
    values = places.preparation.applied(original)
    cluster, strength = _assigned(values @ places.components.T, places.fit, places.numbers)
    return _assignments(customers, cluster, strength), _profiles(original, values, cluster)


def _assignments(customers: pd.DataFrame, cluster: NDArray[np.int16], strength: FloatArray) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": customers["customer_id"].to_numpy(), "cluster": cluster, "strength": strength})


def _profiles(original: pd.DataFrame, values: FloatArray, cluster: NDArray[np.int16]) -> tuple[ClusterProfile, ...]:
    found = describe_clusters(original.fillna(original.median()), standardised=values, labels=cluster)
    return tuple(profile for profile in found if profile.cluster != NO_GROUP)


def _features(customers: pd.DataFrame, params: DensityParams) -> pd.DataFrame:
    missing = [column for column in ("customer_id", *params.features) if column not in customers.columns]
    if missing:
        raise InvalidInput(f"missing columns: {', '.join(missing)}")
    return customers[list(params.features)].astype(np.float64)


def _components(sample: FloatArray, dimensions: int) -> FloatArray:
    centred = sample - sample.mean(axis=0)
    _left, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    if sizes[0] < _LEAST_DISTANCE:
        raise NotEnoughData("no_variation")
    found: FloatArray = axes[:dimensions]
    return found


def _sizes(rows: int, params: DensityParams) -> list[int]:
    return sorted({max(params.min_samples, round(share * rows)) for share in params.size_shares})


def _fit(points: FloatArray, size: int, params: DensityParams) -> _Fit:
    labels = HDBSCAN(min_cluster_size=size, min_samples=params.min_samples, copy=True).fit(points).labels_
    return _Fit.of(points, labels, params.min_samples)


def _scores(points: FloatArray, labels: LabelArray) -> FloatArray:
    """Silhouettes among those in a group, 0 for the others."""
    scores = np.zeros(len(labels))
    inside = labels >= 0
    if 2 <= len(np.unique(labels[inside])) < inside.sum():
        scores[inside] = silhouettes(points[inside], [labels[inside]])[0]
    return scores


def _best_permuted(
    sample: FloatArray, components: FloatArray, again: Callable[[FloatArray], _Fit], rng: np.random.Generator
) -> FloatArray:
    """Scores of the best of several clusterings of the sample with its features shuffled, each by itself."""
    shuffled = (rng.permuted(sample, axis=0) for _ in range(PERMUTATIONS))
    fits = (again(each @ _components(each, len(components)).T) for each in shuffled)
    return max((_scores(fit.points, fit.labels) for fit in fits), key=np.mean)


def _stability(fit: _Fit, size: int, params: DensityParams, rng: np.random.Generator) -> float:
    rows = len(fit.points)
    part = max(int(rows * _SUBSAMPLE), params.min_samples + 1)
    least = max(params.min_samples, round(size * _SUBSAMPLE))
    found = []
    for _ in range(RESAMPLES):
        other = _fit(fit.points[rng.choice(rows, part, replace=False)], least, params)
        labels = _assigned(fit.points, other, np.arange(1, other.groups + 1))[0]
        found.append(adjusted_rand_score(fit.labels, labels))
    return float(np.mean(found))


def _davies_bouldin(fit: _Fit) -> float | None:
    inside = fit.labels >= 0
    return float(davies_bouldin_score(fit.points[inside], fit.labels[inside])) if fit.groups >= 2 else None


def _order(fit: _Fit, ordering: FloatArray) -> LabelArray:
    """The number that each group gets: from 1, the largest mean first."""
    means = [ordering[fit.labels == label].mean() for label in range(fit.groups)]
    numbers = np.empty(fit.groups, dtype=np.int64)
    numbers[np.argsort(-np.array(means), kind="stable")] = np.arange(1, fit.groups + 1)
    return numbers


def _assigned(points: FloatArray, fit: _Fit, numbers: LabelArray) -> tuple[NDArray[np.int16], FloatArray]:
    """Group and strength of each point; see `dense_groups`."""
    cluster, strength = np.zeros(len(points), dtype=np.int16), np.zeros(len(points))
    for start in range(0, len(points), _CUSTOMERS_AT_ONCE):
        block = slice(start, start + _CUSTOMERS_AT_ONCE)
        distances, places = fit.tree.query(points[block], k=fit.neighbours)
        reachable = np.maximum(np.maximum(distances, distances[:, -1:]), fit.core[places])
        # Among equals the first is the nearest, so that a sampled customer finds themselves.
        nearest = reachable.argmin(axis=1)[:, None]
        label = fit.labels[np.take_along_axis(places, nearest, axis=1)[:, 0]]
        distance = np.take_along_axis(reachable, nearest, axis=1)[:, 0]
        inside = (label >= 0) & (distance <= np.append(fit.reach, 0)[label])
        cluster[block][inside] = numbers[label[inside]]
        strength[block][inside] = np.minimum(
            1.0, (fit.densest[label[inside]] + _LEAST_DISTANCE) / (distance[inside] + _LEAST_DISTANCE)
        )
    return cluster, strength
