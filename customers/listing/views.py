"""The views that a person has of the list: their tabs, the one they look at, and who may change it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.visibility import Sight
from core.numbers import whole_number
from customers.filters import EVERYBODY, as_json, parse_text
from customers.listing.state import canonical_filter, filter_text
from customers.models import PinnedView, SavedFilter
from customers.models.filter import own_or_shared


class Views:
    """What one person has; the tabs are one query, a view that is none of them one more."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight

    @cached_property
    def pins(self) -> list[PinnedView]:
        available = SavedFilter.objects.available_to(self._sight).views()
        mine = PinnedView.objects.filter(user=self._sight.user_id, view__in=available)
        return list(mine.select_related("view"))

    @property
    def default(self) -> SavedFilter | None:
        return next((pin.view for pin in self.pins if pin.is_default), None)

    def find(self, key: str) -> SavedFilter | None:
        if not (pk := whole_number(key)):
            return None
        pinned = next((pin.view for pin in self.pins if pin.view_id == pk), None)
        return pinned or SavedFilter.objects.available_to(self._sight).views().filter(pk=pk).first()


def said_by(view: SavedFilter) -> dict[str, str]:
    """What the view asks for, as an address would say it. A filter that cannot be read stays, to say so."""
    return {**view.layout, "filter": canonical_filter(filter_text(view.expression)) if view.expression else ""}


def parts_of(values: Mapping[str, str]) -> dict[str, Any]:
    """Expression and layout of a view that asks for this. Raises FilterError."""
    expression = as_json(parse_text(values["filter"]) if values.get("filter") else EVERYBODY)
    return {"expression": expression, "layout": {key: text for key, text in values.items() if key != "filter"}}


# --- who may ----------------------------------------------------------------------------------------------------------


def may_change(user: User, view: SavedFilter) -> bool:
    """Its owner, and an admin what is shared."""
    return view.owner_id == user.pk or (user.is_admin and view.is_shared)


def available_view(user: User, pk: int, *, or_deleted: bool = False) -> SavedFilter:
    """One that is there for this person; 404 to others."""
    those = SavedFilter.objects.views().filter(own_or_shared(user.sight))
    found: SavedFilter = get_object_or_404(those if or_deleted else those.living(), pk=pk)
    return found


def changeable_view(user: User, pk: int, *, or_deleted: bool = False) -> SavedFilter:
    view = available_view(user, pk, or_deleted=or_deleted)
    if not may_change(user, view):
        raise PermissionDenied(_("This view belongs to somebody else. Save it under a name of your own."))
    return view


# --- tabs -------------------------------------------------------------------------------------------------------------


def pin(view: SavedFilter, *, user: User) -> PinnedView:
    """As the last of the person's tabs; a second time changes nothing."""
    last = PinnedView.objects.filter(user=user).aggregate(last=Max("position"))["last"]
    pinned, _made = PinnedView.objects.get_or_create(
        user=user, view=view, defaults={"position": 0 if last is None else last + 1}
    )
    return pinned


def unpin(view: SavedFilter, *, user: User) -> None:
    PinnedView.objects.filter(user=user, view=view).delete()


def open_first(view: SavedFilter, *, user: User, is_default: bool) -> None:
    """Open it for whoever asks for the list and nothing else."""
    with transaction.atomic():
        PinnedView.objects.filter(user=user, is_default=True).update(is_default=False)
        if is_default:
            pin(view, user=user)
            PinnedView.objects.filter(user=user, view=view).update(is_default=True)


def move(view: SavedFilter, *, user: User, by: int) -> None:
    """One place to the left (-1) or to the right (1) among the person's tabs."""
    with transaction.atomic():
        pins = list(PinnedView.objects.select_for_update().filter(user=user).order_by("position", "pk"))
        available = SavedFilter.objects.available_to(user.sight).filter(pins__user=user)
        shown = set(available.values_list("pk", flat=True))
        # Those that are deleted, or shared with the person no more, keep their places unseen.
        places = [place for place, each in enumerate(pins) if each.view_id in shown]
        at = next((at for at, place in enumerate(places) if pins[place].view_id == view.pk), None)
        if at is None:
            return
        pins.insert(places[min(max(0, at + by), len(places) - 1)], pins.pop(places[at]))
        _number(pins)


def _number(pins: Iterable[PinnedView]) -> None:
    for position, each in enumerate(pins):
        if each.position != position:
            PinnedView.objects.filter(pk=each.pk).update(position=position)
