"""Fitted classifiers as plain numbers, as `plain_models` keeps regressions: trees, and lines that part labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from analytics.algorithms.plain_models import NO_FEATURE, Nodes, Tree
from analytics.evaluation import FloatArray

LabelArray = NDArray[Any]


@dataclass(frozen=True, eq=False)
class LinearLabels:
    """weights: shape (k, labels); intercepts: shape (labels,). The label with the highest sum is given. is_probable:
    whether the sums are the logarithms of odds."""

    labels: LabelArray
    weights: FloatArray
    intercepts: FloatArray
    is_probable: bool

    def labels_of(self, features: FloatArray) -> tuple[LabelArray, FloatArray]:
        """Of each row of shape (n, k) the label and its probability, nan where none is known."""
        sums = features @ self.weights + self.intercepts
        found = self.labels[sums.argmax(axis=1)]
        if not self.is_probable:
            return found, np.full(len(features), np.nan)
        return found, softmax(sums, axis=1).max(axis=1)

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": "linear",
            "labels": self.labels.tolist(),
            "weights": self.weights.tolist(),
            "intercepts": self.intercepts.tolist(),
            "is_probable": self.is_probable,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        labels = np.array(data["labels"], dtype=object)
        return cls(labels, np.array(data["weights"]), np.array(data["intercepts"]), data["is_probable"])


@dataclass(frozen=True, eq=False)
class TreeLabels:
    """nodes: whose values are shares of the label that is given there. given: shape (nodes,), its place in `labels`."""

    labels: LabelArray
    nodes: Nodes
    given: NDArray[np.integer[Any]]

    def labels_of(self, features: FloatArray) -> tuple[LabelArray, FloatArray]:
        """Of each row of shape (n, k) the label and its share where the row falls."""
        leaves = Tree(self.nodes).leaves_of(features)
        return self.labels[self.given[leaves]], self.nodes.value[leaves]

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": "tree",
            "labels": self.labels.tolist(),
            "nodes": self.nodes.to_json(),
            "given": self.given.tolist(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        labels = np.array(data["labels"], dtype=object)
        return cls(labels, Nodes.from_json(data["nodes"]), np.array(data["given"], dtype=np.intp))


PlainLabels = LinearLabels | TreeLabels
_KINDS: Mapping[str, type[PlainLabels]] = {"linear": LinearLabels, "tree": TreeLabels}


def plain_labels_from_json(data: Mapping[str, Any]) -> PlainLabels:
    return _KINDS[data["kind"]].from_json(data)


def plain_labels_of(fitted: Any) -> PlainLabels:
    """The numbers of a fitted classifier of scikit-learn. Missing values are not provided for."""
    labels = fitted.classes_.astype(object)
    if isinstance(fitted, DecisionTreeClassifier):
        tree, shares = fitted.tree_, fitted.tree_.value[:, 0, :]
        shares = shares / shares.sum(axis=1, keepdims=True)
        feature = np.where(tree.children_left < 0, NO_FEATURE, tree.feature)
        nodes = Nodes(feature, tree.threshold, tree.children_left, tree.children_right, shares.max(axis=1))
        return TreeLabels(labels, nodes, shares.argmax(axis=1))
    if isinstance(fitted, (LogisticRegression, LinearSVC)):
        weights, intercepts = fitted.coef_.T, fitted.intercept_
        if len(labels) == 2:  # of two labels only the second has a line
            weights, intercepts = np.hstack([np.zeros_like(weights), weights]), np.append(0.0, intercepts)
        return LinearLabels(labels, weights, intercepts, isinstance(fitted, LogisticRegression))
    raise TypeError(f"no plain numbers are known of {type(fitted).__name__}")
