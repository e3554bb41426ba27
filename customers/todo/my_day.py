"""What somebody should see first in the morning. Each list is short, and leads to the whole."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Greatest
from django.urls import reverse

from accounts.models import User
from accounts.visibility import NONE
from core.dates import day_of, in_zone
from core.models import OrganisationSettings
from customers.extensions import CustomersOfTheDay, DayList, registry
from customers.filters.compiling import apply
from customers.filters.conditions import NoContactFor, contact_sources
from customers.filters.parsing import as_json
from customers.models import Customer, Interaction, Task
from customers.querysets import CustomerQuerySet

SHOWN = 8
# Of so many customers of somebody, by name, the follow-ups are found: a book of a hundred thousand is not gone through.
CANDIDATES = 1000
SILENCES = (14, 30, 90)
USUAL_SILENCE = 30

Row = TypeVar("Row")


@dataclass(frozen=True)
class Bounded(Generic[Row]):
    rows: Sequence[Row]
    has_more: bool
    all_url: str

    @classmethod
    def of(cls, found: Sequence[Row], all_url: str) -> Bounded[Row]:
        """`found` has one more than is shown where there are more."""
        return cls(found[:SHOWN], len(found) > SHOWN, all_url)


@dataclass(frozen=True)
class MyDay:
    overdue: Bounded[Task]
    today: Bounded[Task]
    meetings: Bounded[Interaction]
    follow_ups: Bounded[Customer]
    owns_nobody: bool
    lists: Sequence[tuple[DayList, CustomersOfTheDay]]
    silence: int
    may_write: bool

    @classmethod
    def of(cls, user: User, *, silence: int, now: dt.datetime, zone: dt.tzinfo) -> MyDay:
        morning = in_zone(dt.datetime.combine(now.astimezone(zone).date(), dt.time()), zone)
        # The end of the day belongs to it: a task of today without a time is due then.
        night = in_zone(dt.datetime.combine(now.astimezone(zone).date() + dt.timedelta(days=1), dt.time()), zone)
        mine = Task.objects.visible_to(user.sight).still_open().filter(owner=user).select_related("customer", "owner")
        tasks = reverse("todo:list")
        silent = follow_ups(user, silence=silence, now=now)
        found = [(each, each.customers(user, SHOWN)) for each in registry.day_lists]
        return cls(
            overdue=Bounded.of(_first(mine.due_before(now)), f"{tasks}?which=overdue"),
            today=Bounded.of(_first(mine.filter(due_at__gte=now, due_at__lte=night)), tasks),
            meetings=Bounded.of(list(_meetings(user, morning, night)[: SHOWN + 1]), ""),
            follow_ups=Bounded.of(silent, _all_silent(user, silence)),
            owns_nobody=not silent and not Customer.objects.live().filter(owner=user).exists(),
            lists=[(each, customers) for each, customers in found if customers is not None],
            silence=silence,
            may_write=user.sight.edits != NONE,
        )


def _first(tasks: Any) -> list[Task]:
    return list(tasks.order_by("due_at", "id")[: SHOWN + 1])


def _meetings(user: User, morning: dt.datetime, night: dt.datetime) -> QuerySet[Interaction]:
    attending = Interaction.attendees.through._default_manager.filter(interaction=OuterRef("pk"), user=user)
    meetings: QuerySet[Interaction] = (
        Interaction.objects.visible_to(user.sight)
        .filter(kind=Interaction.Kind.MEETING, happened_at__gte=morning, happened_at__lt=night)
        .alias(is_attending=Subquery(attending.values("id")[:1]))
        .filter(Q(author=user) | Q(is_attending__isnull=False))
        .select_related("customer")
        .order_by("happened_at", "id")
    )
    return meetings


def follow_ups(user: User, *, silence: int, now: dt.datetime) -> list[Customer]:
    """Customers of theirs of whom nothing was heard for so many days, the latest to fall silent first; `last_contact`
    is None for those who never said a word, and they come last."""
    today = day_of(now, OrganisationSettings.current().zone)
    mine: CustomerQuerySet = Customer.objects.live().visible_to(user.sight).filter(owner=user)
    candidates = mine.order_by("sort_name", "id").values("pk")[:CANDIDATES]
    silent = apply(Customer.objects.filter(pk__in=candidates), NoContactFor(silence), sight=user.sight)
    contacts = [_latest(source, today) for source in contact_sources]
    return list(
        silent.annotate(last_contact=Greatest(*contacts)).order_by(F("last_contact").desc(nulls_last=True), "id")[
            : SHOWN + 1
        ]
    )


def _latest(source: Any, today: dt.date) -> Subquery:
    until_now = {f"{source.day}__lte": today}
    rows = source.rows().filter(customer=OuterRef("pk"), **until_now)
    return Subquery(rows.order_by(F(source.day).desc()).values(source.day)[:1])


def _all_silent(user: User, days: int) -> str:
    query = {"owner": user.pk, "filter": json.dumps(as_json(NoContactFor(days)))}
    return f"{reverse('customers:list')}?{urlencode(query)}"


def silence_asked(text: str) -> int:
    return int(text) if text in {str(each) for each in SILENCES} else USUAL_SILENCE
