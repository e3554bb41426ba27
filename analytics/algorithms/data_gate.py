"""Whether there is enough history to predict from at all."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from analytics.algorithms.errors import NotEnoughData

FEWEST_BUYERS = 500
SHORTEST_HISTORY_DAYS = 180
LATEST_ORDER_DAYS = 30
FREQUENT = 3


def demand_enough(customers: pd.DataFrame, *, as_of: dt.date) -> None:
    """Raises `NotEnoughData` with the first thing that is missing, all relative to `as_of`.

    customers: a row per buyer with first_purchase_date, last_purchase_date and frequency (purchase days ever).
    """
    if len(customers) < FEWEST_BUYERS:
        raise NotEnoughData("too_few_buyers", found=len(customers), needed=FEWEST_BUYERS)
    today = pd.Timestamp(as_of)
    history = (today - pd.to_datetime(customers["first_purchase_date"]).min()).days
    if history < SHORTEST_HISTORY_DAYS:
        raise NotEnoughData("short_history", found=history, needed=SHORTEST_HISTORY_DAYS)
    silent = (today - pd.to_datetime(customers["last_purchase_date"]).max()).days
    if silent > LATEST_ORDER_DAYS:
        raise NotEnoughData("no_recent_order", found=silent, allowed=LATEST_ORDER_DAYS)
    if not (customers["frequency"] >= FREQUENT).any():
        raise NotEnoughData("nobody_frequent", needed=FREQUENT)
