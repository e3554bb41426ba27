"""Who may open and change a dashboard, and what becomes of one whose owner has left."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.models import User
from customers.models import SavedFilter
from reports.models import Dashboard, DashboardQuerySet


def available_dashboard(user: User, pk: int, *, among: DashboardQuerySet | None = None) -> Dashboard:
    """One that is there for this person; 404 to others."""
    rows = Dashboard.objects.all() if among is None else among
    found: Dashboard = get_object_or_404(rows.available_to(user.sight).select_related("owner"), pk=pk)
    return found


def changeable_dashboard(user: User, pk: int, *, among: DashboardQuerySet | None = None) -> Dashboard:
    dashboard = available_dashboard(user, pk, among=among)
    if not dashboard.may_be_changed_by(user):
        raise PermissionDenied(_("This dashboard belongs to somebody else. Make a copy of your own."))
    return dashboard


def is_available(dashboard: Dashboard, user: User) -> bool:
    """`available_to` for one that has been loaded."""
    if dashboard.owner_id == user.pk or dashboard.sharing == SavedFilter.Sharing.EVERYBODY:
        return True
    is_of_team = dashboard.sharing == SavedFilter.Sharing.TEAM and dashboard.team_id is not None
    return is_of_team and dashboard.team_id == user.team_id


# --- whose owner has left ---------------------------------------------------------------------------------------------


def of_nobody() -> QuerySet[Dashboard]:
    """Those whose owner is deleted or may not log in any more: for an admin to take over."""
    has_left = Q(owner=None) | Q(owner__is_active=False)
    found: QuerySet[Dashboard] = Dashboard.objects.filter(has_left).select_related("owner")
    return found


@transaction.atomic
def take_over(dashboard: Dashboard, *, user: User) -> None:
    """Raises IntegrityError where they have one of this name."""
    Dashboard.objects.filter(pk=dashboard.pk).update(owner=user, version=F("version") + 1)
