"""Dashboards that people put together: who may open and change them, whose tabs they are, what stands at the start."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.models import User
from customers.models import SavedFilter
from reports.models import Dashboard, PinnedDashboard, StartPage


def available_dashboard(user: User, pk: int) -> Dashboard:
    """One that is there for this person; 404 to others."""
    found: Dashboard = get_object_or_404(Dashboard.objects.available_to(user.sight).select_related("owner"), pk=pk)
    return found


def changeable_dashboard(user: User, pk: int) -> Dashboard:
    dashboard = available_dashboard(user, pk)
    if not dashboard.may_be_changed_by(user):
        raise PermissionDenied(_("This dashboard belongs to somebody else. Make a copy of your own."))
    return dashboard


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


# --- tabs -------------------------------------------------------------------------------------------------------------


def pins_of(user: User) -> list[PinnedDashboard]:
    """In their order, those that the person may still see."""
    available = Dashboard.objects.available_to(user.sight)
    mine = PinnedDashboard.objects.filter(user=user, dashboard__in=available)
    return list(mine.select_related("dashboard"))


def pin(dashboard: Dashboard, *, user: User) -> None:
    """As the last of the person's tabs; a second time changes nothing."""
    last = PinnedDashboard.objects.filter(user=user).aggregate(last=Max("position"))["last"]
    PinnedDashboard.objects.get_or_create(
        user=user, dashboard=dashboard, defaults={"position": 0 if last is None else last + 1}
    )


def unpin(dashboard: Dashboard, *, user: User) -> None:
    PinnedDashboard.objects.filter(user=user, dashboard=dashboard).delete()


# --- start ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Start:
    """What opens first for somebody: a dashboard, or None for the overview. `is_own`: the person chose it."""

    dashboard: Dashboard | None
    is_own: bool


def start_of(user: User) -> Start:
    """What the person chose, else what an admin chose for their role, else the overview; one query."""
    chosen = StartPage.objects.filter(Q(user=user) | Q(role=user.role)).select_related("dashboard__owner")
    pages = {page.user_id is not None: page for page in chosen}
    for is_own in (True, False):
        page = pages.get(is_own)
        if page is not None and (page.dashboard is None or is_available(page.dashboard, user)):
            return Start(page.dashboard, is_own)
    return Start(None, is_own=False)


def is_available(dashboard: Dashboard, user: User) -> bool:
    """`available_to` for one that has been loaded."""
    if dashboard.owner_id == user.pk or dashboard.sharing == SavedFilter.Sharing.EVERYBODY:
        return True
    is_of_team = dashboard.sharing == SavedFilter.Sharing.TEAM and dashboard.team_id is not None
    return is_of_team and dashboard.team_id == user.team_id


def choose_start(*, user: User, dashboard: Dashboard | None) -> None:
    StartPage.objects.update_or_create(user=user, defaults={"dashboard": dashboard})


def start_as_role(user: User) -> None:
    """Take back what the person chose."""
    StartPage.objects.filter(user=user).delete()


@transaction.atomic
def choose_start_of_role(*, role: str, dashboard: Dashboard | None) -> None:
    if dashboard is None:
        StartPage.objects.filter(role=role).delete()
    else:
        StartPage.objects.update_or_create(role=role, defaults={"dashboard": dashboard})
