"""The four latent groups of the demo's customers: what they like, how often and how much they buy, who stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from imports.demo.catalogue import categories, prices, products

# The rest of a group's taste is spread over all other categories.
FAVOURITES_SHARE = 0.90


@dataclass(frozen=True)
class Group:
    """`rate_shape` is the shape of the gamma in which rates differ; dropout after a purchase is a beta's draw."""

    key: str
    share: float
    orders_per_year: float
    rate_shape: float
    dropout: float
    first_dropout: float
    lines: float
    quantity: float
    organisations: float
    web: float
    store: float
    satisfaction: float
    age: int
    taste: Mapping[str, float]
    # Above 0 the dearer products of a category are preferred, below it the cheaper.
    price_taste: float
    interests: tuple[str, ...]


GROUPS = (
    Group(
        key="outdoor",
        share=0.24,
        orders_per_year=5,
        rate_shape=3.5,
        dropout=0.10,
        first_dropout=0.42,
        lines=1.35,
        quantity=1.05,
        organisations=0.03,
        web=0.72,
        store=0.25,
        satisfaction=0.25,
        age=35,
        taste={"Camping": 0.55, "Cycling": 0.45},
        price_taste=0.5,
        interests=(
            "long-distance hiking",
            "bikepacking at weekends",
            "camping with friends",
            "mountain huts",
            "commuting by bicycle",
            "lightweight gear",
            "canoe trips",
            "trail running",
        ),
    ),
    Group(
        key="hosts",
        share=0.34,
        orders_per_year=11,
        rate_shape=3.5,
        dropout=0.075,
        first_dropout=0.38,
        lines=1.5,
        quantity=1.3,
        organisations=0.06,
        web=0.55,
        store=0.40,
        satisfaction=0.10,
        age=48,
        taste={"Coffee & tea": 0.34, "Kitchen": 0.26, "Tableware": 0.24, "Home textiles": 0.16},
        price_taste=0.0,
        interests=(
            "speciality coffee",
            "cooking for guests",
            "baking bread",
            "setting a fine table",
            "Japanese tea",
            "Italian cuisine",
            "natural fabrics",
            "interior design",
        ),
    ),
    Group(
        key="families",
        share=0.27,
        orders_per_year=19,
        rate_shape=3.5,
        dropout=0.055,
        first_dropout=0.40,
        lines=1.35,
        quantity=1.25,
        organisations=0.03,
        web=0.66,
        store=0.30,
        satisfaction=-0.10,
        age=39,
        taste={"Toys & games": 0.42, "Plants & seeds": 0.34, "Garden tools": 0.24},
        price_taste=-0.9,
        interests=(
            "growing vegetables",
            "board games with the children",
            "crafts on rainy days",
            "a balcony full of herbs",
            "wooden toys",
            "a school garden",
            "composting",
            "puzzles",
        ),
    ),
    Group(
        key="offices",
        share=0.15,
        orders_per_year=38,
        rate_shape=3.5,
        dropout=0.03,
        first_dropout=0.26,
        lines=1.75,
        quantity=4.5,
        organisations=0.72,
        web=0.50,
        store=0.08,
        satisfaction=-0.20,
        age=45,
        taste={"Stationery": 0.56, "Office furniture": 0.20, "Lighting": 0.24},
        price_taste=-0.2,
        interests=(
            "equipping a growing office",
            "ergonomic workplaces",
            "monthly paper supply",
            "framework contracts",
            "recycled paper",
            "delivery to several sites",
            "meeting rooms",
            "quiet lighting",
        ),
    ),
)


def product_preferences() -> NDArray[np.float64]:
    """Probability that a line of a group is of a product, shape (groups, products); rows sum to 1."""
    names = categories()
    category = np.array([product.category for product in products()])
    popularity = np.array([product.popularity for product in products()])
    price = prices() / 100
    middle = np.array([np.median(price[category == number]) for number in range(len(names))])
    preferences = np.empty((len(GROUPS), len(category)))
    for row, group in enumerate(GROUPS):
        other = (1 - FAVOURITES_SHARE) / (len(names) - len(group.taste))
        shares = np.array([FAVOURITES_SHARE * group.taste[name] if name in group.taste else other for name in names])
        within = popularity * (price / middle[category]) ** group.price_taste
        totals = np.bincount(category, weights=within)
        preferences[row] = shares[category] * within / totals[category]
    return preferences
