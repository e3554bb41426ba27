"""What the page of a customer and the list offer of merges: those that can be undone, and the way to one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.visibility import NONE
from customers.access import sight_of
from customers.extensions import ListAction, Panel, Registry
from customers.merging.comparing import open_merges
from customers.models import Customer


def merge_panel(request: HttpRequest, customer: Customer) -> Mapping[str, Any] | None:
    if not sight_of(request).may_edit(customer):
        return None
    return {"customer": customer, "merges": list(open_merges(customer)[:10])}


def register(registry: Registry) -> None:
    """Called once, by `CustomersConfig.ready`."""
    registry.add(
        Panel("merges", _("Duplicates"), "customers/merge_panel.html", merge_panel, area="record"),
        ListAction("merge", _("Merge"), "merge", "customers:merge", lambda user: user.sight.edits != NONE),
    )
