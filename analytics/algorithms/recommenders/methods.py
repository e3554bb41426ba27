"""The recommenders that are compared, by name, and the parameters that they share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from analytics.algorithms.errors import InvalidParams, demand_at_least
from analytics.algorithms.recommenders.blends import Hybrid, Popular
from analytics.algorithms.recommenders.content import fit_content
from analytics.algorithms.recommenders.item_to_item import ItemToItem, PairTable, fit_ease, fit_items
from analytics.algorithms.recommenders.lists import Evidence
from analytics.algorithms.recommenders.matrices import Catalogue, Histories, Recommender
from analytics.algorithms.recommenders.user_based import fit_users

HYBRID = "hybrid"
CHALLENGERS = ("item", "ease", "user_cosine", "user_euclidean", "content", "behaviour", HYBRID)
# The baseline is the better of the two on the days on which the champion is chosen.
POPULAR_RECENT, POPULAR_EVER = "popular_recent", "popular_ever"
BASELINES = (POPULAR_RECENT, POPULAR_EVER)


@dataclass(frozen=True)
class RecommenderParams:
    """shrinkage: joint buyers at which a similarity is halved, against chance among the rarely bought.

    neighbours: similar products kept per product. popularity_days: popularity counts the buyers of the last so many
    days. ridge: of EASE. ease_products: with more products EASE is left out, since its cost is cubic in them.
    similar_customers: neighbours of a customer, found in a sample of `sampled_customers`.
    """

    shrinkage: float = 10.0
    neighbours: int = 100
    popularity_days: int = 90
    ridge: float = 100.0
    ease_products: int = 5_000
    similar_customers: int = 50
    sampled_customers: int = 2_000

    def __post_init__(self) -> None:
        demand_at_least(vars(self), shrinkage=0, ease_products=0)
        demand_at_least(vars(self), neighbours=1, popularity_days=1, similar_customers=1, sampled_customers=1)
        if self.ridge <= 0:
            raise InvalidParams("positive", "ridge")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Fitting:
    """What recommenders are fitted on. vectors: of the products' names and categories, from `product_vectors`."""

    catalogue: Catalogue
    histories: Histories
    vectors: Any
    params: RecommenderParams

    def skipped(self) -> tuple[str, ...]:
        """What is not fitted: EASE where there are too many products, and what would only repeat another."""
        skipped = ["ease"] if len(self.catalogue) > self.params.ease_products else []
        if self.vectors.nnz == 0:
            skipped.append("content")
        if self.histories.liking.nnz == self.histories.bought.nnz and bool((self.histories.liking.data == 1).all()):
            skipped.append("behaviour")
        return tuple(skipped)

    def names(self) -> list[str]:
        """Of all that can be fitted, without the blend of them."""
        skipped = self.skipped()
        return [*BASELINES, *(name for name in CHALLENGERS if name != HYBRID and name not in skipped)]

    def fit(self, name: str, rng: np.random.Generator) -> Recommender | None:
        """None stands for the popular products, in the catalogue's own order."""
        params, bought = self.params, self.histories.bought
        match name:
            case "popular_recent":
                return None
            case "popular_ever":
                return Popular((self.catalogue.buyers / self.catalogue.customers).astype(np.float32))
            case "item":
                return self.items()[0]
            case "ease":
                return fit_ease(bought, ridge=params.ridge)
            case "content":
                return fit_content(self.vectors, neighbours=params.neighbours)
            case "behaviour":
                liking = self.histories.liking
                return fit_items(liking, neighbours=params.neighbours, shrinkage=params.shrinkage, of="liking")[0]
            case "user_cosine" | "user_euclidean":
                return fit_users(
                    self.histories,
                    measure="cosine" if name == "user_cosine" else "euclidean",
                    neighbours=params.similar_customers,
                    sample=params.sampled_customers,
                    rng=rng,
                )
        raise ValueError(f"no recommender is called {name}")

    def items(self) -> tuple[ItemToItem, PairTable]:
        return fit_items(self.histories.bought, neighbours=self.params.neighbours, shrinkage=self.params.shrinkage)

    def blend(self, fitted: Mapping[str, Recommender | None], weights: Mapping[str, float]) -> Hybrid:
        return Hybrid(tuple((weight, self.with_scores(fitted[name])) for name, weight in weights.items()))

    def with_scores(self, recommender: Recommender | None) -> Recommender:
        """In a blend the popular products need scores as well."""
        return recommender or Popular(self.catalogue.popularity().astype(np.float32))

    def with_evidence(
        self, name: str, weights: Mapping[str, float], rng: np.random.Generator
    ) -> tuple[Recommender | None, Evidence | None]:
        """A method, and what gives the reasons for its products: its own weights where it goes from product to
        product, else those of the cosine. Popular products need none."""
        if name in BASELINES:
            return None, None
        items, shares = self.items()
        recommender: Recommender | None = items
        if name == HYBRID:
            parts = {part: items if part == "item" else self.fit(part, rng) for part in weights}
            recommender = self.blend(parts, weights)
        elif name != "item":
            recommender = self.fit(name, rng)
        told = recommender if isinstance(recommender, ItemToItem) else items
        # A reason is what they bought, even where what they looked at counts as well.
        return recommender, Evidence(ItemToItem(told.weights), shares)
