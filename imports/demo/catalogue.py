"""What the demo's shop sells, what goes together, and what was promoted or replaced. The same for every seed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

# Each article comes in three series, which cost more from one to the next.
SERIES_PRICES = (0.85, 1.0, 1.4)
CATALOGUE: dict[str, tuple[tuple[str, str, str], dict[str, float]]] = {
    "Coffee & tea": (
        ("Morrow", "Brisano", "Kolmar"),
        {"espresso beans 1 kg": 21.90, "filter coffee 500 g": 11.50, "green tea 200 g": 13.20, "hand grinder": 46.00},
    ),
    "Kitchen": (
        ("Varo", "Tindel", "Ostrava"),
        {"chef's knife 20 cm": 64.00, "cast-iron pan 28 cm": 72.00, "stockpot 6 l": 58.00, "oak board": 34.00},
    ),
    "Tableware": (
        ("Lumette", "Pellar", "Sovano"),
        {"mugs, set of 4": 29.00, "dinner plates, set of 6": 54.00, "carafe 1 l": 24.00, "cutlery, 24 pieces": 89.00},
    ),
    "Home textiles": (
        ("Weftly", "Norrland", "Calmo"),
        {"linen tablecloth": 49.00, "wool blanket": 89.00, "towels, set of 3": 38.00, "cushion cover": 22.00},
    ),
    "Lighting": (
        ("Glimm", "Aurelle", "Noctis"),
        {"desk lamp": 69.00, "pendant lamp": 129.00, "LED bulbs, pack of 6": 24.00, "floor lamp": 159.00},
    ),
    "Stationery": (
        ("Quillon", "Papyra", "Margin"),
        {"notebook A5": 9.90, "gel pens, pack of 10": 14.50, "printer paper, 5 reams": 27.50, "wall planner": 19.90},
    ),
    "Office furniture": (
        ("Statura", "Ergolin", "Boardwell"),
        {"task chair": 249.00, "standing desk": 479.00, "monitor arm": 95.00, "filing cabinet": 189.00},
    ),
    "Garden tools": (
        ("Spatha", "Verdin", "Hollow Oak"),
        {"hand trowel": 15.90, "pruning shears": 32.00, "watering can 10 l": 28.00, "wheelbarrow": 98.00},
    ),
    "Plants & seeds": (
        ("Florin", "Sprigg", "Meadowmere"),
        {"herb seed box": 12.90, "tomato seedlings": 9.50, "lavender pot": 11.20, "raised-bed soil 40 l": 13.90},
    ),
    "Camping": (
        ("Fjordlin", "Basalt", "Highpath"),
        {"two-person tent": 229.00, "sleeping bag": 139.00, "gas stove": 59.00, "water filter": 44.00},
    ),
    "Cycling": (
        ("Velora", "Spoke & Son", "Tarmac"),
        {"commuter helmet": 79.00, "pannier bag": 69.00, "light set": 39.00, "repair kit": 24.00},
    ),
    "Toys & games": (
        ("Pim & Pola", "Kubino", "Rumble"),
        {"wooden train set": 54.00, "puzzle, 500 pieces": 19.00, "board game": 34.00, "craft paper box": 16.00},
    ),
}


@dataclass(frozen=True)
class CatalogueProduct:
    sku: str
    name: str
    category: int  # position in CATALOGUE
    price_cents: int
    cost_cents: int
    popularity: float  # within its category


@dataclass(frozen=True)
class Companion:
    """Who buys the first product adds the second with this probability: the planted rule."""

    product: str
    companion: str
    probability: float


@dataclass(frozen=True)
class Promotion:
    """A price cut in a window before the anchor; `share` of that window's lines turn to the product."""

    product: str
    begins_days_before: int
    days: int
    discount: float
    share: float


@dataclass(frozen=True)
class Replacement:
    """A product that was taken out of the range; from then on its buyers take the successor."""

    product: str
    successor: str
    days_before: int


# Pairs, and two triples (the tent and the herbs each bring two).
COMPANIONS = (
    Companion("Morrow hand grinder", "Morrow espresso beans 1 kg", 0.50),
    Companion("Brisano hand grinder", "Kolmar filter coffee 500 g", 0.45),
    Companion("Pellar dinner plates, set of 6", "Sovano cutlery, 24 pieces", 0.45),
    Companion("Tindel cast-iron pan 28 cm", "Varo oak board", 0.45),
    Companion("Fjordlin two-person tent", "Basalt sleeping bag", 0.50),
    Companion("Fjordlin two-person tent", "Fjordlin gas stove", 0.40),
    Companion("Velora commuter helmet", "Tarmac light set", 0.50),
    Companion("Papyra printer paper, 5 reams", "Quillon gel pens, pack of 10", 0.45),
    Companion("Statura standing desk", "Ergolin monitor arm", 0.55),
    Companion("Aurelle desk lamp", "Glimm LED bulbs, pack of 6", 0.50),
    Companion("Florin herb seed box", "Sprigg raised-bed soil 40 l", 0.50),
    Companion("Florin herb seed box", "Spatha hand trowel", 0.35),
    Companion("Pim & Pola wooden train set", "Kubino puzzle, 500 pieces", 0.45),
)
PROMOTIONS = (
    Promotion("Ergolin task chair", 710, 14, 0.20, 0.06),
    Promotion("Basalt two-person tent", 560, 21, 0.15, 0.05),
    Promotion("Norrland wool blanket", 395, 14, 0.25, 0.08),
    Promotion("Kubino board game", 340, 21, 0.20, 0.08),
    Promotion("Sovano carafe 1 l", 150, 14, 0.30, 0.08),
    Promotion("Velora pannier bag", 38, 14, 0.20, 0.08),
)
REPLACEMENTS = (
    Replacement("Kolmar hand grinder", "Brisano hand grinder", 410),
    Replacement("Noctis desk lamp", "Aurelle desk lamp", 300),
    Replacement("Rumble puzzle, 500 pieces", "Kubino puzzle, 500 pieces", 220),
    Replacement("Highpath water filter", "Basalt water filter", 120),
)


def categories() -> tuple[str, ...]:
    return tuple(CATALOGUE)


@cache
def products() -> tuple[CatalogueProduct, ...]:
    """The range; a product's id in the database is its position here plus one."""
    made = []
    for category, (series, articles) in enumerate(CATALOGUE.values()):
        for rank, (article, price) in enumerate(articles.items()):
            for step, (line, factor) in enumerate(zip(series, SERIES_PRICES, strict=True)):
                cents = round(price * factor * 10) * 10 - 5
                made.append(
                    CatalogueProduct(
                        sku=f"M{category + 1:02}{rank + 1}{step + 1}",
                        name=f"{line} {article}",
                        category=category,
                        price_cents=cents,
                        cost_cents=round(cents * (0.48 + 0.04 * ((rank + step) % 4))),
                        popularity=1 / (1 + rank + 1.7 * step) ** 0.6,
                    )
                )
    return tuple(made)


@cache
def positions() -> dict[str, int]:
    """Where a product stands in `products()`, by its name."""
    return {product.name: position for position, product in enumerate(products())}


def sku_of(name: str) -> str:
    return products()[positions()[name]].sku


def prices() -> NDArray[np.int64]:
    return np.array([product.price_cents for product in products()], dtype=np.int64)


def costs() -> NDArray[np.int64]:
    return np.array([product.cost_cents for product in products()], dtype=np.int64)
