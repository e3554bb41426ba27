"""Fitted regressions as plain numbers: a run keeps them, and a later one applies them without what has fitted them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeRegressor

from analytics.evaluation import FloatArray

IntArray = NDArray[np.integer[Any]]
Link = Literal["identity", "exp", "logistic"]

# A set of leaves is the bits of a number of two bytes.
MOST_LEAVES = 16
# Rows whose places between thresholds fit into a processor's cache.
_ROWS_AT_ONCE = 8192
NO_FEATURE = -1
_EVERY_LEAF = np.uint16(2**MOST_LEAVES - 1)

_INVERSES: Mapping[Link, Callable[[FloatArray], FloatArray]] = {
    "identity": lambda values: values,
    "exp": np.exp,
    "logistic": expit,
}


class _Fitted(ABC):
    @abstractmethod
    def predict(self, features: FloatArray) -> FloatArray:
        """Shape (n,). features: shape (n, k)."""

    def predict_each(self, features: FloatArray, instead: FloatArray) -> FloatArray:
        """Shape (k, n): what is predicted where one feature after the other has its value of `instead`, shape (k,)."""
        found = np.empty(features.T.shape)
        for feature, value in enumerate(instead):
            replaced = features.copy()
            replaced[:, feature] = value
            found[feature] = self.predict(replaced)
        return found


@dataclass(frozen=True, eq=False)
class Linear(_Fitted):
    """weights: shape (k,), of features as they are: the scaling that it was fitted in is part of them."""

    weights: FloatArray
    intercept: float
    link: Link

    def predict(self, features: FloatArray) -> FloatArray:
        return _INVERSES[self.link](features @ self.weights + self.intercept)

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": "linear",
            "weights": self.weights.tolist(),
            "intercept": self.intercept,
            "link": self.link,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(np.array(data["weights"], dtype=np.float64), data["intercept"], data["link"])


@dataclass(frozen=True, eq=False)
class Nodes:
    """A binary tree, arrays of shape (nodes,), the root first. feature: what is asked, −1 in a leaf; whoever is not
    above `threshold` goes to `left`, the others to `right`. value: what a leaf says."""

    feature: IntArray
    threshold: FloatArray
    left: IntArray
    right: IntArray
    value: FloatArray

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name).tolist() for name in ("feature", "threshold", "left", "right", "value")}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        whole = {name: np.array(data[name], dtype=np.intp) for name in ("feature", "left", "right")}
        return cls(threshold=np.array(data["threshold"]), value=np.array(data["value"]), **whole)


@dataclass(frozen=True, eq=False)
class Tree(_Fitted):
    """One regression tree. It compares in four bytes, as it was fitted."""

    nodes: Nodes

    def predict(self, features: FloatArray) -> FloatArray:
        found: FloatArray = self.nodes.value[self.leaves_of(features)]
        return found

    def leaves_of(self, features: FloatArray) -> IntArray:
        """Shape (n,): in which node each row ends."""
        rounded, nodes = features.astype(np.float32), self.nodes
        at = np.zeros(len(features), dtype=np.intp)
        walking = np.arange(len(features))
        while len(walking := walking[nodes.feature[at[walking]] != NO_FEATURE]):
            here = at[walking]
            goes_left = rounded[walking, nodes.feature[here]] <= nodes.threshold[here]
            at[walking] = np.where(goes_left, nodes.left[here], nodes.right[here])
        return at

    def to_json(self) -> dict[str, Any]:
        return {"kind": "tree", "nodes": self.nodes.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(Nodes.from_json(data["nodes"]))


@dataclass(frozen=True, eq=False)
class Boosted(_Fitted):
    """The sum of many small trees, of at most `MOST_LEAVES` leaves each, and of `start`.

    Source: QuickScorer of Lucchese et al. (2015): every answer "above" leaves out the leaves to the left of it; the
    leaf that is reached is the first one left. Here by a feature's place among all thresholds, so that a tree costs one
    look-up for each feature that it asks for, whatever its depth.
    """

    start: float
    trees: tuple[Nodes, ...]
    link: Link

    def predict(self, features: FloatArray) -> FloatArray:
        found = np.full(len(features), self.start)
        for begin in range(0, len(features), _ROWS_AT_ONCE):
            block = slice(begin, begin + _ROWS_AT_ONCE)
            places = self._places(features[block])
            for still_possible, values in self._tables:
                left = np.full(len(found[block]), _EVERY_LEAF)
                for feature, table in still_possible:
                    left &= table.take(places[feature])
                found[block] += values.take(_FIRST_LEAF.take(left))
        return _INVERSES[self.link](found)

    def predict_each(self, features: FloatArray, instead: FloatArray) -> FloatArray:
        """A tree is asked again for each feature that it asks for, and not for the others."""
        found = np.full(features.T.shape, self.start)
        replaced = self._places(instead[None, :])
        for begin in range(0, len(features), _ROWS_AT_ONCE):
            block = slice(begin, begin + _ROWS_AT_ONCE)
            places = self._places(features[block])
            for still_possible, values in self._tables:
                left = {feature: table.take(places[feature]) for feature, table in still_possible}
                whole = np.full(len(features[block]), _EVERY_LEAF)
                for own in left.values():
                    whole &= own
                as_it_is = values.take(_FIRST_LEAF.take(whole))
                found[:, block] += as_it_is
                for feature, table in still_possible:
                    other = np.full(len(whole), table[replaced[feature][0]])
                    for another, own in left.items():
                        if another != feature:
                            other &= own
                    found[feature, block] += values.take(_FIRST_LEAF.take(other)) - as_it_is
        return _INVERSES[self.link](found)

    def _places(self, features: FloatArray) -> dict[int, NDArray[np.intp]]:
        """Of each feature that is asked for how many thresholds lie below: what is equal to one is not above it."""
        return {
            feature: np.searchsorted(thresholds, features[:, feature], side="left")
            for feature, thresholds in self._thresholds.items()
        }

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": "boosted",
            "start": self.start,
            "trees": [tree.to_json() for tree in self.trees],
            "link": self.link,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(data["start"], tuple(map(Nodes.from_json, data["trees"])), data["link"])

    @cached_property
    def _thresholds(self) -> dict[int, FloatArray]:
        """Of each feature that is asked for all thresholds of all trees, ascending."""
        asked: dict[int, list[FloatArray]] = {}
        for tree in self.trees:
            for feature in np.unique(tree.feature[tree.feature != NO_FEATURE]).tolist():
                asked.setdefault(feature, []).append(tree.threshold[tree.feature == feature])
        return {feature: np.unique(np.concatenate(found)) for feature, found in asked.items()}

    @cached_property
    def _tables(self) -> list[tuple[list[tuple[int, NDArray[np.uint16]]], FloatArray]]:
        """Of each tree the leaves still possible by the place of each feature that it asks for, and their values."""
        return [self._tables_of(tree) for tree in self.trees]

    def _tables_of(self, tree: Nodes) -> tuple[list[tuple[int, NDArray[np.uint16]]], FloatArray]:
        below, leaves = _leaves_below(tree)
        tables = []
        for feature in np.unique(tree.feature[tree.feature != NO_FEATURE]).tolist():
            thresholds = self._thresholds[feature]
            table = np.full(len(thresholds) + 1, _EVERY_LEAF)
            for node in np.flatnonzero(tree.feature == feature):
                first_above = int(np.searchsorted(thresholds, tree.threshold[node])) + 1
                table[first_above:] &= _EVERY_LEAF - np.uint16(below[int(tree.left[node])])
            tables.append((feature, table))
        return tables, tree.value[leaves]


Plain = Linear | Tree | Boosted
_KINDS: Mapping[str, type[Plain]] = {"linear": Linear, "tree": Tree, "boosted": Boosted}


def plain_from_json(data: Mapping[str, Any]) -> Plain:
    return _KINDS[data["kind"]].from_json(data)


def plain_of(fitted: Any, *, link: Link = "identity") -> Plain:
    """The numbers of a fitted estimator of scikit-learn: a pipeline of a scaler and a linear model, a tree, or boosted
    trees, whose own link is to be named. Missing values and categories are not provided for."""
    if isinstance(fitted, Pipeline):
        scaler, linear = (step for _name, step in fitted.steps)
        weights = np.ravel(linear.coef_) / scaler.scale_
        intercept = float(np.ravel(linear.intercept_)[0]) - float(scaler.mean_ @ weights)
        return Linear(weights, intercept, link)
    if isinstance(fitted, DecisionTreeRegressor):
        tree = fitted.tree_
        feature = np.where(tree.children_left < 0, NO_FEATURE, tree.feature)
        return Tree(Nodes(feature, tree.threshold, tree.children_left, tree.children_right, tree.value.ravel()))
    if isinstance(fitted, (HistGradientBoostingRegressor, HistGradientBoostingClassifier)):
        # Neither is public; a test compares what comes out.
        predictors, start = fitted._predictors, np.ravel(fitted._baseline_prediction)
        return Boosted(float(start[0]), tuple(_boosted_nodes(each.nodes) for (each,) in predictors), link)
    raise TypeError(f"no plain numbers are known of {type(fitted).__name__}")


def _boosted_nodes(nodes: Any) -> Nodes:
    is_leaf = nodes["is_leaf"].astype(bool)
    return Nodes(
        feature=np.where(is_leaf, NO_FEATURE, nodes["feature_idx"].astype(np.intp)),
        threshold=nodes["num_threshold"].astype(np.float64),
        left=nodes["left"].astype(np.intp),
        right=nodes["right"].astype(np.intp),
        value=nodes["value"].astype(np.float64),
    )


def _leaves_below(tree: Nodes) -> tuple[dict[int, int], list[int]]:
    """Of each node the leaves below it, as bits, and the nodes that are leaves, from left to right."""
    below: dict[int, int] = {}
    leaves: list[int] = []

    def visit(node: int) -> int:
        if tree.feature[node] == NO_FEATURE:
            leaves.append(node)
            below[node] = 1 << (len(leaves) - 1)
        else:
            below[node] = visit(int(tree.left[node])) | visit(int(tree.right[node]))
        return below[node]

    visit(0)
    if len(leaves) > MOST_LEAVES:
        raise ValueError(f"a tree has {len(leaves)} leaves, {MOST_LEAVES} are the most")
    return below, leaves


def _first_leaf() -> NDArray[np.intp]:
    """Of each set of leaves the one furthest to the left, which is its lowest bit."""
    sets = np.arange(2**MOST_LEAVES)
    lowest = np.maximum(sets & -sets, 1)
    first: NDArray[np.intp] = np.log2(lowest).astype(np.intp)
    return first


_FIRST_LEAF = _first_leaf()
