"""What was recommended beside what was bought since, as cases to be compared when as many days have passed as it was
tested on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from django.utils.translation import gettext_lazy

from analytics import publishing
from analytics.analyses.entry import Cases, Forecast
from analytics.features import Facts
from analytics.findings import Kind
from analytics.models import Run

PAIR = ["customer_id", "product_id"]


def recommendation_forecast() -> Forecast:
    return Forecast(
        name="recall",
        label=gettext_lazy("Of what they bought, what stood on their list"),
        kind=Kind.SHARE,
        horizon_days=_horizon_days,
        cases=_cases,
        of=gettext_lazy("Customers"),
    )


def _horizon_days(run: Run) -> int:
    days: int = run.params["test_days"]
    return days


def _cases(run: Run, facts: Facts) -> Cases:
    """Of each customer who bought what might have been recommended: the recall of the method that was used, as it was
    tested, and that of their own list."""
    rows = publishing.result_frame(run, ["customer_id", "product_ids"])
    # Of others than those who may still be analysed nobody knows any more what they bought.
    rows = rows[rows["customer_id"].isin(facts.customer_ids())]
    listed = rows.explode("product_ids").rename(columns={"product_ids": "product_id"}).dropna().astype(np.int64)
    bought = _bought_since(run, facts, np.sort(rows["customer_id"].to_numpy(dtype=np.int64)))
    was_listed = bought.merge(listed.assign(listed=1.0), on=PAIR, how="left")["listed"].fillna(0.0)
    became = was_listed.groupby(bought["customer_id"].to_numpy()).mean().to_numpy(dtype=np.float64)
    return Cases(said=np.full(len(became), _tested(run.metrics["backtest"])), became=became)


def _bought_since(run: Run, facts: Facts, customer_ids: np.ndarray[Any, np.dtype[np.int64]]) -> pd.DataFrame:
    """Pairs bought within the horizon but those that were not to be recommended, for they had them."""
    from analytics.algorithms.recommenders.known import Known, bought_again, checked_purchases, purchased_pairs

    end = run.as_of + dt.timedelta(days=_horizon_days(run))
    before = facts.product_purchases(as_of=run.as_of, among=customer_ids)
    after = facts.product_purchases(as_of=end, start=run.as_of + dt.timedelta(days=1), among=customer_ids)
    known = Known(
        as_of=run.as_of,
        purchases=purchased_pairs(checked_purchases(before)),
        again=bought_again(before, facts.products(), from_share=run.params["again_from_share"]),
        again_after_days=run.params["again_after_days"],
    )
    pairs = purchased_pairs(checked_purchases(after))[PAIR]
    marked = pairs.merge(known.barred().assign(is_barred=True), on=PAIR, how="left")
    return pairs[marked["is_barred"].isna().to_numpy()].reset_index(drop=True)


def _tested(backtest: Mapping[str, Any]) -> float:
    return float(backtest["recall"]["model" if backtest["beats"] else "baseline"])
