"""What the fields of this app's models hold; see `protection.classification`."""

from analytics.models import (
    AnalysisSettings,
    ChangedRow,
    ChangeMark,
    ChurnScore,
    ClusterAssignment,
    CompositeValue,
    CurrentRun,
    DailyFigure,
    DemandPeriod,
    DenseGroupMember,
    ForecastOutcome,
    JudgedCustomers,
    LearnedLabel,
    LearnedModel,
    LifetimeValue,
    ProductRule,
    Recommendation,
    RecommendationFeedback,
    RfmScore,
    RuleSegmentMember,
    Run,
    RunColumns,
    RunSummary,
    SimilarCustomers,
    SnapshotManifest,
    SwitchedOff,
)
from protection.classification import Rows, classify, personal

classify(
    SnapshotManifest,
    none="status job created_at ready_at fingerprints files row_counts size_bytes months_read latest_date seconds",
)
classify(ChangeMark, none="kind month first_new_id last_new_id whose")
classify(
    Run,
    none="analysis manifest job as_of status params learned_by fitted metrics distributions row_count error started_at"
    " finished_at peak_memory_mb refreshed_at refreshed_manifest refreshed_customers",
)
# Terms of profiles are among it that at least five of them hold; no customer is.
classify(LearnedModel, none="content")
# Of everybody at once, in a file: `analytics.run_columns` takes out of it whoever has no row any more.
classify(RunColumns, none="run file written_at")
classify(ChangedRow, none="run_id customer_id")
classify(RunSummary, none="run name earlier rows")
classify(ForecastOutcome, none="run forecast until cases said became squared_error inside calibration compared_at")
classify(CurrentRun, none="run published_at chosen_by")
classify(AnalysisSettings, none="params earlier_params changed_at changed_by")
classify(SwitchedOff, none="since by")

SCORE = personal()
# Of many customers at once: `analytics.judged_customers` takes out of it whoever is erased.
classify(JudgedCustomers, none="run forecast customers", content=SCORE)
classify(
    RfmScore,
    subject="customer",
    rows=Rows.DELETE,
    none="run customer",
    recency_days=SCORE,
    frequency=SCORE,
    monetary_minor=SCORE,
    r_score=SCORE,
    f_score=SCORE,
    m_score=SCORE,
    weighted_score=SCORE,
    segment=SCORE,
    lifecycle_class=SCORE,
    refreshed_at=SCORE,
)
classify(
    CompositeValue,
    subject="customer",
    rows=Rows.DELETE,
    none="run customer",
    score=SCORE,
    purchases=SCORE,
    service_use=SCORE,
    feedback=SCORE,
    referrals=SCORE,
    perceived=SCORE,
)
classify(ClusterAssignment, subject="customer", rows=Rows.DELETE, none="run customer", cluster=SCORE, distance=SCORE)
classify(DenseGroupMember, subject="customer", rows=Rows.DELETE, none="run customer", cluster=SCORE, strength=SCORE)
classify(LearnedLabel, subject="customer", rows=Rows.DELETE, none="run customer", label=SCORE, probability=SCORE)
classify(
    RuleSegmentMember,
    subject="customer",
    rows=Rows.DELETE,
    none="run customer",
    segment_id=SCORE,
    refreshed_at=SCORE,
)
classify(
    Recommendation,
    subject="customer",
    rows=Rows.DELETE,
    none="run customer",
    product_ids=SCORE,
    scores=SCORE,
    reason_product_ids=SCORE,
    reason_shares=SCORE,
)
classify(
    ChurnScore,
    subject="customer",
    rows=Rows.DELETE,
    none="run customer",
    churn_probability=SCORE,
    band=SCORE,
    reasons=SCORE,
    contributions=SCORE,
)
classify(SimilarCustomers, subject="customer", rows=Rows.DELETE, none="run customer", similar_ids=SCORE)
classify(
    LifetimeValue,
    subject="customer",
    rows=Rows.DELETE,
    none="run customer",
    alive_probability=SCORE,
    expected_basket_minor=SCORE,
    expected_purchases_3m=SCORE,
    expected_spend_3m_minor=SCORE,
    expected_purchases_6m=SCORE,
    expected_spend_6m_minor=SCORE,
    expected_purchases_12m=SCORE,
    expected_spend_12m_minor=SCORE,
    least_spend_12m_minor=SCORE,
    most_spend_12m_minor=SCORE,
    next_purchase_date=SCORE,
    least_purchases_3m=SCORE,
    most_purchases_3m=SCORE,
    least_spend_3m_minor=SCORE,
    most_spend_3m_minor=SCORE,
    least_purchases_6m=SCORE,
    most_purchases_6m=SCORE,
    least_spend_6m_minor=SCORE,
    most_spend_6m_minor=SCORE,
    least_purchases_12m=SCORE,
    most_purchases_12m=SCORE,
)
classify(
    ProductRule,
    none="run rule antecedent_ids consequent_id antecedent_count consequent_count joint_count support confidence lift"
    " leverage conviction later_joint_count later_confidence later_lift",
)
classify(
    DailyFigure,
    none="run day orders anonymous_orders buyers new_buyers returning_buyers month_buyers gross_minor refunds"
    " refunded_minor",
)
classify(
    DemandPeriod,
    none="run place series start_date value expected low high is_anomaly additive_trend additive_season"
    " multiplicative_trend multiplicative_season",
)
classify(
    RecommendationFeedback,
    subject="customer",
    rows=Rows.DELETE,
    none="customer product given_by given_date",
    answer=personal(),
)
