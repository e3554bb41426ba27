"""What is known on a day, as frames, and what of it may be recommended to whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.algorithms.errors import InvalidInput

IntArray = NDArray[np.int64]

# The last may be absent.
PURCHASE_COLUMNS = ("customer_id", "product_id", "ordered_date", "quantity")


def _no_interest() -> pd.DataFrame:
    return pd.DataFrame(
        {"customer_id": np.array([], np.int64), "product_id": np.array([], np.int64), "interest": [], "rating": []}
    )


def _no_products() -> pd.DataFrame:
    return pd.DataFrame({"product_id": np.array([], np.int64), "category_id": [], "name": []})


@dataclass(frozen=True, eq=False)
class Known:
    """purchases: customer_id, product_id (positive integers), ordered_date, and quantity if there is one; a row per
      purchase, or per customer and product with the last day. A pair whose quantities sum to nothing is no purchase.
    interest: customer_id, product_id, interest in 0–1 by views, clicks and carts, rating in 0–1 or missing; a row per
      pair.
    products: product_id, category_id or missing, name. Those that are not in it have no text.
    again: products that people buy again; they may be recommended to who has them, from `again_after_days` after the
      last purchase.
    """

    as_of: date
    purchases: pd.DataFrame
    interest: pd.DataFrame = field(default_factory=_no_interest)
    products: pd.DataFrame = field(default_factory=_no_products)
    again: IntArray = field(default_factory=lambda: np.array([], dtype=np.int64))
    again_after_days: int = 30

    def barred(self) -> pd.DataFrame:
        """Pairs of customer_id and product_id that must not be recommended, for they have it."""
        last_day = pd.Timestamp(self.as_of - timedelta(days=self.again_after_days))
        free = self.purchases["product_id"].isin(self.again) & (self.purchases["ordered_date"] <= last_day)
        return self.purchases.loc[~free, ["customer_id", "product_id"]]


def checked_purchases(purchases: pd.DataFrame) -> pd.DataFrame:
    """The frame with days as timestamps and a quantity (1 unless given). Raises `InvalidInput`."""
    missing = [name for name in PURCHASE_COLUMNS[:3] if name not in purchases.columns]
    if missing:
        raise InvalidInput(f"missing columns: {', '.join(missing)}")
    columns = [name for name in PURCHASE_COLUMNS if name in purchases.columns]
    if purchases[columns].isna().any(axis=None):
        raise InvalidInput(f"missing values in {', '.join(columns)}")
    checked = pd.DataFrame(
        {
            "customer_id": purchases["customer_id"].to_numpy(dtype=np.int64),
            "product_id": purchases["product_id"].to_numpy(dtype=np.int64),
            "ordered_date": pd.to_datetime(purchases["ordered_date"]).to_numpy(),
            "quantity": purchases["quantity"].to_numpy(dtype=np.float64) if "quantity" in columns else 1.0,
        },
        index=pd.RangeIndex(len(purchases)),
        copy=False,  # millions of rows, checked several times in a run
    )
    if (checked["product_id"] < 1).any():
        raise InvalidInput("product_id must be positive: 0 stands for none")
    return checked


def purchased_pairs(purchases: pd.DataFrame) -> pd.DataFrame:
    """One row per customer and product really bought: customer_id, product_id, ordered_date (last day), quantity."""
    if _are_pairs(purchases):
        really = (purchases["quantity"] > 0).to_numpy()
        return (purchases if really.all() else purchases[really]).reset_index(drop=True)
    pairs = purchases.groupby(["customer_id", "product_id"], as_index=False, sort=False).agg(
        ordered_date=("ordered_date", "max"), quantity=("quantity", "sum")
    )
    return pairs[pairs["quantity"] > 0].reset_index(drop=True)


def bought_again(purchases: pd.DataFrame, products: pd.DataFrame, *, from_share: float) -> IntArray:
    """The products of the categories of which people buy the same product again, in ascending order.

    purchases: a row per customer and product, with product_id and is_again, whether on several days. products: as in
    `Known`; others are never bought again. Of a category, the share of its pairs that were bought again must reach
    `from_share`; above 1 is never.
    """
    counted = purchases.groupby("product_id")["is_again"].agg(["size", "sum"])
    counts = products[["product_id", "category_id"]].join(counted, on="product_id", how="inner")
    by_category = counts.groupby("category_id", dropna=False)[["size", "sum"]].transform("sum")
    found = counts.loc[by_category["sum"] / by_category["size"] >= from_share, "product_id"]
    return np.unique(found.to_numpy(dtype=np.int64))


def _are_pairs(purchases: pd.DataFrame) -> bool:
    """Whether the rows stand in the order of customer and product and so are seen to be different."""
    customers, products = purchases["customer_id"].to_numpy(), purchases["product_id"].to_numpy()
    next_customer = customers[1:] > customers[:-1]
    next_product = (customers[1:] == customers[:-1]) & (products[1:] > products[:-1])
    return bool((next_customer | next_product).all())
