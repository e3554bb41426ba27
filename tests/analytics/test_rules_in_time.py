"""Rules are found in the first four fifths of the days, and counted again in the last, of which they knew nothing."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from analytics import catalog
from analytics.results import Computed

FIRST = dt.date(2026, 1, 1)
DAYS = 100


class Baskets:
    """Ten purchases a day of three products by chance; products 1 and 2 go together in each third, for so many days."""

    as_of = FIRST + dt.timedelta(days=DAYS)

    def __init__(self, *, together: int) -> None:
        self._together = together

    def baskets(self, *, window_days: int | None, most: int) -> pd.DataFrame:
        rng = np.random.default_rng(5)
        rows = []
        for order in range(10 * (DAYS + 1)):
            day = order // 10
            bought = {int(product) for product in rng.choice(np.arange(10, 30), 3, replace=False)}
            if order % 3 == 0:
                bought |= {1, 2} if day < self._together else {1 + order % 2}
            rows += [(order, product, FIRST + dt.timedelta(days=day)) for product in bought]
        return pd.DataFrame(rows, columns=["order_id", "product_id", "ordered_date"])


def found(*, together: int) -> Computed:
    params = catalog.get("rules").default_params()
    return catalog.get("rules").compute(Baskets(together=together), params, np.random.default_rng(1))  # type: ignore[arg-type]


def test_rules_that_hold_on_are_published():
    held = found(together=DAYS + 1)
    assert held.metrics["cutoff"] == (FIRST + dt.timedelta(days=80)).isoformat()
    assert (held.metrics["baskets"], held.metrics["later_baskets"]) == (810, 200)
    assert {*held.frame["consequent_id"]} == {1, 2}
    assert (held.frame["later_lift"] > 2).all()
    assert (held.withheld, held.metrics["held"]["beats"]) == ("", True)


def test_rules_that_hold_no_longer_are_found_and_not_published():
    """Products 1 and 2 are bought on, but never together."""
    lost = found(together=81)
    assert {*lost.frame["consequent_id"]} == {1, 2}
    assert (lost.frame["later_lift"] == 0).all()
    assert lost.withheld.startswith("Found in the first four fifths of the time")
    assert not lost.metrics["held"]["beats"]
