"""What the customer's page shows of this app: what they agreed to, and whether they may be profiled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from customers.access import sight_of, user_of
from customers.consent import current_decisions
from customers.extensions import Panel, Registry
from customers.models import Consent, Customer


def consent_panel(request: HttpRequest, customer: Customer) -> Mapping[str, Any]:
    labels = dict(Consent.Purpose.choices)
    return {
        "customer": customer,
        "decisions": [(labels[purpose], decided) for purpose, decided in current_decisions(customer).items()],
        "may_edit": sight_of(request).may_edit(customer),
        "is_admin": user_of(request).is_admin,
    }


def register(registry: Registry) -> None:
    """Called once, by `PrivacyConfig.ready`."""
    registry.add(Panel("privacy", _("Privacy"), "privacy/panel.html", consent_panel))
