"""The kept day of contact: it agrees with the rows, whatever is written, and nobody waits for another to keep it."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.models import Model
from django.utils import timezone

from accounts.models import Role
from accounts.visibility import EVERYTHING
from customers.filters import apply, parse
from customers.filters.conditions import contact_sources
from customers.models import ContactDay, Customer, Event, Interaction, Order
from tests.customers.merges import merge_two, undo_last_merge
from tests.factories import create_customer, create_event, create_interaction, create_order, create_user

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 6, 30)
DEEDS, SEEDS = 60, 3


def last_days_of_contact() -> dict[int, dt.date | None]:
    """Of each customer, asked of the rows alone."""
    found: dict[int, dt.date | None] = dict.fromkeys(Customer.objects.values_list("pk", flat=True))
    for source in contact_sources:
        for pk, day in source.rows().filter(customer__isnull=False).values_list("customer", source.day):
            found[pk] = max(found[pk] or day, day)
    return found


def silent_for(days: int, today: dt.date) -> set[int]:
    found = apply(Customer.objects.live(), parse({"no_contact_for": {"days": days}}), sight=EVERYTHING, today=today)
    return set(found.values_list("pk", flat=True))


def silent_by_the_rows(days: int, today: dt.date) -> set[int]:
    silent = set(Customer.objects.live().values_list("pk", flat=True))
    for source in contact_sources:
        recent = {f"{source.day}__gt": today - dt.timedelta(days=days), f"{source.day}__lte": today}
        silent -= set(source.rows().filter(**recent).values_list("customer", flat=True))
    return silent


class Life:
    """Customers to whom anything happens, as the seed has it."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.manager = create_user(Role.MANAGER)
        self.customers = [create_customer() for _ in range(5)]

    def deeds(self) -> list[Callable[[], Any]]:
        one_of, some = self.rng.choice, self.some
        return [
            lambda: create_order(self.whoever(), on=self.day(), kind=one_of(Order.Kind.values)),
            lambda: create_event(self.whoever(), on=self.day()),
            lambda: create_interaction(one_of(self.customers), one_of(["note", "call", "email"]), at=self.moment()),
            lambda: some(Order).update(kind=one_of(Order.Kind.values), customer=self.whoever()),
            lambda: some(Event).update(**self.moved("occurred")),
            lambda: some(Interaction).update(**self.moved("happened")),
            lambda: some(Interaction.objects.filter(kind="call")).update(outcome=one_of(["reached", "no_answer"])),
            lambda: some(Interaction).update(deleted_at=one_of([None, timezone.now()])),
            lambda: [some(each).delete() for each in (Order, Event, Interaction)],
            self.load,
            self.merge,
            self.undo,
        ]

    def live(self) -> None:
        self.rng.choice(self.deeds())()

    def whoever(self) -> Customer | None:
        return self.rng.choice([None, *self.customers])

    def day(self) -> dt.date:
        return TODAY - dt.timedelta(days=self.rng.randrange(-5, 40))

    def moment(self) -> dt.datetime:
        return dt.datetime.combine(self.day(), dt.time(9), dt.UTC)

    def moved(self, name: str) -> dict[str, Any]:
        moment = self.moment()
        return {f"{name}_at": moment, f"{name}_date": moment.date()}

    def some(self, rows: Any) -> Any:
        found = rows._default_manager.all() if isinstance(rows, type) and issubclass(rows, Model) else rows
        ids = list(found.order_by("pk").values_list("pk", flat=True))
        return found.filter(pk__in=self.rng.sample(ids, len(ids) // 2))

    def load(self) -> None:
        """Many at once, as an import and `\\copy` write them."""
        columns = "kind, customer_id, occurred_at, occurred_date, text, source, external_id"
        with connection.cursor() as cursor, cursor.copy(f"COPY customers_event ({columns}) FROM STDIN") as copy:
            for _ in range(4):
                customer, moment = self.whoever(), self.moment()
                copy.write_row(["visit", customer.pk if customer else None, moment, moment.date(), "", "", ""])

    def merge(self) -> None:
        merge_two(self.rng, by=self.manager)

    def undo(self) -> None:
        undo_last_merge(by=self.manager)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_kept_day_is_that_of_the_last_contact_whatever_happens(seed):
    life, sizes = Life(seed), set()
    for number in range(DEEDS):
        life.live()
        assert dict(ContactDay.objects.values_list("customer", "day")) == last_days_of_contact()
        days, today = life.rng.choice([1, 7, 30, 400]), TODAY - dt.timedelta(days=20 * (number % 2))
        silent = silent_for(days, today)
        assert silent == silent_by_the_rows(days, today)
        sizes.add(len(silent))
    assert len(sizes) > 3, "the question tells customers apart"


def test_an_emptied_table_proves_no_contact():
    regular = create_customer()
    create_event(regular, on=TODAY)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE customers_event CASCADE")
    assert silent_for(30, TODAY) == {regular.pk}


def write(link: psycopg.Connection, customer: Customer, day: dt.date) -> None:
    link.execute(
        "INSERT INTO customers_event (kind, customer_id, occurred_at, occurred_date, text, source, external_id)"
        " VALUES ('visit', %s, %s, %s, '', '', '')",
        [customer.pk, day, day],
    )


@pytest.mark.django_db(transaction=True)
def test_who_notes_a_contact_waits_for_nobody_and_nothing_is_lost():
    """While a long import holds the day of a customer, another writes; then it fails, and the day that it kept goes."""
    customer, earlier, last = create_customer(), TODAY - dt.timedelta(days=20), TODAY - dt.timedelta(days=2)
    with psycopg.connect(**connection.get_connection_params()) as importing:
        write(importing, customer, TODAY)
        with psycopg.connect(**connection.get_connection_params()) as calling:
            calling.execute("SET lock_timeout = '2s'")
            write(calling, customer, last)
        importing.rollback()
    assert ContactDay.objects.get(customer=customer).day is None
    assert silent_for(2, TODAY) == {customer.pk}
    assert silent_for(3, TODAY) == set()
    create_order(customer, on=earlier)
    Event.objects.all().delete()
    assert silent_for(20, TODAY) == {customer.pk}
    assert silent_for(21, TODAY) == set()


@pytest.mark.django_db(transaction=True)
def test_a_day_that_somebody_else_is_deleting_is_not_kept():
    """Two delete the two last contacts at the same time: neither day may stay."""
    customer = create_customer()
    for days_ago in (9, 2, 1):
        create_event(customer, on=TODAY - dt.timedelta(days=days_ago))
    with psycopg.connect(**connection.get_connection_params()) as one:
        one.execute("DELETE FROM customers_event WHERE occurred_date = %s", [TODAY - dt.timedelta(days=2)])
        Event.objects.filter(occurred_date=TODAY - dt.timedelta(days=1)).delete()
        one.commit()
    assert ContactDay.objects.get(customer=customer).day == TODAY - dt.timedelta(days=9)
    assert silent_for(9, TODAY) == {customer.pk}
