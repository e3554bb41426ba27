"""What the analyses bring to the customer list and page: columns, filters and panels of the current runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics import (
    churn_scores,
    customer_cells,
    dense_groups,
    feedback,
    learned_labels,
    lifetime_value,
    portrait_words,
    product_rules,
    publishing,
    score_history,
    segment_extensions,
    segments,
    similar_panel,
    switches,
    value_scores,
)
from analytics.customer_scores import NO_RUN, scores_of
from analytics.models import ClusterAssignment, Recommendation, RfmScore, Run
from analytics.score_days import as_of, origin_of
from core.templatetags.ui import day, instant
from customers import plain_cells
from customers.access import sight_of
from customers.cells import Reader
from customers.extensions import Label, ListColumn, ListFilter, Origin, Panel, Registry, TimelineSource
from customers.filters.sources import joined_columns
from customers.models import Customer, Product
from customers.querysets import CustomerQuerySet


def current(analysis: str) -> Run | None:
    return publishing.current_runs().get(analysis)


def current_id(analysis: str) -> int:
    run = current(analysis)
    return run.pk if run else NO_RUN


def with_rfm(customers: CustomerQuerySet) -> CustomerQuerySet:
    run_id = current_id("rfm")
    return (
        customers.alias(
            rfm=FilteredRelation("rfm_scores", condition=Q(rfm_scores__run_id=run_id)),
        )
        .alias(
            **joined_columns(
                "rfm",
                "segment",
                "lifecycle_class",
                "weighted_score",
                "r_score",
                "f_score",
                "m_score",
                "recency_days",
                "frequency",
                "monetary_minor",
            )
        )
        .annotate(
            rfm_segment=F("rfm__segment"),
            rfm_score=F("rfm__weighted_score"),
            rfm_recency=F("rfm__recency_days"),
            rfm_frequency=F("rfm__frequency"),
            rfm_monetary=F("rfm__monetary_minor"),
            rfm_customer=F("rfm__customer_id"),
        )
    )


def members_of_segment(code: str) -> QuerySet[Any, Any]:
    return RfmScore.objects.filter(run_id=current_id("rfm"), segment=code).values("customer_id")


def with_any_segment() -> QuerySet[Any, Any]:
    return RfmScore.objects.filter(run_id=current_id("rfm")).values("customer_id")


def in_segment(customers: CustomerQuerySet, code: str) -> CustomerQuerySet:
    return customers.filter(pk__in=members_of_segment(code))


def in_no_segment(customers: CustomerQuerySet) -> CustomerQuerySet:
    scored = RfmScore.objects.filter(run_id=current_id("rfm"), customer=OuterRef("pk"))
    return customers.filter(~Exists(scored))


def segment_choices() -> list[tuple[str, Label]]:
    return segments.choices() if current("rfm") else []


def members_of_cluster(number: str) -> QuerySet[Any, Any]:
    if not number.isdecimal() or len(number) > 4:
        return ClusterAssignment.objects.none().values("customer_id")
    return ClusterAssignment.objects.filter(run_id=current_id("kmeans"), cluster=int(number)).values("customer_id")


def in_cluster(customers: CustomerQuerySet, number: str) -> CustomerQuerySet:
    return customers.filter(pk__in=members_of_cluster(number))


def with_cluster(customers: CustomerQuerySet) -> CustomerQuerySet:
    current_clusters = Q(clusters__run_id=current_id("kmeans"))
    return (
        customers.alias(kmeans=FilteredRelation("clusters", condition=current_clusters))
        .alias(**joined_columns("kmeans", "cluster"))
        .annotate(group_number=F("kmeans__cluster"), group_customer=F("kmeans__customer_id"))
    )


def cluster_choices() -> list[tuple[str, Label]]:
    run = current("kmeans")
    return [(str(number), cluster_name(number)) for number in range(1, cluster_count(run) + 1)] if run else []


def cluster_count(run: Run) -> int:
    return len(run.fitted.get("centres", []))


def cluster_name(number: int) -> str:
    return _("Group %(number)d") % {"number": number}


def plain_segment(code: str | None, customer: Customer, reader: Reader) -> str:
    return str(segments.words(code).label) if code else ""


def scores_as_of() -> Origin:
    run = current("rfm")
    return origin_of("rfm", run, _scores_in_words(run))


def _scores_in_words(run: Run | None) -> str:
    if run is None:
        return _("No scores yet: an admin can start the first recomputation.")
    said = {"day": day(run.as_of), "run": run.pk}
    if run.refreshed_at:
        said["at"] = instant(run.refreshed_at)
        return _("Scores as of %(day)s, run %(run)d; of customers who have bought since, as of %(at)s") % said
    return _("Scores as of %(day)s, run %(run)d") % said


def scores_panel(request: HttpRequest, customer: Customer) -> Mapping[str, Any]:
    run = current("rfm")
    history = score_history.history_of(customer).rfm if run else []
    score = next((each for each in history if run and each.run_id == run.pk), None)
    clusters = current("kmeans")
    scores = scores_of(customer)
    cluster, dense = scores.cluster, scores.dense_group
    return {
        "run": run,
        "score": score,
        "trend": score_history.trend_of_score(customer) if run else None,
        "segment": segments.words(score.segment) if score else None,
        "lifecycle_class": segments.LIFECYCLE_CLASSES.get(score.lifecycle_class) if score else None,
        "window_days": run.params.get("window_days") if run else None,
        "weights": run.params.get("weights", {}) if run else {},
        "words": score_words(score) if score and score.r_score else [],
        "described": portrait_words.description(run, score.segment) if run and score else "",
        "cluster_described": _described(clusters, cluster.cluster) if cluster else "",
        "cluster": cluster,
        "cluster_run": clusters,
        "cluster_name": cluster_name(cluster.cluster) if cluster else "",
        "dense": dense,
        "dense_name": dense_groups.name_of(dense.cluster) if dense else "",
        "dense_run": current("hdbscan"),
        "off": switches.about_customers(),
    }


def _described(run: Run | None, group: int) -> str:
    return portrait_words.description(run, str(group)) if run else ""


HOW_RECENT = (
    gettext_lazy("longest ago"),
    gettext_lazy("long ago"),
    gettext_lazy("some time ago"),
    gettext_lazy("recently"),
    gettext_lazy("very recently"),
)
HOW_OFTEN = (
    gettext_lazy("least often"),
    gettext_lazy("seldom"),
    gettext_lazy("now and then"),
    gettext_lazy("often"),
    gettext_lazy("most often"),
)
HOW_MUCH = (
    gettext_lazy("least"),
    gettext_lazy("little"),
    gettext_lazy("an average amount"),
    gettext_lazy("much"),
    gettext_lazy("most"),
)


def score_words(score: RfmScore) -> list[Promise]:
    """The three scores as a person would say them: recently, often, much."""
    pairs = ((HOW_RECENT, score.r_score), (HOW_OFTEN, score.f_score), (HOW_MUCH, score.m_score))
    return [scale[value - 1] for scale, value in pairs if value]


OFFERS_SHOWN = 5


def recommendations_panel(request: HttpRequest, customer: Customer) -> Mapping[str, Any]:
    """The best that can be bought and that nobody has called not relevant for this customer."""
    run = current("recommendations")
    row = Recommendation.objects.filter(run_id=run.pk, customer_id=customer.pk).first() if run else None
    every = (
        list(zip(row.product_ids, row.scores, row.reason_product_ids, row.reason_shares, strict=True)) if row else []
    )
    products = Product.objects.in_bulk({pk for product, _, reason, _ in every for pk in (product, reason) if pk})
    to_be_had = [each for each in every if each[0] in products and products[each[0]].can_be_bought]
    answers = feedback.answers_about(customer, [product for product, *_rest in to_be_had])
    shown = [each for each in to_be_had if feedback.product_is_open(answers, each[0])][:OFFERS_SHOWN]
    offers = [
        {
            "product": products[product],
            "reason": products.get(reason),
            "share": share,
            "is_popular": not score,
            "answer": answers.get(product),
        }
        for product, score, reason, share in shown
    ]
    return {
        "run": run,
        "off": switches.in_words("recommendations", run),
        "offers": offers,
        "customer": customer,
        "may_answer": sight_of(request).may_edit(customer),
        "hidden": sum(not feedback.product_is_open(answers, pk) for pk in answers),
    }


RECOMMENDATIONS = Panel(
    "recommendations",
    gettext_lazy("Recommended"),
    "analytics/customer/recommendations.html",
    recommendations_panel,
)


def register(registry: Registry) -> None:
    """Called once, by `AnalyticsConfig.ready`."""
    registry.add(
        ListColumn(
            "segment",
            gettext_lazy("Segment"),
            "rfm_segment",
            customer_cells.segment,
            sort="rfm_segment",
            sort_beside="rfm_customer",
            joined="rfm",
            annotate=with_rfm,
            is_default=True,
            plain=plain_segment,
            as_of=scores_as_of,
        ),
        ListColumn(
            "score",
            gettext_lazy("RFM score"),
            "rfm_score",
            customer_cells.score,
            sort="rfm_score",
            sort_beside="rfm_customer",
            joined="rfm",
            numeric=True,
            annotate=with_rfm,
            descending_first=True,
            is_default=True,
            as_of=scores_as_of,
        ),
        ListColumn(
            "recency",
            gettext_lazy("Since last order"),
            "rfm_recency",
            customer_cells.days,
            sort="rfm_recency",
            sort_beside="rfm_customer",
            joined="rfm",
            numeric=True,
            annotate=with_rfm,
            is_default=True,
            as_of=scores_as_of,
        ),
        ListColumn(
            "frequency",
            gettext_lazy("Purchase days"),
            "rfm_frequency",
            customer_cells.number,
            sort="rfm_frequency",
            sort_beside="rfm_customer",
            joined="rfm",
            numeric=True,
            annotate=with_rfm,
            descending_first=True,
            is_default=True,
            as_of=scores_as_of,
        ),
        ListColumn(
            "monetary",
            gettext_lazy("Spent"),
            "rfm_monetary",
            customer_cells.money,
            sort="rfm_monetary",
            sort_beside="rfm_customer",
            joined="rfm",
            numeric=True,
            annotate=with_rfm,
            descending_first=True,
            is_default=True,
            plain=plain_cells.money,
            as_of=scores_as_of,
        ),
        ListFilter(
            "segment",
            gettext_lazy("Segment"),
            segment_choices,
            in_segment,
            without=in_no_segment,
            members=members_of_segment,
            known=with_any_segment,
            apply_joined=("rfm", lambda customers, code: customers.filter(Q(rfm_segment=code))),
        ),
        ListFilter(
            "group",
            gettext_lazy("Group"),
            cluster_choices,
            in_cluster,
            members=members_of_cluster,
            as_of=as_of("kmeans"),
        ),
        ListColumn(
            "group",
            gettext_lazy("Group"),
            "group_number",
            customer_cells.number,
            sort="group_number",
            sort_beside="group_customer",
            joined="kmeans",
            annotate=with_cluster,
            as_of=as_of("kmeans"),
        ),
        Panel("scores", gettext_lazy("Scores"), "analytics/customer/scores.html", scores_panel),
        RECOMMENDATIONS,
        TimelineSource("scores", gettext_lazy("Segments"), "trending-up", score_history.segment_changes),
    )
    lifetime_value.register(registry)
    churn_scores.register(registry)
    value_scores.register(registry)
    dense_groups.register(registry)
    learned_labels.register(registry)
    segment_extensions.register(registry)
    similar_panel.register(registry)
    product_rules.register(registry)
    registry.as_of.append(scores_as_of)
