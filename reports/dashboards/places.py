"""Where dashboards stand for one person: among their tabs, and at the start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max, Q

from accounts.models import User
from reports.dashboards.access import is_available
from reports.models import Dashboard, PinnedDashboard, StartPage

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


def move_tab(pk: int, *, user: User, by: int) -> None:
    """The tab of that dashboard so many places on, or back where it is negative; one that is no tab stays none."""
    _put_tab(pk, user, lambda place: place + by)


def place_tab(pk: int, *, user: User, place: int) -> None:
    """To a place counted from 0 among the tabs that the person sees; a place beyond the ends is the end."""
    _put_tab(pk, user, lambda _before: place)


@transaction.atomic
def _put_tab(pk: int, user: User, to: Callable[[int], int]) -> None:
    pins = list(PinnedDashboard.objects.filter(user=user).select_for_update())
    seen = {pin.pk for pin in pins_of(user)}
    tabs = [pin for pin in pins if pin.pk in seen]
    place = next((place for place, pin in enumerate(tabs) if pin.dashboard_id == pk), None)
    if place is None:
        return
    tabs.insert(max(0, to(place)), tabs.pop(place))
    # Those that the person may not see at present keep their places between the others.
    rest = iter(tabs)
    for position, pin in enumerate([next(rest) if pin.pk in seen else pin for pin in pins]):
        if pin.position != position:
            PinnedDashboard.objects.filter(pk=pin.pk).update(position=position)


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
