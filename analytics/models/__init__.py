"""By concept: snapshots and runs, and the results that runs published."""

from analytics.models.results import (
    ChurnScore,
    ClusterAssignment,
    CustomerResult,
    DailyFigure,
    DenseGroupMember,
    LearnedLabel,
    LifetimeValue,
    ProductRule,
    Recommendation,
    RecommendationFeedback,
    Result,
    RfmScore,
    SimilarCustomers,
)
from analytics.models.runs import (
    AnalysisSettings,
    ChangeMark,
    CurrentRun,
    ForecastOutcome,
    Run,
    RunSummary,
    SnapshotManifest,
)

__all__ = [
    "AnalysisSettings",
    "ChangeMark",
    "ChurnScore",
    "ClusterAssignment",
    "CurrentRun",
    "CustomerResult",
    "DailyFigure",
    "DenseGroupMember",
    "ForecastOutcome",
    "LearnedLabel",
    "LifetimeValue",
    "ProductRule",
    "Recommendation",
    "RecommendationFeedback",
    "Result",
    "RfmScore",
    "Run",
    "RunSummary",
    "SimilarCustomers",
    "SnapshotManifest",
]
