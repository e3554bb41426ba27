"""RFM once more, in plain pandas and straight from the definitions, to compare with what the product publishes.

It shares no code with `analytics`: that is its use.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

WINDOW_DAYS = 365
SEGMENTS = {
    "champions": ["54", "55"],
    "loyal": ["34", "35", "44", "45"],
    "potential_loyalist": ["42", "43", "52", "53"],
    "new": ["51"],
    "promising": ["41"],
    "need_attention": ["33"],
    "about_to_sleep": ["31", "32"],
    "at_risk": ["13", "14", "23", "24"],
    "cannot_lose_them": ["15", "25"],
    "hibernating": ["12", "21", "22"],
    "lost": ["11"],
}
SEGMENT_OF = {cell: segment for segment, cells in SEGMENTS.items() for cell in cells}


def rfm(customers: list[str], orders: pd.DataFrame, refunds: pd.DataFrame, *, as_of: dt.date) -> pd.DataFrame:
    """One row per customer, by name.

    orders: number, customer, day, minor. refunds: order (a number or missing), customer, day, minor. Later ones than
    `as_of` are left out here.
    """
    end = pd.Timestamp(as_of)
    start = end - pd.Timedelta(days=WINDOW_DAYS - 1)
    orders, refunds = orders[orders["day"] <= end], refunds[refunds["day"] <= end]
    back = refunds.groupby("order")["minor"].sum()
    orders = orders.assign(net=orders["minor"] - orders["number"].map(back).fillna(0).astype("int64"))
    purchases = orders[orders["net"] > 0]
    in_window = purchases[purchases["day"] >= start]
    loose = refunds[refunds["order"].isna() & (refunds["day"] >= start)]
    table = pd.DataFrame(index=pd.Index(sorted(customers), name="customer"))
    table["recency_days"] = (end - purchases.groupby("customer")["day"].max()).dt.days
    table["frequency"] = in_window.groupby("customer")["day"].nunique()
    table["monetary_minor"] = orders[orders["day"] >= start].groupby("customer")["net"].sum()
    table["loose"] = loose.groupby("customer")["minor"].sum()
    table = table.fillna({"frequency": 0, "monetary_minor": 0, "loose": 0})
    table["monetary_minor"] -= table.pop("loose")
    return _scored(table)


def _scored(table: pd.DataFrame) -> pd.DataFrame:
    buyers = table[table["frequency"] > 0]
    for score, values in {
        "r_score": -buyers["recency_days"],
        "f_score": buyers["frequency"],
        "m_score": buyers["monetary_minor"],
    }.items():
        strictly_below = values.rank(method="min") - 1
        table[score] = 1 + (5 * strictly_below // len(buyers))
    table["weighted_score"] = 0.5 * table["r_score"] + 0.3 * table["f_score"] + 0.2 * table["m_score"]
    cells = table["r_score"].map("{:.0f}".format) + table["f_score"].map("{:.0f}".format)
    without_score = table["recency_days"].map(lambda days: "prospect" if pd.isna(days) else "lapsed_before_window")
    table["segment"] = cells.map(SEGMENT_OF).fillna(without_score)
    return table
