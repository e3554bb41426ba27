"""The places of the product as the side navigation lists them, each for those who may open it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import get_script_prefix, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User

Label = str | Promise


def everybody(user: User) -> bool:
    return True


def overseers(user: User) -> bool:
    """Those who see every customer, for pages of sums over all."""
    return user.sight.sees_all


def managers(user: User) -> bool:
    return user.is_manager


def admins(user: User) -> bool:
    return user.is_admin


@dataclass(frozen=True)
class Place:
    url_name: str
    label: Label
    icon: str
    may_open: Callable[[User], bool] = everybody
    is_main: bool = False  # in the bar at the bottom of a narrow screen, which has room for four
    key: str = ""  # pressed after "g"
    within: str = ""  # another address, below which pages belong to this place too


@dataclass(frozen=True)
class Group:
    label: Label
    places: tuple[Place, ...]


GROUPS = (
    Group(
        pgettext_lazy("navigation", "Work"),
        (
            Place("todo:my_day", _("My day"), "sun-medium", is_main=True, key="y"),
            Place("customers:list", _("Customers"), "users", is_main=True, key="c"),
            Place("todo:list", _("Tasks"), "square-check-big", key="k"),
            Place("customers:duplicates", _("Duplicates"), "copy-check", managers),
            Place("orders:list", _("Orders"), "receipt-text", key="o"),
            Place("products:list", _("Products"), "package", key="t"),
        ),
    ),
    Group(
        pgettext_lazy("navigation", "Understand"),
        (
            Place(
                "reports:home", _("Dashboard"), "layout-dashboard", is_main=True, key="d", within="reports:dashboards"
            ),
            Place("reports:index", _("Reports"), "file-chart-column", key="e"),
            Place("reports:explore", _("Explorer"), "chart-no-axes-combined", key="x"),
            Place("analytics:segments", _("Segments"), "funnel"),
            Place("reports:demand", _("Demand"), "chart-line", overseers),
        ),
    ),
    Group(
        pgettext_lazy("navigation", "Run"),
        (
            Place("analytics:runs", _("Runs"), "history", managers, is_main=True, key="r"),
            Place("jobs:list", _("Jobs"), "list-checks", key="j"),
            Place("jobs:schedules", _("Schedules"), "calendar-clock", admins, key="s"),
            Place("analytics:settings", _("Analysis settings"), "sliders-horizontal", admins),
            Place("accounts:users", _("Users and rights"), "shield-check", admins, key="u"),
            Place("customers:deleted", _("Recently deleted"), "trash-2", admins),
            Place("privacy:overview", _("Privacy"), "shield", admins, key="p"),
            Place("custom_fields:list", _("Custom fields"), "list-plus", admins),
            Place("api:webhooks", _("Webhooks"), "webhook", admins),
            Place("protection:audit", _("Audit trail"), "scroll-text", admins, key="a"),
            Place("admin:index", _("Administration"), "settings", admins),
        ),
    ),
)


@dataclass(frozen=True)
class Link:
    """A place as one page shows it."""

    label: Label
    icon: str
    url: str
    is_main: bool
    is_current: bool
    key: str


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `navigation` is a tuple of (label, links), made only when a template asks, and once."""
    return {"navigation": cache(lambda: tuple(links_by_group(request)))}


def links_by_group(request: HttpRequest) -> Iterator[tuple[Label, tuple[Link, ...]]]:
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return
    places = [place for group in GROUPS for place in group.places if place.may_open(user)]
    known = _addresses(get_script_prefix())
    urls = {place: known[place.url_name] for place in places}
    areas = {known[place.within]: urls[place] for place in places if place.within}
    here = current_url(request.path, [*urls.values(), *areas])
    here = areas.get(here, here)
    for group in GROUPS:
        links = tuple(
            Link(place.label, place.icon, urls[place], place.is_main, is_current=urls[place] == here, key=place.key)
            for place in group.places
            if place in urls
        )
        if links:
            yield group.label, links


@cache
def _addresses(prefix: str) -> dict[str, str]:
    """Of all places by name, below the prefix that the product is served under: asked for once, not for each page."""
    places = [place for group in GROUPS for place in group.places]
    return {name: reverse(name) for place in places for name in (place.url_name, place.within) if name}


def current_url(path: str, urls: list[str]) -> str:
    """The place that a path belongs to: the longest address it starts with. The root is the place of itself only."""
    return max((url for url in urls if path == url or (url != "/" and path.startswith(url))), key=len, default="")
