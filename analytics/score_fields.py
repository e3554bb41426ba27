"""What filters may ask of the current scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from analytics import (
    churn_scores,
    dense_groups,
    learned_labels,
    lifetime_value,
    segment_extensions,
    segments,
    value_scores,
)
from analytics.customer_scores import asked_run_id
from analytics.models import ClusterAssignment, RfmScore
from analytics.score_days import as_of
from analytics.segments import Label
from customers.filters import Field, Registry
from customers.filters.expression import Comparison, Expression, Moment, leaves
from customers.filters.kinds import CHOICE, INTEGER, MONEY, NUMBER, Kind
from customers.filters.sources import Column, MinorColumn, RoundedColumn, Rows


def rfm_scores(moment: Moment) -> QuerySet[Any, Any]:
    return RfmScore._default_manager.filter(run_id=asked_run_id("rfm", moment))


def clusters(moment: Moment) -> QuerySet[Any, Any]:
    return ClusterAssignment._default_manager.filter(run_id=asked_run_id("kmeans", moment))


def lifecycle_classes() -> Sequence[tuple[str, Label]]:
    return list(segments.LIFECYCLE_CLASSES.items())


def _rfm(key: str, label: Label, kind: Kind, column: Column) -> Field:
    return Field(f"rfm.{key}", label, kind, Rows(rfm_scores, column, joined_as="rfm"))


_OF_RFM = (
    replace(_rfm("segment", _("Segment"), CHOICE, Column("segment")), choices=segments.choices),
    replace(_rfm("class", _("Class"), CHOICE, Column("lifecycle_class")), choices=lifecycle_classes),
    _rfm("score", _("RFM score"), NUMBER, RoundedColumn("weighted_score")),
    _rfm("r", _("Recency score"), INTEGER, Column("r_score")),
    _rfm("f", _("Frequency score"), INTEGER, Column("f_score")),
    _rfm("m", _("Monetary score"), INTEGER, Column("m_score")),
    _rfm("recency", _("Days since last order"), INTEGER, Column("recency_days")),
    _rfm("frequency", _("Purchase days"), INTEGER, Column("frequency")),
    _rfm("monetary", _("Spent"), MONEY, MinorColumn("monetary_minor")),
)
_OF_KMEANS = (Field("group", _("Group"), INTEGER, Rows(clusters, Column("cluster"), joined_as="kmeans")),)
# By the analysis whose results they ask for.
FIELDS: Mapping[str, Sequence[Field]] = {
    # Of RFM the heading of the list says it always, of which day it is.
    "rfm": _OF_RFM,
    **{
        analysis: [replace(field, as_of=as_of(analysis)) for field in fields]
        for analysis, fields in (
            ("kmeans", _OF_KMEANS),
            ("clv", lifetime_value.FIELDS),
            ("churn", churn_scores.FIELDS),
            ("hdbscan", dense_groups.FIELDS),
            ("labels", learned_labels.FIELDS),
            ("rule_segments", segment_extensions.FIELDS),
            ("composite", value_scores.FIELDS),
        )
    },
}


def register(registry: Registry) -> None:
    """Called once, by `AnalyticsConfig.ready`."""
    for fields in FIELDS.values():
        registry.add(*fields)


def asked_analyses(expression: Expression) -> set[str]:
    """Whose results a filter asks for."""
    of_field = {field.key: analysis for analysis, fields in FIELDS.items() for field in fields}
    asked = (leaf.field for _at, leaf in leaves(expression) if isinstance(leaf, Comparison))
    return {of_field[field] for field in asked if field in of_field}
