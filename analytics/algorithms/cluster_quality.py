"""How good a clustering is, whatever algorithm found it: silhouette against chance, entropy, stability."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.metrics import adjusted_rand_score

from analytics.algorithms.small_segments import FEWEST
from analytics.evaluation import Comparison, FloatArray, compare_independent

LabelArray = NDArray[np.integer[Any]]

PERMUTATIONS = 5
RESAMPLES = 10

# Points whose distances to all are held at once: few enough that they stay in the processor's cache.
_POINTS_AT_ONCE = 32


class Clustering(Protocol):
    """What a fitted scikit-learn clustering offers."""

    labels_: LabelArray

    def predict(self, points: FloatArray) -> LabelArray: ...


@dataclass(frozen=True)
class ClusterQuality:
    """How good the clusters are: silhouettes and stability from the sample, the rest from all customers.

    against_permuted: mean silhouette beside that of the best of several clusterings of the sample with each column
      shuffled by itself, which keeps the distributions and destroys what hangs together.
    inertia: sum of squared distances to the own centre, scaled space. davies_bouldin: lower is better.
    entropy: of the cluster sizes in bits; log2 k where all are equally large.
    stability: mean adjusted Rand index with the clusters found on bootstrap samples; 1 is the same, 0 is chance.
    slices: the silhouette of some of the sampled customers beside that of all of the permuted columns, by name.
    """

    customers: int
    sample_size: int
    silhouette_by_k: dict[int, float]
    against_permuted: Comparison
    inertia: float
    davies_bouldin: float
    entropy: float
    stability: float
    slices: Mapping[str, Comparison] = field(default_factory=dict)

    @property
    def silhouette(self) -> float:
        return self.against_permuted.model

    @property
    def beats(self) -> bool:
        """Whether there is more structure than in permuted columns; if not, the clusters are not to be used."""
        return self.against_permuted.beats

    def to_json(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "silhouette_by_k": {str(k): silhouette for k, silhouette in self.silhouette_by_k.items()},
            "against_permuted": self.against_permuted.to_json(),
            "slices": {name: comparison.to_json() for name, comparison in self.slices.items()},
        }


def of_parts(
    measured: FloatArray, permuted: FloatArray, parts: Mapping[str, NDArray[np.bool_]], *, rng: np.random.Generator
) -> dict[str, Comparison]:
    """The silhouettes, shape (n,), of those in each part that has enough of them, against those by chance, shape (m,):
    in permuted columns nobody is new or buys seldom, so that they stand for all."""
    return {
        name: compare_independent("silhouette", model=measured[part], baseline=permuted, rng=rng)
        for name, part in parts.items()
        if part.sum() >= FEWEST
    }


def silhouettes(points: FloatArray, labellings: Sequence[LabelArray]) -> list[FloatArray]:
    """Silhouette of each point under each labelling, each of shape (n,), in −1…1.

    points: shape (n, d). labellings: each of shape (n,) with 2 to n − 1 different labels; else `ValueError`.

    The distances, by far the most of the work, are computed once for all labellings.

    Source: Rousseeuw (1987), section 2; 0 for a point alone in its cluster, as there.
    """
    numbered = [np.unique(labels, return_inverse=True)[1] for labels in labellings]
    counts = [int(labels.max()) + 1 for labels in numbered]
    if not all(2 <= count < len(points) for count in counts):
        raise ValueError("2 to n - 1 different labels are needed")
    sums = _summed_distances(points, sparse.vstack([_membership(labels) for labels in numbered], format="csr"))
    by_labelling = np.split(sums, np.cumsum(counts)[:-1])
    return [_silhouette(*pair) for pair in zip(by_labelling, numbered, strict=True)]


def _membership(labels: LabelArray) -> Any:
    """1 where a point is in a cluster, clusters × points."""
    return sparse.csr_array((np.ones(len(labels)), (labels, np.arange(len(labels)))))


def _summed_distances(points: FloatArray, membership: Any) -> FloatArray:
    """Sums of the Euclidean distances of each point to the members of each cluster, clusters × points."""
    squares = np.einsum("ij,ij->i", points, points)
    sums = np.empty(membership.shape)
    for start in range(0, len(points), _POINTS_AT_ONCE):
        block = slice(start, start + _POINTS_AT_ONCE)
        distances = points @ points[block].T
        distances *= -2
        distances += squares[block]
        distances += squares[:, None]
        # Rounding leaves equal points a little below or above 0.
        np.maximum(distances, 0, out=distances)
        np.fill_diagonal(distances[block], 0)
        sums[:, block] = membership @ np.sqrt(distances, out=distances)
    return sums


def _silhouette(sums: FloatArray, labels: LabelArray) -> FloatArray:
    sizes = np.bincount(labels)[:, None]
    own = (labels, np.arange(len(labels)))
    within = sums[own] / np.maximum(sizes - 1, 1)[labels, 0]
    means = sums / sizes
    means[own] = np.inf
    nearest = means.min(axis=0)
    larger = np.maximum(within, nearest)
    # Alone, or all of two clusters on one spot.
    undefined = (sizes[labels, 0] == 1) | (larger == 0)
    values: FloatArray = np.where(undefined, 0.0, (nearest - within) / np.where(undefined, 1.0, larger))
    return values


def best_permuted_silhouettes(
    sample: FloatArray, recluster: Callable[[FloatArray], Clustering], *, rng: np.random.Generator
) -> FloatArray:
    """Silhouettes, shape (n,), of the best of `PERMUTATIONS` clusterings of the sample with its columns shuffled.

    The best and not the mean: a clustering worth its name is to beat chance on its lucky days too. A single column
    stays what it is when shuffled, so one feature alone never beats this.
    """
    shuffled = (rng.permuted(sample, axis=0) for _ in range(PERMUTATIONS))
    return max((silhouettes(points, [recluster(points).labels_])[0] for points in shuffled), key=np.mean)


def size_entropy(labels: LabelArray) -> float:
    """Shannon entropy of the cluster sizes in bits, 0 for a single cluster."""
    shares = np.unique(labels, return_counts=True)[1] / len(labels)
    return float(-(shares * np.log2(shares)).sum())


def stability(
    sample: FloatArray,
    labels: LabelArray,
    recluster: Callable[[FloatArray], Clustering],
    *,
    rng: np.random.Generator,
) -> float:
    """Mean adjusted Rand index of `labels` with those of `RESAMPLES` clusterings of bootstrap samples.

    Source: Hubert and Arabie (1985) for the index. Each clustering labels the whole sample, drawn into it or not.
    """
    draws = (sample[rng.integers(len(sample), size=len(sample))] for _ in range(RESAMPLES))
    return float(np.mean([adjusted_rand_score(labels, recluster(draw).predict(sample)) for draw in draws]))
