"""Runs as the catalog's own functions make them, over a small shop that is no database's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from django.utils import timezone
from numpy.typing import NDArray

from analytics import catalog
from analytics.models import CurrentRun, Run, SnapshotManifest
from analytics.results import Computed

AS_OF = dt.date(2026, 6, 30)


class SampleFacts:
    """Answers as `analytics.features.Facts` does: half of 200 customers buy often and lately, half seldom."""

    as_of = AS_OF

    def __init__(self) -> None:
        rng = np.random.default_rng(1)
        often = np.arange(200) % 2 == 0
        recency = np.where(often, rng.integers(0, 20, 200), rng.integers(150, 300, 200))
        last = pd.Timestamp(AS_OF) - pd.to_timedelta(recency, unit="D")
        self._customers = pd.DataFrame(
            {
                "customer_id": np.arange(1, 201),
                "first_purchase_date": last - pd.Timedelta(days=30),
                "last_purchase_date": last,
                "recency_days": recency,
                "frequency": np.where(often, rng.integers(5, 9, 200), 1),
                "tenure_days": recency + 30,
                "average_basket_minor": 3000 + recency,
                "distinct_products": 3,
                "discounted_share": np.where(often, 0.6, 0.0),
                "refunded_share": 0.0,
                **dict.fromkeys(("visits", "clicks", "views"), 2),
                "service_uses": np.arange(200) % 5,
                "service_seconds": 0,
                "mean_rating": np.where(np.arange(200) % 3 == 0, 4.0, np.nan),
                "monetary_minor": np.where(often, rng.integers(50_000, 90_000, 200), rng.integers(500, 900, 200)),
            }
        )
        days = pd.Timestamp(AS_OF) - pd.to_timedelta(rng.integers(0, 180, 4000), unit="D")
        buyers = rng.integers(1, 201, 4000)
        self._purchases = pd.DataFrame(
            {
                "customer_id": buyers,
                # One of two tastes, mostly: of the lower or of the higher numbers.
                "product_id": rng.integers(1, 31, 4000) + 30 * ((buyers % 2 == 0) ^ (rng.random(4000) < 0.02)),
                "ordered_date": pd.to_datetime(days),
                "quantity": 1.0,
            }
        )

    def customers(self, columns: Sequence[str], *, window_days: int | None) -> pd.DataFrame:
        return self._customers[list(columns)]

    def given_labels(self, target: str) -> pd.DataFrame:
        """Who buys often is a customer, the others are leads."""
        ids = self._customers["customer_id"]
        return pd.DataFrame({"customer_id": ids, "label": np.where(ids % 2 == 1, "customer", "lead")})

    def rule_segment_filters(self) -> dict[int, Any]:
        return {7: {"field": "orders", "op": ">=", "value": 1}}

    def rule_segments(self, filters: Mapping[int, Any]) -> dict[int, NDArray[np.int64]]:
        return {segment: np.array([1, 2, 3]) for segment in filters}

    def referrals(self, *, window_days: int | None) -> pd.DataFrame:
        return pd.DataFrame({"customer_id": [1, 2], "referred": [3, 1], "referred_spend": [9_000, 500]})

    def satisfaction(self, *, window_days: int | None) -> pd.DataFrame:
        return pd.DataFrame({"customer_id": [1, 5], "satisfaction": [1.0, 0.2], "price_fairness": [0.5, np.nan]})

    def category_lines(self, *, window_days: int | None) -> pd.DataFrame:
        """Who buys often buys of category 1, the others of category 2."""
        ids = self._customers["customer_id"]
        return pd.DataFrame({"customer_id": ids, "category_id": 1 + (ids % 2 == 0), "order_lines": 3})

    def product_purchases(
        self,
        *,
        as_of: dt.date | None = None,
        start: dt.date = dt.date(1, 1, 1),
        among: NDArray[np.int64] | None = None,
    ) -> pd.DataFrame:
        """Of category 2, the highest numbers, most buy again."""
        found = self._purchases[self._purchases["ordered_date"].dt.date.between(start, as_of or AS_OF)]
        return found.assign(is_again=found["product_id"] > 55)

    def product_interest(
        self, *, as_of: dt.date, recent_days: int, among: NDArray[np.int64] | None = None
    ) -> pd.DataFrame:
        """Everybody has looked at some products of any taste."""
        rng = np.random.default_rng(4)
        seen = pd.DataFrame({"customer_id": rng.integers(1, 202, 400), "product_id": rng.integers(1, 61, 400)})
        return seen.drop_duplicates().assign(interest=0.2, rating=np.nan)

    def products(self) -> pd.DataFrame:
        ids = np.arange(1, 61)
        names = [f"{'lamp' if each <= 30 else 'chair'} {each}" for each in ids]
        return pd.DataFrame({"product_id": ids, "category_id": 1 + (ids > 55), "name": names})

    def purchase_histories(self, *, as_of: dt.date, recent_days: int) -> pd.DataFrame:
        """1,500 customers with a rate of their own, of whom some leave; first bought within the 500 days before."""
        days = buying_days()
        seen = days[days["day"] <= (as_of - AS_OF).days]
        recent = seen[seen["day"] > (as_of - AS_OF).days - recent_days].groupby("customer_id").size()
        found = seen.groupby("customer_id")["day"].agg(["min", "max", "size"])
        return pd.DataFrame(
            {
                "customer_id": found.index,
                "first_purchase_date": pd.Timestamp(AS_OF) + pd.to_timedelta(found["min"], unit="D"),
                "last_purchase_date": pd.Timestamp(AS_OF) + pd.to_timedelta(found["max"], unit="D"),
                "frequency": found["size"],
                "recent": recent.reindex(found.index, fill_value=0),
                "year": found["size"],
                "season": 0,
                "recent_spent_minor": 2000 * recent.reindex(found.index, fill_value=0),
                "mean_spend_minor": 1000.0 + 50.0 * (found.index % 37),
            }
        ).reset_index(drop=True)

    def recent_events(self, *, as_of: dt.date, recent_days: int) -> pd.DataFrame:
        return pd.DataFrame({"customer_id": np.arange(1, 1501, 2), "events": 3})

    def purchase_days(self, *, start: dt.date, until: dt.date) -> pd.DataFrame:
        days = buying_days()
        within = days[days["day"].between((start - AS_OF).days, (until - AS_OF).days)]
        counted = within.groupby("customer_id")["day"].size().rename("purchase_days").reset_index()
        return counted.assign(spent_minor=counted["purchase_days"] * (1000 + 50 * (counted["customer_id"] % 37)))

    def profile_texts(self, *, as_of: dt.date) -> pd.DataFrame:
        likes = ["likes tea and old cups", "喜欢绿茶和旧杯子", "plants roses, reads about gardens", ""]
        texts = [likes[each % 4] for each in range(1500)]
        return pd.DataFrame({"customer_id": np.arange(1, 1501), "text": texts, "edited_date": pd.NaT})

    def baskets(self, *, window_days: int | None, most: int) -> pd.DataFrame:
        """Product 1 comes with product 2 in each third purchase, beside two others by chance."""
        rng = np.random.default_rng(3)
        rows = [
            (order, int(product), AS_OF - dt.timedelta(days=199 - order // 5))
            for order in range(1000)
            for product in {*rng.integers(10, 60, 2), *([1, 2] if order % 3 == 0 else [])}
        ]
        return pd.DataFrame(rows, columns=["order_id", "product_id", "ordered_date"])

    def daily(self) -> pd.DataFrame:
        return pd.DataFrame({"orders": [12], "gross_minor": [123_400], "refunded_minor": [400]})

    def demand_totals(self) -> pd.DataFrame:
        """40 months that grow by 1 % each, with half as much again in December; one lost half of its orders."""
        days = pd.date_range("2023-03-01", AS_OF)
        months = (days.year - 2023) * 12 + days.month - 3
        level = 20 * 1.01**months * np.where(days.month == 12, 1.5, 1.0) * np.where(months == 30, 0.5, 1.0)
        orders = np.random.default_rng(4).poisson(level)
        return pd.DataFrame({"day": days, "orders": orders, "net_minor": 2500 * orders})

    def demand_of_categories(self, *, since: dt.date, most: int) -> pd.DataFrame:
        """Category 1 makes a third of the revenue; category 2 is too new to say anything about."""
        days = self.demand_totals()
        old = days.assign(category_id=1, net_minor=days["net_minor"] / 3)
        return pd.concat([old, days.tail(60).assign(category_id=2)], ignore_index=True)

    def demand_of_products(self, *, since: dt.date, most: int) -> pd.DataFrame:
        return pd.DataFrame({"product_id": [], "day": [], "quantity": []})

    def customer_ids(self) -> NDArray[np.int64]:
        return np.arange(1, 202)

    def products_not_offered(self) -> NDArray[np.int64]:
        return np.array([], dtype=np.int64)


@cache
def buying_days() -> pd.DataFrame:
    """customer_id and day, counted from AS_OF back, of the customers of `purchase_histories`."""
    rng = np.random.default_rng(6)
    rows = []
    for customer in range(1, 1501):
        rate, leaving = rng.gamma(0.8, 1 / 25), rng.beta(0.5, 2.5)
        day = float(rng.integers(-500, -200))
        while day <= 0:
            rows.append((customer, int(day)))
            day += rng.exponential(1 / rate) + 1
            if rng.random() < leaving:
                break
    return pd.DataFrame(rows, columns=["customer_id", "day"]).drop_duplicates()


@cache
def computed(analysis: str) -> tuple[dict[str, Any], Computed]:
    """Parameters and outcome of an analysis of the catalog."""
    entry = catalog.get(analysis)
    params = entry.default_params()
    return params, entry.compute(SampleFacts(), params, np.random.default_rng(2))  # type: ignore[arg-type]


def create_run(analysis: str, *, is_current: bool = False, **fields: Any) -> Run:
    """A published run with real parameters, fitted values and metrics, and no rows."""
    params, found = computed(analysis)
    manifest = SnapshotManifest.objects.create(status="ready", ready_at=timezone.now(), row_counts={"orders": 4000})
    defaults = {
        "status": "published",
        "finished_at": timezone.now(),
        "row_count": len(found.frame),
        "manifest": manifest,
    }
    content = {"params": params, "fitted": found.fitted, "metrics": found.metrics}
    run = Run.objects.create(analysis=analysis, as_of=AS_OF, **{**defaults, **content, **fields})
    if is_current:
        CurrentRun.objects.update_or_create(analysis=analysis, defaults={"run": run, "published_at": timezone.now()})
    return run
