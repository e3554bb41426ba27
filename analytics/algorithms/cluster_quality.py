"""How good a clustering is, whatever algorithm found it: silhouette against chance, entropy, stability."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.metrics import adjusted_rand_score, silhouette_samples

from analytics.evaluation import Comparison, FloatArray

PERMUTATIONS = 5
RESAMPLES = 10

# Megabytes that scikit-learn may take for a block of distances; its default is a gigabyte.
_WORKING_MEMORY = 64


class Clustering(Protocol):
    """What a fitted scikit-learn clustering offers."""

    labels_: NDArray[np.integer[Any]]

    def predict(self, points: FloatArray) -> NDArray[np.integer[Any]]: ...


@dataclass(frozen=True)
class ClusterQuality:
    """How good the clusters are: silhouettes and stability from the sample, the rest from all customers.

    against_permuted: mean silhouette beside that of the best of several clusterings of the sample with each column
      shuffled by itself, which keeps the distributions and destroys what hangs together.
    inertia: sum of squared distances to the own centre, scaled space. davies_bouldin: lower is better.
    entropy: of the cluster sizes in bits; log2 k where all are equally large.
    stability: mean adjusted Rand index with the clusters found on bootstrap samples; 1 is the same, 0 is chance.
    """

    customers: int
    sample_size: int
    silhouette_by_k: dict[int, float]
    against_permuted: Comparison
    inertia: float
    davies_bouldin: float
    entropy: float
    stability: float

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
        }


def silhouettes(points: FloatArray, labels: NDArray[np.integer[Any]]) -> FloatArray:
    """Silhouette of each point, shape (n,), in −1…1. points: shape (n, d); labels: 2 to n − 1 different ones."""
    with config_context(working_memory=_WORKING_MEMORY):
        values: FloatArray = silhouette_samples(points, labels)
    return values


def best_permuted_silhouettes(
    sample: FloatArray, recluster: Callable[[FloatArray], Clustering], *, rng: np.random.Generator
) -> FloatArray:
    """Silhouettes, shape (n,), of the best of `PERMUTATIONS` clusterings of the sample with its columns shuffled.

    The best and not the mean: a clustering worth its name is to beat chance on its lucky days too. A single column
    stays what it is when shuffled, so one feature alone never beats this.
    """
    shuffled = (rng.permuted(sample, axis=0) for _ in range(PERMUTATIONS))
    return max((silhouettes(points, recluster(points).labels_) for points in shuffled), key=np.mean)


def size_entropy(labels: NDArray[np.integer[Any]]) -> float:
    """Shannon entropy of the cluster sizes in bits, 0 for a single cluster."""
    shares = np.unique(labels, return_counts=True)[1] / len(labels)
    return float(-(shares * np.log2(shares)).sum())


def stability(
    sample: FloatArray,
    labels: NDArray[np.integer[Any]],
    recluster: Callable[[FloatArray], Clustering],
    *,
    rng: np.random.Generator,
) -> float:
    """Mean adjusted Rand index of `labels` with those of `RESAMPLES` clusterings of bootstrap samples.

    Source: Hubert and Arabie (1985) for the index. Each clustering labels the whole sample, drawn into it or not.
    """
    draws = (sample[rng.integers(len(sample), size=len(sample))] for _ in range(RESAMPLES))
    return float(np.mean([adjusted_rand_score(labels, recluster(draw).predict(sample)) for draw in draws]))
