"""Results of a record that is merged go; those of the survivor come with the next run or refresh."""

from __future__ import annotations

from analytics.erasure import delete_results
from analytics.models import CustomerResult, RecommendationFeedback
from analytics.results import TABLES
from customers.merging.steps import Dropped, Moves, registry


def register() -> None:
    """Called once, by `AnalyticsConfig.ready`."""
    models = [table.model for table in TABLES.values() if issubclass(table.model, CustomerResult)]
    registry.add(
        Dropped(tuple((model, "customer") for model in models), delete_results),
        Moves(RecommendationFeedback, same_by=("product_id", "answer", "given_by_id", "given_date")),
    )
