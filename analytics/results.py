"""What a computation hands over, and the tables that its rows go into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import pandas as pd

from analytics.algorithms.drift import Watched
from analytics.judged_customers import Judgement
from analytics.models import (
    ChurnScore,
    ClusterAssignment,
    CompositeValue,
    DailyFigure,
    DemandPeriod,
    DenseGroupMember,
    LearnedLabel,
    LifetimeValue,
    ProductRule,
    Recommendation,
    Result,
    RfmScore,
    RuleSegmentMember,
    SimilarCustomers,
)


@dataclass(frozen=True)
class Computed:
    """What an analysis found. `withheld` says in words why the rows are not to be used, or is empty.

    fitted, metrics: plain data that the run row keeps. learned: the same, of what `Analysis.again` needs beside them.
    watched: features and scores, a column each with a name of `analytics.findings.FEATURES`, in which the next run
    looks for drift. judged: the customers of days that it was judged on.
    """

    frame: pd.DataFrame
    fitted: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    withheld: str = ""
    watched: Watched = field(default_factory=pd.DataFrame)
    learned: Mapping[str, Any] = field(default_factory=dict)
    judged: Judgement | None = None

    @classmethod
    def nothing(cls, reason: str) -> Self:
        return cls(pd.DataFrame(), withheld=reason)


@dataclass(frozen=True)
class ResultTable:
    """A table partitioned by run. `columns`: for each but the run its expression over the frame of a computation.

    other_customers: a column of ids of other customers than the row is of. Whoever is erased or objects is taken out
    of it, and nobody is told of customers whom they do not see.
    """

    model: type[Result]
    columns: Mapping[str, str]
    other_customers: str = ""

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    @property
    def key(self) -> str:
        """What tells the rows of a run apart."""
        return next(iter(self.columns))

    def select(self, run_id: int) -> str:
        """The statement for the rows of a run, out of the frame named `computed`."""
        values = ", ".join([str(run_id), *self.columns.values()])
        return f"SELECT {values} FROM computed"  # noqa: S608 - constants of this module


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


def _known(name: str) -> str:
    """The engine tells what is no number from what is missing; the table does not."""
    return f"CASE WHEN isnan({name}) THEN NULL ELSE {name} END"


# By the name of the analysis.
TABLES: dict[str, ResultTable] = {
    "rfm": ResultTable(
        RfmScore,
        {
            **_same("customer_id", "recency_days", "frequency"),
            "monetary_minor": "monetary",
            **_same("r_score", "f_score", "m_score", "weighted_score", "segment", "lifecycle_class"),
        },
    ),
    "kmeans": ResultTable(ClusterAssignment, _same("customer_id", "cluster", "distance")),
    "hdbscan": ResultTable(DenseGroupMember, _same("customer_id", "cluster", "strength")),
    "labels": ResultTable(
        LearnedLabel,
        {**_same("customer_id", "label"), "probability": "CASE WHEN isnan(probability) THEN NULL ELSE probability END"},
    ),
    "rule_segments": ResultTable(RuleSegmentMember, _same("customer_id", "segment_id")),
    # The places of a list, side by side in the frame, become arrays. A reason of 0 means: popular.
    "recommendations": ResultTable(
        Recommendation,
        {
            "customer_id": "customer_id",
            "product_ids": "list_slice(list_value(*COLUMNS('^product_')), 1, places)",
            "scores": "CAST(list_slice(list_value(*COLUMNS('^score_')), 1, places) AS DOUBLE[])",
            "reason_product_ids": (
                "list_transform(list_slice(list_value(*COLUMNS('^reason_')), 1, places), lambda x: nullif(x, 0))"
            ),
            "reason_shares": "CAST(list_slice(list_value(*COLUMNS('^share_')), 1, places) AS DOUBLE[])",
        },
    ),
    "clv": ResultTable(
        LifetimeValue,
        _same(
            "customer_id",
            "alive_probability",
            "expected_basket_minor",
            "expected_purchases_3m",
            "expected_spend_3m_minor",
            "expected_purchases_6m",
            "expected_spend_6m_minor",
            "expected_purchases_12m",
            "expected_spend_12m_minor",
            "least_spend_12m_minor",
            "most_spend_12m_minor",
            "next_purchase_date",
            "least_purchases_3m",
            "most_purchases_3m",
            "least_spend_3m_minor",
            "most_spend_3m_minor",
            "least_purchases_6m",
            "most_purchases_6m",
            "least_spend_6m_minor",
            "most_spend_6m_minor",
            "least_purchases_12m",
            "most_purchases_12m",
        ),
    ),
    "churn": ResultTable(
        ChurnScore,
        {
            **_same("customer_id", "churn_probability", "band"),
            "reasons": "list_slice(list_value(*COLUMNS('^reason_')), 1, places)",
            "contributions": "list_slice(list_value(*COLUMNS('^part_')), 1, places)",
        },
    ),
    "composite": ResultTable(
        CompositeValue,
        {
            **_same("customer_id", "score"),
            **{name: _known(name) for name in ("purchases", "service_use", "feedback", "referrals", "perceived")},
        },
    ),
    "similar": ResultTable(
        SimilarCustomers,
        {"customer_id": "customer_id", "similar_ids": "list_value(*COLUMNS('^similar_'))"},
        other_customers="similar_ids",
    ),
    "rules": ResultTable(
        ProductRule,
        _same(
            "rule",
            "antecedent_ids",
            "consequent_id",
            "antecedent_count",
            "consequent_count",
            "joint_count",
            "support",
            "confidence",
            "lift",
            "leverage",
            "conviction",
            "later_joint_count",
            "later_confidence",
            "later_lift",
        ),
    ),
    "demand": ResultTable(
        DemandPeriod,
        _same(
            "place",
            "series",
            "start_date",
            "value",
            "expected",
            "low",
            "high",
            "is_anomaly",
            "additive_trend",
            "additive_season",
            "multiplicative_trend",
            "multiplicative_season",
        ),
    ),
    "daily": ResultTable(
        DailyFigure,
        _same(
            "day",
            "orders",
            "anonymous_orders",
            "buyers",
            "new_buyers",
            "returning_buyers",
            "month_buyers",
            "gross_minor",
            "refunds",
            "refunded_minor",
        ),
    ),
}
