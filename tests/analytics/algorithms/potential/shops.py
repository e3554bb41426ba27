"""Buyers as models know them: of CDNOW, and simulated with known truth."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd

from analytics.algorithms.potential.texts import Texts
from analytics.algorithms.potential.windows import Known, Target, Window

DAYS = 91


def window_of(days: pd.DataFrame, cutoff: dt.date, length: int = DAYS, texts: pd.Series | None = None) -> Window:
    """days: customer, day (Timestamp) and amount in minor units of each purchase day of somebody."""
    end, span, year = pd.Timestamp(cutoff), pd.Timedelta(days=length), pd.Timedelta(days=365)
    seen, ahead = days[days["day"] <= end], days[(days["day"] > end) & (days["day"] <= end + span)]
    known = seen.groupby("customer").agg(
        first_purchase_date=("day", "min"),
        last_purchase_date=("day", "max"),
        frequency=("day", "nunique"),
        mean_spend_minor=("amount", "mean"),
    )

    def counted(rows: pd.DataFrame) -> pd.Series:
        return rows.groupby("customer").size().reindex(known.index, fill_value=0)

    def spent(rows: pd.DataFrame) -> pd.Series:
        return rows.groupby("customer")["amount"].sum().reindex(known.index, fill_value=0)

    recent = seen[seen["day"] > end - span]
    frame = known.assign(
        recent=counted(recent),
        recent_spent_minor=spent(recent),
        year=counted(seen[seen["day"] > end - year]),
        season=counted(seen[(seen["day"] > end - year) & (seen["day"] <= end - year + span)]),
        events=0,
    )
    came = {Target.PURCHASES: counted(ahead).to_numpy(float), Target.SPEND: spent(ahead).to_numpy(float)}
    said = Texts.none(len(known)) if texts is None else Texts.of(texts.reindex(known.index, fill_value="").tolist())
    return Window(Known(frame.reset_index(), said, cutoff, length), length, came)


def cdnow_days(data_dir: Path) -> pd.DataFrame:
    columns = ["customer", "date", "discs", "dollars"]
    lines = pd.read_csv(data_dir / "cdnow" / "CDNOW_master.txt.xz", sep=r"\s+", names=columns, skiprows=1)
    lines["day"] = pd.to_datetime(lines["date"].astype(str))
    lines = lines[lines["dollars"] > 0]
    lines["amount"] = lines["dollars"] * 100
    return lines.groupby(["customer", "day"])["amount"].sum().reset_index()


def readers_and_others(customers: int, seed: int) -> tuple[pd.DataFrame, pd.Series]:
    """Who reads buys four times as often for twice as much, as the profile tells; some leave. All began in 2024."""
    rng = np.random.default_rng(seed)
    reads = rng.random(customers) < 0.4
    likes = np.where(reads, "reads novels and 诗歌 every evening", "plays football, collects stamps and coins")
    padding = [" ".join(rng.choice(["likes", "tea", "bread", "music", "walks", "dogs"], 3)) for _ in range(customers)]
    rows = []
    for customer in range(customers):
        gap, day = (15 if reads[customer] else 60) * rng.gamma(1.5, 0.7), float(rng.integers(0, 300))
        end = min(730, day + rng.exponential(rng.gamma(1.2, 600)))
        basket = (40_00 if reads[customer] else 20_00) * rng.gamma(3, 1 / 3)
        while day < end:
            rows.append((customer, int(day), basket * rng.gamma(3, 1 / 3)))
            day += 1 + rng.exponential(gap)
    days = pd.DataFrame(rows, columns=["customer", "day", "amount"]).drop_duplicates(["customer", "day"])
    days["day"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(days["day"], unit="D")
    return days, pd.Series([f"{like} {more}" for like, more in zip(likes, padding, strict=True)])
