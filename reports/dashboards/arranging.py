"""Arranging the cards of a dashboard. Every change says on which version it was made, so that two people who arrange
the same one do not undo each other without a word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from reports.models import Dashboard, DashboardCard

# More nobody looks at; each one of a saved report is a question to the facts.
MOST_CARDS = 24


@dataclass(frozen=True)
class NewCard:
    """What a card shows, before it is on a dashboard."""

    chart: str = ""
    report_id: int | None = None
    is_wide: bool = False


class StaleDashboard(Exception):
    """Somebody else has changed it since; `current` is what they left."""

    def __init__(self, current: Dashboard) -> None:
        super().__init__(f"dashboard {current.pk} is at version {current.version} by now")
        self.current = current


class TooManyCards(ValueError):
    """The dashboard is full; the message says so in the reader's language."""


@transaction.atomic
def create(*, owner: User, cards: Iterable[NewCard] = (), **fields: Any) -> Dashboard:
    """Raises IntegrityError for a name that is taken."""
    made: Dashboard = Dashboard.objects.create(owner=owner, **fields)
    DashboardCard.objects.bulk_create([_placed(card, made, place) for place, card in enumerate(cards)])
    return made


def _placed(card: NewCard, dashboard: Dashboard, place: int) -> DashboardCard:
    shows = {"chart": card.chart, "report_id": card.report_id, "is_wide": card.is_wide}
    return DashboardCard(dashboard=dashboard, position=place, **shows)


@contextmanager
def changing(dashboard: Dashboard, *, version: int) -> Iterator[Dashboard]:
    """The dashboard as it stands, locked, to be saved with the next version. Raises StaleDashboard."""
    with transaction.atomic():
        current = Dashboard.objects.select_for_update().get(pk=dashboard.pk)
        if current.version != version:
            raise StaleDashboard(current)
        yield current
        current.version = version + 1
        current.save()


def change(dashboard: Dashboard, *, version: int, cards: Sequence[NewCard] | None = None, **changes: Any) -> Dashboard:
    """Name, sharing or filter; and where cards are named, these and no others in this order, each at most once. Raises
    StaleDashboard, and IntegrityError for a name that is taken."""
    with changing(dashboard, version=version) as current:
        for name, value in changes.items():
            setattr(current, name, value)
        if cards is not None:
            _replace(current, cards)
    return current


def _replace(dashboard: Dashboard, cards: Sequence[NewCard]) -> None:
    """Those that stand there already stay themselves."""
    present = {(card.chart, card.report_id): card for card in dashboard.cards.all()}
    wanted = {(card.chart, card.report_id): (place, card) for place, card in enumerate(cards)}
    dashboard.cards.filter(pk__in=[card.pk for shows, card in present.items() if shows not in wanted]).delete()
    for shows, (place, card) in wanted.items():
        if shows in present:
            dashboard.cards.filter(pk=present[shows].pk).update(position=place, is_wide=card.is_wide)
    DashboardCard.objects.bulk_create(
        [_placed(card, dashboard, place) for shows, (place, card) in wanted.items() if shows not in present]
    )


def add_card(dashboard: Dashboard, *, version: int, new: NewCard) -> None:
    """As the last one; what is there already stays where it is. Raises StaleDashboard and TooManyCards."""
    with changing(dashboard, version=version) as current:
        cards = list(current.cards.all())
        if any((card.chart, card.report_id) == (new.chart, new.report_id) for card in cards):
            return
        if len(cards) >= MOST_CARDS:
            raise TooManyCards(_("A dashboard holds up to %(most)s cards. Remove one first.") % {"most": MOST_CARDS})
        place = cards[-1].position + 1 if cards else 0
        DashboardCard.objects.create(dashboard=current, position=place, chart=new.chart, report_id=new.report_id)


def remove_card(dashboard: Dashboard, *, version: int, pk: int) -> None:
    with changing(dashboard, version=version) as current:
        current.cards.filter(pk=pk).delete()


def widen_card(dashboard: Dashboard, *, version: int, pk: int, is_wide: bool) -> None:
    with changing(dashboard, version=version) as current:
        current.cards.filter(pk=pk).update(is_wide=is_wide)


def move_card(dashboard: Dashboard, *, version: int, pk: int, by: int) -> None:
    """So many places towards the end, or towards the beginning where it is negative."""
    with changing(dashboard, version=version) as current:
        cards = list(current.cards.all())
        place = next((place for place, card in enumerate(cards) if card.pk == pk), None)
        if place is not None:
            _put(cards, cards[place], place + by)


def place_card(dashboard: Dashboard, *, version: int, pk: int, place: int) -> None:
    """To a place counted from 0; a place beyond the ends is the end."""
    with changing(dashboard, version=version) as current:
        cards = list(current.cards.all())
        moved = next((card for card in cards if card.pk == pk), None)
        if moved is not None:
            _put(cards, moved, place)


def _put(cards: list[DashboardCard], moved: DashboardCard, place: int) -> None:
    cards.remove(moved)
    cards.insert(max(0, place), moved)
    for position, card in enumerate(cards):
        if card.position != position:
            DashboardCard.objects.filter(pk=card.pk).update(position=position)
