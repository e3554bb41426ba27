"""What the buyers of a group or segment are like, in the few numbers that its description is written from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analytics.features import Facts

_COLUMNS = (
    "customer_id",
    "tenure_days",
    "recency_days",
    "frequency",
    "monetary_minor",
    "average_basket_minor",
    "discounted_share",
)


def portraits(
    facts: Facts, customer_ids: pd.Series[Any], groups: pd.Series[Any], *, window_days: int | None
) -> dict[str, dict[str, Any]]:
    """By group, of those in it who bought in the window, as a run keeps it. groups: of the customers, in their order.

    every_days: the median of days observed by purchase days, None where half bought once. basket_ratio: the mean
    basket by that of all in any group. discounted_share: of their lines, bought at a discount. recency_days: the
    median. customer_share, money_share: of all in any group; the latter None where all together brought nothing.
    """
    of_group = pd.DataFrame({"customer_id": customer_ids.to_numpy(), "group": groups.to_numpy()})
    # Not by Series.map: who is in no group would make numbers of groups 1.0, 2.0, …
    known = facts.customers(_COLUMNS, window_days=window_days).merge(of_group, on="customer_id")
    known = known[known["frequency"] > 0].copy()
    observed = known["tenure_days"] + 1
    known["every_days"] = (observed if window_days is None else observed.clip(upper=window_days)) / known["frequency"]
    money, basket = float(known["monetary_minor"].sum()), float(known["average_basket_minor"].mean())
    return {
        str(group): {
            "customers": len(members),
            "customer_share": len(members) / len(known),
            "every_days": float(members["every_days"].median()) if members["frequency"].median() > 1 else None,
            "basket_ratio": float(members["average_basket_minor"].mean()) / basket if basket > 0 else None,
            "discounted_share": _mean(members["discounted_share"]),
            "recency_days": float(members["recency_days"].median()),
            "money_share": float(members["monetary_minor"].sum()) / money if money > 0 else None,
        }
        for group, members in known.groupby("group")
    }


def _mean(values: pd.Series[Any]) -> float | None:
    mean = float(values.mean())
    return None if np.isnan(mean) else mean
