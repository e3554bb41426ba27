"""Published runs of what is said of customers and products, with rows and proofs that a test writes down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from analytics import judged_customers
from analytics.judged_customers import Judgement
from analytics.models import ForecastOutcome, Run
from customers.models import Customer
from jobs.models import Job
from jobs.status import Status
from tests.factories import create_customer, create_product
from tests.reports.runs import AS_OF, publish

# Numbers that no sequence of a test gets to.
ADA, BOLT = 1_000_001, 1_000_002
CUP, SAUCER = 1_000_003, 1_000_004
CALIBRATION = [[0.1, 0.2, 30], [0.6, 0.5, 30]]


def publish_values(
    expected: Iterable[tuple[int, int]],
    *,
    calibration: Sequence[Sequence[float]] = CALIBRATION,
    as_of: dt.date = AS_OF,
) -> Run:
    """Customer, minor units that they will spend within 12 months: half of it at least, twice as much at most."""
    rows = [
        (pk, 0.9, minor, 1.0, minor // 4, 2.0, minor // 2, 4.0, minor, minor // 2, minor * 2, None)
        for pk, minor in expected
    ]
    judged = {"baseline": "mean", "calibration": calibration, "slices": []}
    return _completed(
        publish("clv", rows, as_of=as_of),
        params={"test_days": 90},
        metrics={"judged": {"purchases": judged, "spend": judged}},
    )


def publish_churn(
    said: Iterable[tuple[int, float, str]],
    *,
    calibration: Sequence[Sequence[float]] = CALIBRATION,
    as_of: dt.date = AS_OF,
) -> Run:
    """Customer, probability to buy nothing, band."""
    judged = {"chosen_on": {"logistic": 0.1}, "champion": "logistic", "calibration": calibration}
    run = publish("churn", [(*row, [], []) for row in said], as_of=as_of)
    return _completed(run, params={"horizon_days": 90}, metrics={"judged": judged})


def keep_judged(run: Run, judged: Iterable[tuple[int, float, float]], *, forecast: str = "") -> None:
    """Customer, what was said, what came; as an outcome of today, where it is of a forecast."""
    customers, said, came = (np.array(column) for column in zip(*judged, strict=True))
    judged_customers.keep(Judgement.of(customers, said, came), run=run, forecast=forecast)
    if forecast:
        means = {"said": said.mean(), "became": came.mean(), "squared_error": 0.0, "cases": len(said)}
        ForecastOutcome.objects.create(run=run, forecast=forecast, until=AS_OF, **means)


def publish_composite(scores: Iterable[tuple[int, float]], *, as_of: dt.date = AS_OF) -> Run:
    return publish("composite", list(scores), as_of=as_of)


def publish_advice(*, offered: int, bought: int, not_relevant: int, ndcg: float = 0.25, as_of: dt.date = AS_OF) -> Run:
    measured = {"ndcg": ndcg, "recall": ndcg, "coverage": 0.5, "diversity": None}
    by_method = {name: {"choosing": measured, "judging": measured} for name in ("item", "popular_recent")}
    known = {"champion": "item", "baseline": "popular_recent", "n": 10, "test_customers": 40}
    return _completed(
        publish("recommendations", [], as_of=as_of),
        metrics={
            "outcomes": {"offered": offered, "bought": bought, "not_relevant": not_relevant},
            "used": "item",
            "backtest": {**known, "by_method": by_method},
        },
    )


def publish_rules(pairs: Iterable[tuple[int, int]], *, lift: float = 3.0) -> Run:
    """From one product to another; every other rule held later."""
    rows = [
        (place, [one], other, 9, 9, 6, 0.1, 0.5, lift, 0.1, None, 1, 0.5, lift if place % 2 else 0.5)
        for place, (one, other) in enumerate(pairs, start=1)
    ]
    return _completed(publish("rules", rows), metrics={"baskets": 90})


def end_job(kind: str, *, seconds: float, status: Status = Status.DONE, ended_at: dt.datetime) -> Job:
    started_at = ended_at - dt.timedelta(seconds=seconds)
    return Job.objects.create(kind=kind, status=status, started_at=started_at, finished_at=ended_at)


def publish_sayings() -> None:
    """Of everything something, of two customers and two products."""
    create_customer("Ada", pk=ADA)
    create_customer("Bolt Ltd", pk=BOLT, kind=Customer.Kind.ORGANISATION)
    publish_values([(ADA, 0), (BOLT, 120_000)])
    publish_churn([(ADA, 0.95, "very_high"), (BOLT, 0.1, "low")])
    publish_composite([(ADA, 0.25), (BOLT, 0.75)])
    publish_advice(offered=8, bought=2, not_relevant=1)
    create_product("Cup", pk=CUP)
    create_product("Saucer", pk=SAUCER)
    publish_rules([(CUP, SAUCER), (SAUCER, CUP)])


def _completed(run: Run, **said: dict[str, Any]) -> Run:
    for name, value in said.items():
        setattr(run, name, value)
    run.save(update_fields=list(said))
    return run
