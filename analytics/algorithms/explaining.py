"""Learning to which group or label a customer belongs: trees, logistic regression and linear SVM, judged on others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

from analytics.algorithms.errors import NotEnoughData
from analytics.algorithms.information import Information, of_numbers
from analytics.algorithms.plain_labels import LabelArray, PlainLabels, plain_labels_from_json, plain_labels_of
from analytics.algorithms.small_segments import FEWEST as FEWEST_OF_A_SLICE
from analytics.evaluation import Comparison, FloatArray, bootstrap_interval, compare_paired

SAMPLE_ROWS = 10_000
# Of the sample, and of each label in it: with fewer there is nothing to learn from and nothing to judge by.
FEWEST, FEWEST_OF_A_LABEL = 100, 20
_DEPTH = 4
_LEAST_LEAF = 0.01
_RULES_OF_A_LABEL = 3
_CUSTOMERS_AT_ONCE = 100_000


class Model(StrEnum):
    CART_GINI = "cart_gini"
    CART_ENTROPY = "cart_entropy"
    LOGISTIC = "logistic"
    SVM = "svm"


TREES = (Model.CART_GINI, Model.CART_ENTROPY)


@dataclass(frozen=True)
class Condition:
    """A feature, in its own units, above `above` and at most `at_most`; None where that side is open."""

    feature: str
    above: float | None
    at_most: float | None


@dataclass(frozen=True)
class Rule:
    """A leaf of the tree. correct: of the customers held out who meet it, the share with the label; covered: of those
    with the label, the share who meet it; met: how many meet it."""

    label: str
    conditions: tuple[Condition, ...]
    correct: float
    covered: float
    met: int


@dataclass(frozen=True)
class Held:
    """The error of a model on customers held out, with its 95 % bootstrap interval."""

    error: float
    low: float
    high: float


@dataclass(frozen=True)
class Explanation:
    """What was learned, and how well.

    trained, chosen_on, tested: customers of the three parts of the sample. labels: with their number in the sample.
    left_out: labels with too few customers. errors: on the tested, by model. against_majority: that of the champion
    beside always saying the commonest label. information: by feature. rules: of the better tree, by label, the
    broadest first. slices: the same as against_majority among some of the tested, by name.
    """

    labels: dict[str, int]
    left_out: tuple[str, ...]
    trained: int
    chosen_on: int
    tested: int
    champion: Model
    tree: Model
    errors: dict[str, Held]
    against_majority: Comparison
    information: dict[str, Information]
    rules: tuple[Rule, ...]
    slices: Mapping[str, Comparison]

    @property
    def beats(self) -> bool:
        return self.against_majority.beats

    def to_json(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "champion": self.champion.value,
            "tree": self.tree.value,
            "against_majority": self.against_majority.to_json(),
            "slices": {name: comparison.to_json() for name, comparison in self.slices.items()},
        }


@dataclass(frozen=True)
class _Customers:
    """Features in their own units and made comparable, and labels."""

    original: FloatArray
    scaled: FloatArray
    labels: LabelArray

    def take(self, rows: NDArray[np.integer[Any]]) -> _Customers:
        return _Customers(self.original[rows], self.scaled[rows], self.labels[rows])

    def seen_by(self, model: Model) -> FloatArray:
        """Trees ask for values that a person knows; the others need what is comparable."""
        return self.original if model in TREES else self.scaled


@dataclass(frozen=True, eq=False)
class Labeller:
    """A fitted model, that gives labels to whom it has not seen."""

    model: Model
    plain: PlainLabels

    def labels_of(self, original: pd.DataFrame, scaled: FloatArray) -> tuple[LabelArray, FloatArray]:
        """The label of each customer, and the probability that the model gives it; nan where it gives none.
        Arguments as in `learn`."""
        seen = original.to_numpy(dtype=np.float64) if self.model in TREES else scaled
        starts = range(0, len(seen), _CUSTOMERS_AT_ONCE)
        blocks = [self.plain.labels_of(seen[at : at + _CUSTOMERS_AT_ONCE]) for at in starts]
        labels, probability = zip(*blocks, strict=True)
        return np.concatenate(labels), np.concatenate(probability)

    def to_json(self) -> dict[str, Any]:
        return {"model": self.model.value, "plain": self.plain.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(Model(data["model"]), plain_labels_from_json(data["plain"]))


@dataclass(frozen=True)
class Learned:
    """labeller: the champion, fitted anew on the whole sample."""

    explanation: Explanation
    labeller: Labeller


def learn(
    original: pd.DataFrame,
    scaled: FloatArray,
    labels: LabelArray,
    *,
    rng: np.random.Generator,
    sample_rows: int = SAMPLE_ROWS,
    parts: Mapping[str, NDArray[np.bool_]] | None = None,
) -> Learned:
    """How customers of one label differ from those of others, and the champion among four models that tell them apart.

    original: a column per feature, shape (n, d), own units, no missing values. scaled: the same, comparable. labels:
    shape (n,), texts. rng: the only source of randomness. parts: who is in which part that is to be judged by itself,
    by name, shape (n,).

    A sample is divided at random: on half each model is fitted, a quarter chooses the champion and the better tree, and
    the last quarter, which took part in neither, judges. Raises `NotEnoughData` (too_few_labelled, one_label).

    Sources: CART by Breiman et al. (1984), of depth 4, each leaf with a hundredth of the customers; multinomial
    logistic regression with a ridge; linear support vectors, one label against the rest (Fan et al. 2008).
    """
    known = _Customers(original.to_numpy(dtype=np.float64), scaled, labels)
    rows = rng.permutation(len(labels))[:sample_rows]
    rows, left_out = _with_enough(labels, rows)
    sample = known.take(rows)
    train, choose, test = np.split(
        np.arange(len(sample.labels)), [len(sample.labels) // 2, len(sample.labels) * 3 // 4]
    )
    seed = int(rng.integers(2**31))
    # On a sample a thread waits longer for the others than it works.
    with threadpool_limits(limits=1):
        fitted = {model: _fitted(model, sample.take(train), seed) for model in Model}
        wrong = {model: _wrong(fitted[model], model, sample.take(choose)) for model in Model}
        champion = min(Model, key=lambda model: wrong[model].mean())
        tree = min(TREES, key=lambda model: wrong[model].mean())
        tested = sample.take(test)
        missed = {model: _wrong(fitted[model], model, tested) for model in Model}
        final = _fitted(champion, sample, seed)
    baseline = (tested.labels != _commonest(sample.labels[train])).astype(np.float64)
    return Learned(
        Explanation(
            labels={
                str(label): int(count)
                for label, count in zip(*np.unique(sample.labels, return_counts=True), strict=True)
            },
            left_out=left_out,
            trained=len(train),
            chosen_on=len(choose),
            tested=len(test),
            champion=champion,
            tree=tree,
            errors={model.value: _held(missed[model], rng) for model in Model},
            against_majority=compare_paired(
                "error",
                model=missed[champion],
                baseline=baseline,
                rng=rng,
                higher_is_better=False,
            ),
            information={
                name: of_numbers(sample.original[:, column], sample.labels)
                for column, name in enumerate(original.columns)
            },
            rules=tuple(_rules(fitted[tree], list(original.columns), tested)),
            slices={
                name: compare_paired(
                    "error",
                    model=missed[champion][part[rows[test]]],
                    baseline=baseline[part[rows[test]]],
                    rng=rng,
                    higher_is_better=False,
                )
                for name, part in (parts or {}).items()
                if part[rows[test]].sum() >= FEWEST_OF_A_SLICE
            },
        ),
        Labeller(champion, plain_labels_of(final)),
    )


def _with_enough(labels: LabelArray, rows: NDArray[np.integer[Any]]) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Of these rows those whose label has enough of them, and the other labels."""
    found, counts = np.unique(labels[rows], return_counts=True)
    kept = found[counts >= FEWEST_OF_A_LABEL]
    rows = rows[np.isin(labels[rows], kept)]
    if len(rows) < FEWEST:
        raise NotEnoughData("too_few_labelled", found=len(rows), needed=FEWEST)
    if len(kept) < 2:
        raise NotEnoughData("one_label", needed=FEWEST_OF_A_LABEL)
    return rows, tuple(map(str, found[counts < FEWEST_OF_A_LABEL]))


def _fitted(model: Model, customers: _Customers, seed: int) -> Any:
    leaf = max(2, round(_LEAST_LEAF * len(customers.labels)))
    trees = {"max_depth": _DEPTH, "min_samples_leaf": leaf, "random_state": seed}
    estimators: Mapping[Model, Any] = {
        Model.CART_GINI: DecisionTreeClassifier(criterion="gini", **trees),
        Model.CART_ENTROPY: DecisionTreeClassifier(criterion="entropy", **trees),
        Model.LOGISTIC: LogisticRegression(max_iter=500),
        Model.SVM: LinearSVC(dual=False, random_state=seed),
    }
    return estimators[model].fit(customers.seen_by(model), customers.labels)


def _wrong(estimator: Any, model: Model, customers: _Customers) -> FloatArray:
    """1 for who is given another label than theirs."""
    found: FloatArray = (estimator.predict(customers.seen_by(model)) != customers.labels).astype(np.float64)
    return found


def _commonest(labels: LabelArray) -> Any:
    found, counts = np.unique(labels, return_counts=True)
    return found[counts.argmax()]


def _held(missed: FloatArray, rng: np.random.Generator) -> Held:
    return Held(float(missed.mean()), *bootstrap_interval(missed, rng=rng))


def _rules(tree: Any, features: Sequence[str], tested: _Customers) -> list[Rule]:
    leaf_of = tree.apply(tested.original)
    found: list[Rule] = []
    for leaf, conditions in _leaves(tree.tree_, features):
        label = tree.classes_[tree.tree_.value[leaf][0].argmax()]
        met, with_label = leaf_of == leaf, tested.labels == label
        if met.any() and conditions:
            both = float((met & with_label).sum())
            found.append(
                Rule(str(label), conditions, both / met.sum(), both / max(with_label.sum(), 1), int(met.sum()))
            )
    found.sort(key=lambda rule: (rule.label, -rule.covered))
    return [
        rule
        for label in tree.classes_
        for rule in [each for each in found if each.label == str(label)][:_RULES_OF_A_LABEL]
    ]


def _leaves(tree: Any, features: Sequence[str]) -> list[tuple[int, tuple[Condition, ...]]]:
    """Each leaf with what leads to it, one condition a feature."""
    found = []
    ahead: list[tuple[int, dict[str, tuple[float | None, float | None]]]] = [(0, {})]
    while ahead:
        node, limits = ahead.pop()
        if tree.children_left[node] == tree.children_right[node]:
            found.append((node, tuple(Condition(name, *limit) for name, limit in limits.items())))
            continue
        name, cut = features[tree.feature[node]], float(tree.threshold[node])
        above, at_most = limits.get(name, (None, None))
        # Further down a cut on the same side lies within the one before.
        ahead.append((tree.children_right[node], {**limits, name: (cut, at_most)}))
        ahead.append((tree.children_left[node], {**limits, name: (above, cut)}))
    return found
