"""The published tenth of CDNOW, read as its papers do: in weeks, purchases of one day merged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from analytics.algorithms.btyd.histories import Histories

CALIBRATED_UNTIL = pd.Timestamp("1997-09-30")
HOLDOUT_WEEKS = 39


def purchases(data_dir: Path) -> pd.DataFrame:
    """A row per customer and day: customer, date, dollars."""
    lines = pd.read_csv(
        data_dir / "cdnow" / "CDNOW_sample.txt",
        sep=r"\s+",
        names=["master", "customer", "date", "discs", "dollars"],
        dtype={"date": str},
    )
    lines["date"] = pd.to_datetime(lines["date"], format="%Y%m%d")
    return lines.groupby(["customer", "date"], as_index=False)[["dollars"]].sum()


def histories(bought: pd.DataFrame, *, until: pd.Timestamp = CALIBRATED_UNTIL) -> Histories:
    """In weeks at `until`, in the order of the customers' numbers."""
    days = bought[bought["date"] <= until].groupby("customer")["date"].agg(["min", "max", "nunique"])
    return Histories.of(days["nunique"] - 1, (days["max"] - days["min"]).dt.days / 7, (until - days["min"]).dt.days / 7)


def repeats_after(bought: pd.DataFrame, *, since: pd.Timestamp = CALIBRATED_UNTIL) -> np.ndarray:
    """Purchase days after `since` and within the holdout of each customer, in the same order."""
    later = bought[bought["date"] > since].groupby("customer")["date"].nunique()
    return later.reindex(np.sort(bought["customer"].unique()), fill_value=0).to_numpy()
