"""Of all that reports draw something: runs of every analysis, facts of a few customers, a job."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from tests.reports.facts import publish_facts
from tests.reports.runs import AS_OF, DAYS, SCORES, publish_demand, publish_maps, publish_scores
from tests.reports.sayings import ADA, BOLT, CUP, SAUCER, end_job, publish_sayings

# Two buyers of whom everything is known, one of whom nothing is, in two years.
FACTS: dict[str, Any] = {
    "customer_dim": [
        {"customer_id": 1, "sex": "female", "country": "DE", "region": "Berlin", "source": "fair", "birth_year": 1980}
        | {"since_date": AS_OF},
        {"customer_id": 2, "sex": "male", "country": "FR", "region": "Paris", "source": "web", "birth_year": 1960},
        {"customer_id": 3},
        {"customer_id": BOLT, "kind": "organisation"},
    ],
    "orders": [
        {"order_id": 1, "customer_id": 1, "ordered_date": dt.date(2024, 11, 1)},
        {"order_id": 2, "customer_id": 1, "ordered_date": dt.date(2025, 11, 3), "total_minor": 2_000},
        {"order_id": 3, "customer_id": 2, "ordered_date": dt.date(2025, 11, 20), "total_minor": 3_000},
        {"order_id": 4, "customer_id": 1, "ordered_date": AS_OF, "total_minor": 4_000},
        {"order_id": 5, "customer_id": None, "ordered_date": AS_OF, "total_minor": 5_000},
        {"order_id": 6, "customer_id": BOLT, "ordered_date": AS_OF, "total_minor": 6_000},
    ],
    "lines": [
        {"order_id": 2, "customer_id": 1, "product_id": CUP, "ordered_date": dt.date(2025, 11, 3), "amount": 20}
        | {"cost": 12},
        {"order_id": 3, "customer_id": 2, "product_id": CUP, "ordered_date": dt.date(2025, 11, 20), "amount": 30},
        {"order_id": 4, "customer_id": 1, "product_id": CUP, "ordered_date": AS_OF, "amount": 10},
        {"order_id": 4, "customer_id": 1, "product_id": SAUCER, "ordered_date": AS_OF, "amount": 30},
    ],
    "refunds": [{"refund_id": 1, "order_id": 3, "customer_id": 2, "refunded_date": AS_OF, "total_minor": 500}],
    "feedback": [
        {"customer_id": 1, "product_id": CUP, "answer": "offered", "given_date": dt.date(2025, 11, 1)},
        {"customer_id": 2, "product_id": SAUCER, "answer": "not_relevant", "given_date": dt.date(2025, 11, 1)},
    ],
    "products": [{"product_id": CUP, "category_id": 1}, {"product_id": SAUCER, "category_id": 2}],
    "events": [
        {"customer_id": 1, "kind": "visit", "occurred_date": dt.date(2025, 11, 2)},
        {"customer_id": 1, "kind": "view", "product_id": CUP, "occurred_date": dt.date(2025, 11, 2)},
        {"customer_id": 1, "kind": "add_to_cart", "product_id": CUP, "occurred_date": dt.date(2025, 11, 3)},
        {"customer_id": 2, "kind": "click", "occurred_date": dt.date(2025, 12, 1)},
    ],
}


def publish_everything() -> None:
    """The folder is settings.SNAPSHOT_DIR, which the test has set to one of its own."""
    publish_scores([(1, 3, 9, 90_000, 4, 4, "loyal"), *SCORES[1:]])
    publish_scores([*SCORES, (ADA, 4, 5, 10_000, 5, 4, "champions"), (BOLT, 90, 2, 40_000, 2, 2, "at_risk")])
    publish_facts(days=DAYS, **FACTS)
    publish_maps()
    publish_demand([90_000, *[50_000] * 20, 20_000])
    publish_sayings()
    end_job("recompute", seconds=60, ended_at=timezone.now())
