"""Churn with the customers: columns of their list, a chip, a panel on their page, fields of filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from analytics import customer_cells, publishing, score_history
from analytics.analyses.churn import BAND_LABELS, BAND_TONES
from analytics.customer_scores import NO_RUN, asked_run_id, scores_of
from analytics.models import ChurnScore
from analytics.score_days import as_of
from customers.cells import Reader
from customers.extensions import Label, ListColumn, ListFilter, Panel, Registry, TimelineSource
from customers.filters import Field
from customers.filters.expression import Moment
from customers.filters.kinds import CHOICE, NUMBER
from customers.filters.sources import Column, RoundedColumn, Rows, joined_columns
from customers.models import Customer
from customers.querysets import CustomerQuerySet

# What raises the odds, and what lowers them, by the names of analytics.algorithms.churn.FEATURES.
RAISES: dict[str, Label] = {
    "silence": _("has not bought for longer than most"),
    "frequency": _("has bought on few days"),
    "tenure": _("how long they have been a customer"),
    "recent": _("bought little in the last quarter"),
    "basket": _("the amounts they spend"),
    "events": _("visits and looks at little lately"),
    "overdue": _("is overdue against their own rhythm"),
}
LOWERS: dict[str, Label] = {
    "silence": _("bought more recently than most"),
    "frequency": _("has bought on many days"),
    "tenure": _("how long they have been a customer"),
    "recent": _("bought a good deal in the last quarter"),
    "basket": _("the amounts they spend"),
    "events": _("visits and looks at much lately"),
    "overdue": _("is in time against their own rhythm"),
}


def _current_id() -> int:
    run = publishing.current_runs().get("churn")
    return run.pk if run else NO_RUN


def with_churn(customers: CustomerQuerySet) -> CustomerQuerySet:
    current = Q(churn_scores__run_id=_current_id())
    return (
        customers.alias(churn=FilteredRelation("churn_scores", condition=current))
        .alias(**joined_columns("churn", "churn_probability", "band"))
        .annotate(
            churn_probability=F("churn__churn_probability"),
            churn_customer=F("churn__customer_id"),
            churn_band=F("churn__band"),
        )
    )


def members_of_band(band: str) -> QuerySet[Any, Any]:
    return ChurnScore.objects.filter(run_id=_current_id(), band=band).values("customer_id")


def in_band(customers: CustomerQuerySet, band: str) -> CustomerQuerySet:
    return customers.filter(pk__in=members_of_band(band))


def bands() -> list[tuple[str, Label]]:
    return list(BAND_LABELS.items())


def plain_band(band: str | None, customer: Customer, reader: Reader) -> str:
    return str(BAND_LABELS.get(band, band)) if band else ""


def offered_bands() -> list[tuple[str, Label]]:
    return bands() if _current_id() != NO_RUN else []


def panel(request: HttpRequest, customer: Customer) -> Mapping[str, Any] | None:
    """Left out until the model has been published once."""
    run = publishing.current_runs().get("churn")
    if run is None:
        return None
    score = scores_of(customer).churn
    pairs = list(zip(score.reasons, score.contributions, strict=True)) if score else []
    return {
        "run": run,
        "score": score,
        "trend": score_history.trend_of_churn(customer),
        "band": BAND_LABELS.get(score.band, score.band) if score else "",
        "tone": BAND_TONES.get(score.band, "neutral") if score else "",
        "days": run.params["horizon_days"],
        "raises": [RAISES.get(name, name) for name, part in pairs if part > 0],
        "lowers": [LOWERS.get(name, name) for name, part in pairs if part < 0],
    }


def current_scores(moment: Moment) -> QuerySet[Any, Any]:
    return ChurnScore._default_manager.filter(run_id=asked_run_id("churn", moment))


FIELDS = (
    Field(
        "churn.probability",
        _("Churn, 0 to 1"),
        NUMBER,
        Rows(current_scores, RoundedColumn("churn_probability"), joined_as="churn"),
    ),
    replace(
        Field("churn.band", _("Churn"), CHOICE, Rows(current_scores, Column("band"), joined_as="churn")), choices=bands
    ),
)


def register(registry: Registry) -> None:
    registry.add(
        ListColumn(
            "churn",
            _("Churn"),
            "churn_probability",
            customer_cells.share,
            sort="churn_probability",
            sort_beside="churn_customer",
            joined="churn",
            numeric=True,
            annotate=with_churn,
            descending_first=True,
            as_of=as_of("churn"),
        ),
        ListColumn(
            "churn_band",
            _("Churn band"),
            "churn_band",
            customer_cells.churn_band,
            annotate=with_churn,
            plain=plain_band,
            as_of=as_of("churn"),
        ),
        TimelineSource("churn", _("Churn"), "trending-down", score_history.churn_changes),
        ListFilter("churn", _("Churn"), offered_bands, in_band, members=members_of_band, as_of=as_of("churn")),
        Panel("churn", _("Churn"), "analytics/customer/churn.html", panel),
    )
