"""What runs published, and what people made of it.

Result tables are partitioned by run. Django reads them through unmanaged models; only `analytics.publishing` writes.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from analytics.models.runs import Run
from customers.models import Customer, Product


class Result(models.Model):
    """A row of a run; without foreign keys, since partitions come by COPY."""

    run = models.ForeignKey(Run, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")

    class Meta:
        abstract = True
        managed = False

    def __str__(self) -> str:
        return f"{self._meta.db_table} {self.pk}"


class CustomerResult(Result):
    """What a run says about one customer. Joined to customers by `run=<current>`."""

    pk = models.CompositePrimaryKey("run_id", "customer_id")

    class Meta(Result.Meta):
        abstract = True


class RfmScore(CustomerResult):
    """Recency in days, frequency in purchase days, monetary in minor units; scores 1–5, null outside the window.

    refreshed_at: when the row was made anew since the run was published, from which on its days count.
    """

    customer = models.ForeignKey(Customer, on_delete=models.DO_NOTHING, db_constraint=False, related_name="rfm_scores")
    recency_days = models.IntegerField(null=True)
    frequency = models.IntegerField()
    monetary_minor = models.BigIntegerField()
    r_score = models.SmallIntegerField(null=True)
    f_score = models.SmallIntegerField(null=True)
    m_score = models.SmallIntegerField(null=True)
    weighted_score = models.FloatField(null=True)
    segment = models.CharField(max_length=24)
    lifecycle_class = models.CharField(max_length=16)
    refreshed_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "analytics_rfm"


class ClusterAssignment(CustomerResult):
    customer = models.ForeignKey(Customer, on_delete=models.DO_NOTHING, db_constraint=False, related_name="clusters")
    cluster = models.SmallIntegerField()
    distance = models.FloatField()

    class Meta:
        managed = False
        db_table = "analytics_kmeans"


class DenseGroupMember(CustomerResult):
    """The dense group of a buyer, 0 where they are in none, and how dense it is around them: 1 as in its middle."""

    customer = models.ForeignKey(
        Customer, on_delete=models.DO_NOTHING, db_constraint=False, related_name="dense_groups"
    )
    cluster = models.SmallIntegerField()
    strength = models.FloatField()

    class Meta:
        managed = False
        db_table = "analytics_hdbscan"


class LearnedLabel(CustomerResult):
    """The label that a customer would be given by how they buy; the probability is null where the model has none."""

    customer = models.ForeignKey(
        Customer, on_delete=models.DO_NOTHING, db_constraint=False, related_name="learned_labels"
    )
    label = models.CharField(max_length=60)
    probability = models.FloatField(null=True)

    class Meta:
        managed = False
        db_table = "analytics_labels"


class RuleSegmentMember(CustomerResult):
    """A customer in a segment that somebody has defined; a row for each. The segment is a saved filter, maybe gone."""

    pk = models.CompositePrimaryKey("run_id", "customer_id", "segment_id")
    customer = models.ForeignKey(
        Customer, on_delete=models.DO_NOTHING, db_constraint=False, related_name="rule_segments"
    )
    segment_id = models.BigIntegerField()
    refreshed_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "analytics_rule_segments"


class CompositeValue(CustomerResult):
    """What a customer is worth by several indicators, 0–1; a part is null where nothing of it is known. perceived: what
    they think they get for their money, by what they answered and rated, 0–1."""

    customer = models.ForeignKey(
        Customer, on_delete=models.DO_NOTHING, db_constraint=False, related_name="composite_values"
    )
    score = models.FloatField()
    purchases = models.FloatField(null=True)
    service_use = models.FloatField(null=True)
    feedback = models.FloatField(null=True)
    referrals = models.FloatField(null=True)
    perceived = models.FloatField(null=True)

    class Meta:
        managed = False
        db_table = "analytics_composite"


class Recommendation(CustomerResult):
    """The products for a customer, best first, as arrays; `reason_product_ids` is null where popularity speaks."""

    customer = models.ForeignKey(
        Customer, on_delete=models.DO_NOTHING, db_constraint=False, related_name="recommendations"
    )
    product_ids = ArrayField(models.BigIntegerField())
    scores = ArrayField(models.FloatField())
    reason_product_ids = ArrayField(models.BigIntegerField(null=True))
    reason_shares = ArrayField(models.FloatField(null=True))

    class Meta:
        managed = False
        db_table = "analytics_recommendations"


class LifetimeValue(CustomerResult):
    """What is expected of a buyer within 3, 6 and 12 months of the run's day: purchase days, amounts in minor units.

    least and most hold what comes in 80 of 100 cases; null in runs of earlier versions. The next purchase is as likely
    before its date as after; null where it is likelier than not that there is none within two years.
    """

    customer = models.ForeignKey(
        Customer, on_delete=models.DO_NOTHING, db_constraint=False, related_name="lifetime_values"
    )
    alive_probability = models.FloatField()
    expected_basket_minor = models.BigIntegerField()
    expected_purchases_3m = models.FloatField()
    expected_spend_3m_minor = models.BigIntegerField()
    expected_purchases_6m = models.FloatField()
    expected_spend_6m_minor = models.BigIntegerField()
    expected_purchases_12m = models.FloatField()
    expected_spend_12m_minor = models.BigIntegerField()
    least_spend_12m_minor = models.BigIntegerField()
    most_spend_12m_minor = models.BigIntegerField()
    next_purchase_date = models.DateField(null=True)
    least_purchases_3m = models.FloatField(null=True)
    most_purchases_3m = models.FloatField(null=True)
    least_spend_3m_minor = models.BigIntegerField(null=True)
    most_spend_3m_minor = models.BigIntegerField(null=True)
    least_purchases_6m = models.FloatField(null=True)
    most_purchases_6m = models.FloatField(null=True)
    least_spend_6m_minor = models.BigIntegerField(null=True)
    most_spend_6m_minor = models.BigIntegerField(null=True)
    least_purchases_12m = models.FloatField(null=True)
    most_purchases_12m = models.FloatField(null=True)

    class Meta:
        managed = False
        db_table = "analytics_clv"


class ChurnScore(CustomerResult):
    """The probability that a buyer buys nothing within the run's horizon. `reasons`: features that move the odds most,
    the strongest first; `contributions`: by how much, in log-odds, above 0 where they speak for silence."""

    customer = models.ForeignKey(
        Customer, on_delete=models.DO_NOTHING, db_constraint=False, related_name="churn_scores"
    )
    churn_probability = models.FloatField()
    band = models.CharField(max_length=10)
    reasons = ArrayField(models.CharField(max_length=16))
    contributions = ArrayField(models.FloatField())

    class Meta:
        managed = False
        db_table = "analytics_churn"


class SimilarCustomers(CustomerResult):
    """Who buys most alike, the most alike first. Ids of customers too: erasure takes them out of others' rows."""

    customer = models.ForeignKey(
        Customer, on_delete=models.DO_NOTHING, db_constraint=False, related_name="similar_rows"
    )
    similar_ids = ArrayField(models.BigIntegerField())

    class Meta:
        managed = False
        db_table = "analytics_similar"


class ProductRule(Result):
    """Whose basket holds all of `antecedent_ids` often holds `consequent_id` too; the likeliest beyond chance first.

    Counts are of baskets, `later_` ones of those of the last fifth of the time, which the rule was not found in; null
    where one of its sides does not occur there. Measures: `analytics.algorithms.rules.measures`; the conviction of a
    rule that never fails is null.
    """

    pk = models.CompositePrimaryKey("run_id", "rule")
    rule = models.IntegerField()
    antecedent_ids = ArrayField(models.BigIntegerField())
    consequent_id = models.BigIntegerField()
    antecedent_count = models.IntegerField()
    consequent_count = models.IntegerField()
    joint_count = models.IntegerField()
    support = models.FloatField()
    confidence = models.FloatField()
    lift = models.FloatField()
    leverage = models.FloatField()
    conviction = models.FloatField(null=True)
    later_joint_count = models.IntegerField(null=True)
    later_confidence = models.FloatField(null=True)
    later_lift = models.FloatField(null=True)

    class Meta:
        managed = False
        db_table = "analytics_rules"


class DailyFigure(Result):
    """One day of the whole organisation, in minor units of its currency.

    A buyer is a known customer with an order on that day that was not wholly refunded. New: the first purchase ever;
    returning: not the first. `month_buyers` counts those whose first purchase of the calendar month is on this day, so
    that its sum over a month is the number of different buyers in it. Refunds stand on the day they were paid.
    """

    pk = models.CompositePrimaryKey("run_id", "day")
    day = models.DateField()
    orders = models.IntegerField()
    anonymous_orders = models.IntegerField()
    buyers = models.IntegerField()
    new_buyers = models.IntegerField()
    returning_buyers = models.IntegerField()
    month_buyers = models.IntegerField()
    gross_minor = models.BigIntegerField()
    refunds = models.IntegerField()
    refunded_minor = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "analytics_daily"


class DemandPeriod(Result):
    """A month or week, by its first day, of one series (`analytics.demand_series`), in minor units, orders or pieces.

    Of a period that is over: its value; what trend and season let expect, low and high holding that without what
    stands out; whether the value does; and the parts of both decompositions, the multiplicative null where a value is
    not above zero. Of a period to come, without a value: the forecast, low and high holding it in 80 of 100 cases.
    """

    pk = models.CompositePrimaryKey("run_id", "place")
    place = models.IntegerField()
    series = models.CharField(max_length=32)
    start_date = models.DateField()
    value = models.FloatField(null=True)
    expected = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    is_anomaly = models.BooleanField()
    additive_trend = models.FloatField(null=True)
    additive_season = models.FloatField(null=True)
    multiplicative_trend = models.FloatField(null=True)
    multiplicative_season = models.FloatField(null=True)

    class Meta:
        managed = False
        db_table = "analytics_demand"


class RecommendationFeedback(models.Model):
    """What somebody made of a product recommended for a customer, on one day."""

    class Answer(models.TextChoices):
        OFFERED = "offered", _("Offered")
        NOT_RELEVANT = "not_relevant", _("Not relevant")

    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        on_delete=models.CASCADE,
        related_name="recommendation_feedback",
        db_index=False,
    )
    product = models.ForeignKey(
        Product, verbose_name=_("product"), on_delete=models.CASCADE, related_name="recommendation_feedback"
    )
    answer = models.CharField(_("answer"), max_length=12, choices=Answer)
    given_by = models.ForeignKey(
        User, verbose_name=_("by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    given_date = models.DateField(_("day"))

    class Meta:
        verbose_name = _("answer to a recommendation")
        verbose_name_plural = _("answers to recommendations")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "product", "answer", "given_by", "given_date"], name="feedback_once_a_day"
            ),
            models.CheckConstraint(
                condition=models.Q(answer__in=["offered", "not_relevant"]), name="feedback_answer_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_answer_display()} {self.given_date}"
