"""What the buyers of a group or segment are like, in the few numbers that its description is written from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
    known = _buyers(facts, window_days).merge(of_group, on="customer_id")
    return {str(group): _portrait(members, known) for group, members in known.groupby("group")}


def portraits_of_segments(
    facts: Facts, members: Mapping[int, NDArray[np.int64]], *, window_days: int | None
) -> dict[str, dict[str, Any]]:
    """The same by the id of a segment, where a customer may be in several, beside all who bought in the window; none of
    a segment in which nobody did. members: ids of customers, in order."""
    known = _buyers(facts, window_days)
    places = {segment: np.flatnonzero(np.isin(known["customer_id"], ids)) for segment, ids in members.items()}
    return {str(segment): _portrait(known.iloc[rows], known) for segment, rows in places.items() if len(rows)}


def _buyers(facts: Facts, window_days: int | None) -> pd.DataFrame:
    known = facts.customers(_COLUMNS, window_days=window_days)
    known = known[known["frequency"] > 0].copy()
    observed = known["tenure_days"] + 1
    known["every_days"] = (observed if window_days is None else observed.clip(upper=window_days)) / known["frequency"]
    return known


def _portrait(members: pd.DataFrame, known: pd.DataFrame) -> dict[str, Any]:
    money, basket = float(known["monetary_minor"].sum()), float(known["average_basket_minor"].mean())
    return {
        "customers": len(members),
        "customer_share": len(members) / len(known),
        "every_days": float(members["every_days"].median()) if members["frequency"].median() > 1 else None,
        "basket_ratio": float(members["average_basket_minor"].mean()) / basket if basket > 0 else None,
        "discounted_share": _mean(members["discounted_share"]),
        "recency_days": float(members["recency_days"].median()),
        "money_share": float(members["monetary_minor"].sum()) / money if money > 0 else None,
    }


def _mean(values: pd.Series[Any]) -> float | None:
    mean = float(values.mean())
    return None if np.isnan(mean) else mean
