"""What became of recommendations by what people said of them: read by the next run, counted in its proof."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from analytics.models import RecommendationFeedback

Answer = RecommendationFeedback.Answer

# For so long a product that was called not relevant is not recommended to the customer, unless an admin sets it.
DECLINED_DAYS = 365


def declined(*, as_of: dt.date, days: int) -> pd.DataFrame:
    """customer_id, product_id of what was called not relevant in the last `days` up to that day."""
    since = as_of - dt.timedelta(days=days - 1)
    given = RecommendationFeedback.objects.filter(answer=Answer.NOT_RELEVANT, given_date__range=(since, as_of))
    return _frame(given.values_list("customer_id", "product_id").distinct(), "customer_id", "product_id")


def outcomes(purchases: pd.DataFrame, *, as_of: dt.date) -> dict[str, int]:
    """How many recommendations were offered up to that day, how many of these bought since, how many not relevant.

    purchases: customer_id, product_id, ordered_date (the last day), a row per pair. A product that was offered to
    somebody several times counts once, from the first day on.
    """
    given = RecommendationFeedback.objects.filter(given_date__lte=as_of).order_by("given_date")
    offers = _frame(
        given.filter(answer=Answer.OFFERED).values_list("customer_id", "product_id", "given_date"),
        "customer_id",
        "product_id",
        "given_date",
    ).drop_duplicates(["customer_id", "product_id"])
    offers = offers.astype({"given_date": "datetime64[us]"})
    known = purchases[purchases["customer_id"].isin(offers["customer_id"])]
    followed = offers.merge(known, on=["customer_id", "product_id"], how="left")
    not_relevant = given.filter(answer=Answer.NOT_RELEVANT).values("customer_id", "product_id").distinct().count()
    return {
        "offered": len(offers),
        "bought": int((followed["ordered_date"] >= followed["given_date"]).sum()),
        "not_relevant": not_relevant,
    }


def _frame(rows: object, *columns: str) -> pd.DataFrame:
    frame = pd.DataFrame.from_records(list(rows), columns=list(columns))  # type: ignore[call-overload]
    return frame.astype({name: np.int64 for name in columns if name.endswith("_id")})
