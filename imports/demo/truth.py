"""What the demo data was made from, kept beside it, so that tests can ask whether a model finds it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from imports.demo.catalogue import COMPANIONS, PROMOTIONS, REPLACEMENTS, products, sku_of
from imports.demo.groups import GROUPS
from imports.demo.history import History
from imports.demo.identities import Dirt
from imports.demo.plan import DemoPlan
from imports.demo.population import NOBODY
from imports.demo.seasons import MONTH_FACTORS, WEEKDAY_FACTORS, Floats, Ints

DOCUMENT = "truth.json"
CUSTOMERS = "customers.npz"
DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class DemoTruth:
    """`customers` has a row per customer, indexed by id:

    group (key), left_on (day of the last purchase of one who left for good, else NaT), orders_per_year (while a
    customer), dropout (probability to leave after a purchase, but the first), satisfaction (standard deviations),
    referred_by and duplicate_of (ids, else <NA>), dirt (sum of `Dirt`).

    The rest is as in the JSON document: see docs/demo-data.md.
    """

    customers: pd.DataFrame
    document: Mapping[str, Any]

    @property
    def companions(self) -> list[dict[str, Any]]:
        """Planted rules: product and companion (article numbers), probability."""
        companions: list[dict[str, Any]] = self.document["companions"]
        return companions

    @property
    def outlier_orders(self) -> list[int]:
        """Ids of the orders with a quantity that somebody mistyped."""
        ids: list[int] = self.document["outlier_orders"]
        return ids


def load(path: Path | str) -> DemoTruth:
    """The truth in the folder that `generate` wrote it to."""
    folder = Path(path)
    document = json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))
    with np.load(folder / CUSTOMERS) as kept:
        columns = {name: kept[name] for name in kept.files}
    keys = [group["key"] for group in document["groups"]]
    frame = pd.DataFrame(columns).set_index("customer_id")
    frame["group"] = pd.Categorical(np.array(keys)[columns["group"]], categories=keys)
    for name in ("referred_by", "duplicate_of"):
        frame[name] = frame[name].astype("Int64").mask(frame[name] == 0)
    return DemoTruth(frame, document)


@dataclass
class TruthWriter:
    """Gathers the truth of each block, some forty bytes a customer, and writes it at the end."""

    plan: DemoPlan
    quality: Floats
    blocks: list[dict[str, NDArray[Any]]] = field(default_factory=list)
    outlier_orders: list[int] = field(default_factory=list)

    def add(self, history: History, dirt: Ints) -> None:
        people, purchases, lines = history.people, history.purchases, history.lines
        left_on = history.seasons.dates[purchases.left_day]
        self.blocks.append(
            {
                "customer_id": history.customer_ids,
                "group": people.group.astype(np.int8),
                "left_on": np.where(purchases.left_day < 0, np.datetime64("NaT", "D"), left_on),
                "orders_per_year": (purchases.rate * DAYS_PER_YEAR).astype(np.float32),
                "dropout": people.dropout.astype(np.float32),
                "satisfaction": people.satisfaction.astype(np.float32),
                "referred_by": _ids(people.referrer, history.customer_ids),
                "duplicate_of": _ids(people.duplicate_of, history.customer_ids),
                "dirt": dirt.astype(np.int8),
            }
        )
        self.outlier_orders += np.unique(history.block.first_order + lines.order[lines.is_outlier]).tolist()

    def write(self, folder: Path, counts: Mapping[str, int]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        columns = {name: np.concatenate([block[name] for block in self.blocks]) for name in self.blocks[0]}
        with (folder / CUSTOMERS).open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **columns)
        text = json.dumps(self._document(counts), ensure_ascii=False, indent=1)
        (folder / DOCUMENT).write_text(text + "\n", encoding="utf-8")

    def _document(self, counts: Mapping[str, int]) -> dict[str, Any]:
        plan = self.plan
        return {
            "seed": plan.seed,
            "start": plan.start.isoformat(),
            "until": plan.until.isoformat(),
            "time_zone": plan.zone.key,
            "rows": dict(counts),
            "groups": [asdict(group) for group in GROUPS],
            "season": {"months": MONTH_FACTORS, "weekdays": WEEKDAY_FACTORS},
            "companions": [
                {
                    "product": sku_of(rule.product),
                    "companion": sku_of(rule.companion),
                    "probability": rule.probability,
                }
                for rule in COMPANIONS
            ],
            "promotions": [
                {
                    "product": sku_of(promotion.product),
                    "from": str(np.datetime64(plan.until) - promotion.begins_days_before),
                    "days": promotion.days,
                    "discount": promotion.discount,
                    "share": promotion.share,
                }
                for promotion in PROMOTIONS
            ],
            "replacements": [
                {
                    "product": sku_of(replaced.product),
                    "successor": sku_of(replaced.successor),
                    "from": str(np.datetime64(plan.until) - replaced.days_before),
                }
                for replaced in REPLACEMENTS
            ],
            "quality": {
                product.sku: round(value, 4) for product, value in zip(products(), self.quality.tolist(), strict=True)
            },
            "dirt": {kind.name: kind.value for kind in Dirt},
            "outlier_orders": self.outlier_orders,
        }


def _ids(places: Ints, customer_ids: Ints) -> Ints:
    """Ids for positions in the block, 0 for nobody."""
    return np.where(places == NOBODY, 0, customer_ids[places])
