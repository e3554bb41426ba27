"""What the customer's page shows of this app: what they agreed to, and whether they may be profiled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from customers.access import sight_of, user_of
from customers.consent import current_decisions
from customers.extensions import Panel, Registry
from customers.models import Consent, Customer
from customers.querysets import CustomerQuerySet
from privacy import retention
from privacy.models import RetentionRule, Tombstone


def consent_panel(request: HttpRequest, customer: Customer) -> Mapping[str, Any]:
    labels = dict(Consent.Purpose.choices)
    return {
        "customer": customer,
        "decisions": [(labels[purpose], decided) for purpose, decided in current_decisions(customer).items()],
        "may_edit": sight_of(request).may_edit(customer),
        "is_admin": user_of(request).is_admin,
    }


def not_erased(customers: CustomerQuerySet) -> CustomerQuerySet:
    return customers.filter(~Exists(Tombstone.objects.filter(customer_id=OuterRef("pk"))))


def kept_until() -> str:
    """What the retention rule says of deleted customers."""
    rule = next(rule for rule in retention.rules() if rule.kind == RetentionRule.Kind.DELETED_CUSTOMERS)
    if not rule.is_active:
        return gettext("They can be restored at any time: no rule erases them.")
    return ngettext(
        "They can be restored for %(days)d day; after that they are erased, and their orders stay without a name.",
        "They can be restored for %(days)d days; after that they are erased, and their orders stay without a name.",
        rule.days,
    ) % {"days": rule.days}


def register(registry: Registry) -> None:
    """Called once, by `PrivacyConfig.ready`."""
    registry.restorable.append(not_erased)
    registry.about_deleted.append(kept_until)
    registry.add(Panel("privacy", _("Privacy"), "privacy/panel.html", consent_panel))
