"""What the customers of a cluster are like, as data that a template can put into words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.evaluation import FloatArray

# A cluster differs in a feature if its mean is this many standard deviations away from the mean of the rest.
NOTABLE_DIFFERENCE = 0.5


@dataclass(frozen=True)
class Trait:
    """One way in which a cluster differs: "spends 3.2 times as much as the others".

    difference: mean of the cluster less mean of the rest, in standard deviations of the transformed feature.
    ratio: mean of the cluster by mean of the rest, in original units; None unless both are positive.
    """

    feature: str
    direction: Literal["higher", "lower"]
    difference: float
    ratio: float | None


@dataclass(frozen=True)
class ClusterProfile:
    """One cluster in numbers; means in original units. traits: the notable ones, strongest first, maybe none."""

    cluster: int
    customers: int
    share: float
    means: dict[str, float]
    means_of_rest: dict[str, float]
    differences: dict[str, float]
    traits: tuple[Trait, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def describe_clusters(
    original: pd.DataFrame, *, standardised: FloatArray, labels: NDArray[np.integer[Any]]
) -> tuple[ClusterProfile, ...]:
    """A profile of each cluster, in the order of the labels.

    original: shape (n, d), a column per feature, original units. standardised: the same features, shape (n, d),
    transformed as for clustering, with mean 0 and standard deviation 1. labels: shape (n,), at least two different.
    """
    return tuple(_profile(original, standardised, labels == label, int(label)) for label in np.unique(labels))


def _profile(
    original: pd.DataFrame, standardised: FloatArray, inside: NDArray[np.bool_], cluster: int
) -> ClusterProfile:
    features = list(original.columns)
    means, means_of_rest = original[inside].mean(), original[~inside].mean()
    differences = standardised[inside].mean(axis=0) - standardised[~inside].mean(axis=0)
    strongest_first = np.argsort(-np.abs(differences), kind="stable")
    return ClusterProfile(
        cluster=cluster,
        customers=int(inside.sum()),
        share=float(inside.mean()),
        means={feature: float(means[feature]) for feature in features},
        means_of_rest={feature: float(means_of_rest[feature]) for feature in features},
        differences=dict(zip(features, differences.tolist(), strict=True)),
        traits=tuple(
            _trait(features[i], float(differences[i]), float(means.iloc[i]), float(means_of_rest.iloc[i]))
            for i in strongest_first
            if abs(differences[i]) >= NOTABLE_DIFFERENCE
        ),
    )


def _trait(feature: str, difference: float, mean: float, mean_of_rest: float) -> Trait:
    return Trait(
        feature=feature,
        direction="higher" if difference > 0 else "lower",
        difference=difference,
        ratio=mean / mean_of_rest if min(mean, mean_of_rest) > 0 else None,
    )
