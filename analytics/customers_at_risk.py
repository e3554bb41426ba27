"""Whom a salesperson should not lose: a list on “my day”."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from analytics import publishing, segments
from analytics.models import RfmScore
from core.models import OrganisationSettings
from core.templatetags.ui import day, money, number
from customers.extensions import CustomersOfTheDay, DayList, Registry

SEGMENTS = ("cannot_lose_them", "at_risk")


def at_risk(user: User, limit: int) -> CustomersOfTheDay | None:
    """Customers of theirs who used to buy much and stay away, those who spent most first."""
    run = publishing.current_runs().get("rfm")
    if run is None:
        return None
    scored = RfmScore.objects.filter(
        run_id=run.pk, segment__in=SEGMENTS, customer__owner=user, customer__deleted_at=None, customer__archived_at=None
    )
    found = scored.select_related("customer").order_by("-monetary_minor", "-customer_id")[:limit]
    currency = OrganisationSettings.current().currency
    chosen = json.dumps({"field": "rfm.segment", "op": "in", "value": SEGMENTS})
    query = urlencode({"owner": user.pk, "filter": chosen, "sort": "-monetary"})
    return CustomersOfTheDay(
        rows=[
            (score.customer, _why(score), _("spent %(sum)s") % {"sum": money(score.monetary_minor, currency)})
            for score in found
        ],
        all_url=f"{reverse('customers:list')}?{query}",
        as_of=_("as of %(day)s") % {"day": day(run.as_of)},
    )


def _why(score: RfmScore) -> str:
    days = score.recency_days or 0
    said = ngettext(
        "%(segment)s · last bought %(days)s day before", "%(segment)s · last bought %(days)s days before", days
    )
    return said % {"segment": segments.words(score.segment).label, "days": number(days)}


def register(registry: Registry) -> None:
    """Called once, by `AnalyticsConfig.ready`."""
    registry.add(
        DayList(
            "at_risk",
            gettext_lazy("At risk"),
            "trending-down",
            gettext_lazy("No customer of yours who used to buy much stays away."),
            at_risk,
        )
    )
