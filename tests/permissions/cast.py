"""The world that the matrix is tried in, and the one person in it who plays every actor."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessRule, Confidential, Team, User
from analytics.models import Run
from analytics.rule_segments import define
from api.models import Token, Webhook
from customers.filters.saved import save_filter
from customers.models import BulkChange, Customer, CustomField, DuplicatePair, Merge, Order
from imports.exporting import actions as exporting
from imports.models import Export
from jobs.models import Job, Schedule
from notifications.models import Notification
from privacy import packages
from privacy.models import DataPackage
from reports.catalog import CHARTS
from reports.models import Dashboard, DashboardCard, Report, Subscription
from tests.factories import (
    create_customer,
    create_file,
    create_interaction,
    create_order,
    create_product,
    create_task,
    create_team,
    create_user,
)
from tests.permissions.rules import NOBODYS, OTHER, OWN, TEAM, WHOSE, Actor, Answer, Entry

# What a login and its session write is no effect of the page.
SESSION_TABLES = ("accounts_usersession", "django_session")


@dataclass
class World:
    """Objects for the arguments of the URLs. Without one a URL is tried once, with "customer" once for each owner."""

    me: User
    customers: dict[str, Customer]
    arguments: dict[str, object]
    teams: dict[str, Team] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    # By the name of the argument and whose customer it is about.
    about: dict[str, dict[str, int]] = field(default_factory=dict)
    # The cookie of `me`, who has logged in once: who plays an actor gets another role, and the session is the same.
    session: str = ""

    @classmethod
    def create(cls) -> World:
        north, south = create_team("North"), create_team("South")
        me, colleague, stranger = (create_user(team=team) for team in (north, north, south))
        born: dict[str, Any] = {"birth_date": dt.date(1990, 5, 17)}
        customers = {
            OWN: create_customer("Ada", owner=me, team=north, **born),
            TEAM: create_customer("Bea", owner=colleague, team=north, **born),
            OTHER: create_customer("Cleo", owner=stranger, team=south, **born),
            NOBODYS: create_customer("Dora", **born),
        }
        report = Report.objects.create(owner=stranger, name="Theirs", sharing="everybody")
        failed = {"status": "failed", "finished_at": timezone.now()}
        arguments = {
            "interaction_kind": "note",
            "notification": Notification.objects.create(recipient=me, kind="none").pk,
            "job": Job.objects.create(kind="recompute", params_hash="a").pk,
            "failed_job": Job.objects.create(kind="recompute", params_hash="b", **failed).pk,
            "run": Run.objects.create(analysis="rfm", as_of="2026-06-01", status="failed", error="nothing to do").pk,
            "bulk_change": BulkChange.objects.create(
                by=me, target="archive", value="2026-06-01T00:00:00Z", changed=1
            ).pk,
            "column": "source",
            "export": export_of(me).pk,
            "data_package": data_package(customers[OWN], me).pk,
            "token": token_of(colleague).pk,
            "webhook": Webhook.objects.create(
                name="Shop", url="https://shop.invalid/", occasions=["run.published"], secret="s"
            ).pk,
            "segment": define(
                owner=stranger,
                name="Theirs",
                expression={"field": "lifecycle", "op": "is", "value": "lead"},
                sharing="everybody",
            ).pk,
            "view": save_filter(owner=stranger, name="Theirs", expression={"and": []}, sharing="everybody").pk,
            "report": report.pk,
            "subscription": Subscription.objects.create(user=me, report=report, origin="https://crm.example.org").pk,
            "dashboard": (board := Dashboard.objects.create(owner=stranger, name="Theirs", sharing="everybody")).pk,
            "left_dashboard": Dashboard.objects.create(name="Left").pk,
            "card": DashboardCard.objects.create(dashboard=board, position=0, chart="segments").pk,
            "schedule": Schedule.objects.create(kind="recompute", at_time="02:30").pk,
            "chart": CHARTS[0].key,
            "report_subject": "transactions",
            "file_format": "csv",
            "analysis": "churn",
            "pair": DuplicatePair.objects.create(first=customers[OWN], second=customers[NOBODYS], score=0.9).pk,
            "merge": merge_of(customers[OWN]).pk,
            "user": colleague.pk,
            "field": "name",
            "team": create_team("Empty").pk,
            "role": "viewer",
            "user_in_base36": "1",
            "link_key": "no-such-key",
            "product": create_product("Flask").pk,
            "custom_field": CustomField.objects.create(key="visits", label="Visits", kind="number").pk,
        }
        orders = {whose: create_order(customer) for whose, customer in customers.items()}
        teams = {"north": north, "south": south}
        return cls(me, customers, arguments, teams, orders, work_of(me, customers), session_of(me))

    def owners(self, entry: Entry) -> tuple[str, ...]:
        return WHOSE if {"customer", "order", *self.about} & set(entry.of) else (OWN,)

    def known(self, whose: str = OWN) -> dict[str, object]:
        written = {name: by_owner[whose] for name, by_owner in self.about.items()}
        return {**self.arguments, **written, "customer": self.customers[whose].pk, "order": self.orders[whose].pk}

    def path(self, name: str, entry: Entry, whose: str = OWN) -> str:
        known = self.known(whose)
        return reverse(name, args=[known[each] for each in entry.of])

    def request(self, client: Client, name: str, entry: Entry, method: str, whose: str = OWN) -> HttpResponseBase:
        data = {key: value.format(**self.known(whose)) for key, value in entry.data}
        path = self.path(name, entry, whose)
        if method in {"GET", "POST"}:
            return getattr(client, method.lower())(path, data)
        return client.generic(method, path)


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def merge_of(survivor: Customer) -> Merge:
    """One that took in a record of the same owner."""
    now = timezone.now()
    absorbed = create_customer("Ada", owner=survivor.owner, team=survivor.team, deleted_at=now, merged_into=survivor)
    return Merge.objects.create(survivor=survivor, absorbed_ids=[absorbed.pk], merged_at=now)


def work_of(user: User, customers: dict[str, Customer]) -> dict[str, dict[str, int]]:
    """What the user wrote about each customer."""
    files = {whose: create_file(customer, author=user) for whose, customer in customers.items()}
    return {
        "interaction": {whose: create_interaction(customer, author=user).pk for whose, customer in customers.items()},
        "task": {whose: create_task(customer, owner=user).pk for whose, customer in customers.items()},
        "file": {whose: file.pk for whose, file in files.items()},
    }


def token_of(user: User) -> Token:
    expires_at = timezone.now() + dt.timedelta(days=1)
    return Token.issue(user=user, name="theirs", scopes=["read"], expires_at=expires_at)[0]


def export_of(user: User) -> Export:
    """One that is ready, with a file."""
    (exporting.folder() / "made.csv").write_text("")
    until = timezone.now() + dt.timedelta(days=1)
    return Export.objects.create(by=user, file_format="csv", file_name="made.csv", expires_at=until)


def data_package(customer: Customer, by: User) -> DataPackage:
    """One that is ready, with a file."""
    (packages.folder() / "made.zip").write_bytes(b"PK")
    until = timezone.now() + dt.timedelta(days=1)
    return DataPackage.objects.create(customer=customer, requested_by=by, file_name="made.zip", expires_at=until)


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written inside is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def playing(actor: Actor, world: World) -> Iterator[Client]:
    """A client in which the one person of the world has come in as the actor."""
    cache.clear()  # the limits on tries count there
    with undone():
        client = Client()
        if actor.role:
            User.objects.filter(pk=world.me.pk).update(role=actor.role)
            if not actor.is_default:
                AccessRule.objects.create(
                    role=actor.role,
                    sees=actor.sees,
                    edits=actor.edits,
                    masked=list(Confidential),
                    may_unmask=actor.may_unmask,
                    may_export=actor.may_export,
                )
            client.cookies[settings.SESSION_COOKIE_NAME] = world.session
        yield client


def rows_written() -> int:
    """How many rows this transaction has written so far, in any table; PostgreSQL counts them itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_xact_user_tables"
            " WHERE relname <> ALL (%s)",
            [list(SESSION_TABLES)],
        )
        return int(cursor.fetchone()[0])


def fingerprint() -> list[tuple[str, int, str | None]]:
    """(table, rows, digest) of each table: dearer than `rows_written`, but what was taken back does not count."""
    tables = [model._meta.db_table for model in apps.get_models() if model._meta.managed]
    parts = [
        f"SELECT '{table}', count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t"
        for table in tables
        if table not in {*SESSION_TABLES, "accounts_user"}
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return sorted(cursor.fetchall())


def answer_of(response: HttpResponseBase) -> Answer | str:
    status, address = response.status_code, response.headers.get("Location", "")
    if status == 302 and address.startswith(reverse("accounts:login")):
        return Answer.LOGIN
    if status in {403, 404}:
        return Answer(str(status))
    return Answer.IN if status < 400 or status in {400, 409, 422} else str(status)
