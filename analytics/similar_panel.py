"""Customers who buy alike, on a customer's page: of them those whom the reader may see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from analytics import publishing
from analytics.customer_scores import scores_of
from customers.access import sight_of
from customers.extensions import Panel, Registry
from customers.models import Customer


def panel(request: HttpRequest, customer: Customer) -> Mapping[str, Any] | None:
    """Left out where nobody alike is published, or none whom the reader sees."""
    run, similar = publishing.current_runs().get("similar"), scores_of(customer).similar
    if run is None or similar is None:
        return None
    seen = Customer.objects.live().visible_to(sight_of(request)).in_bulk(similar.similar_ids)
    people = [seen[pk] for pk in similar.similar_ids if pk in seen]
    return {"run": run, "people": people} if people else None


def register(registry: Registry) -> None:
    registry.add(Panel("similar", _("Similar customers"), "analytics/customer/similar.html", panel))
