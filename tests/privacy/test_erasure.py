"""The job that erases: exactly once however often it is killed, and once more after a restore."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from psycopg import sql

from accounts.visibility import EVERYTHING
from customers.filters import apply, parse
from customers.filters.saved import save_filter
from customers.merging.actions import merge_customers
from customers.models import Customer, EmailAddress, Merge, Order, PhoneNumber
from jobs import leases
from jobs.actions import enqueue
from jobs.context import JobContext
from jobs.execution import run_job
from jobs.heartbeat import Heartbeat
from jobs.models import Job
from privacy import erasing, finishing, packages, retention, tombstones
from privacy.erasing import request_erasure
from privacy.models import ErasureRequest, Tombstone
from privacy.rows import CannotBeBlank, about_customers, blanked
from protection import suppression
from protection.audit.models import Change
from protection.classification import Rows
from protection.erasure import Person, Step, registry
from reports.models import Dashboard, Report, Subscription
from tests.factories import create_customer, create_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> Customer:
    return create_customer("Ada Lovelace", email="ada@example.org", orders=2)


def filed() -> list[dict]:
    return [json.loads(line) for line in tombstones.path().read_text().splitlines()]


def attempt(request: ErasureRequest) -> JobContext:
    """A new attempt at the job, after the one before was lost."""
    assert request.job_id is not None
    Job.objects.filter(pk=request.job_id).update(status="queued")
    job = leases.claim(request.job_id)
    assert job is not None
    return JobContext(job, Heartbeat(job))


@pytest.mark.parametrize("known", [each for each in about_customers() if each.rows is not Rows.DELETE], ids=str)
def test_what_is_to_be_blank_can_be(known):
    try:
        blanked(known, 1)
    except CannotBeBlank as error:
        pytest.fail(str(error))


def test_an_erasure_with_no_snapshot_is_done_at_once(ada, erase):
    request = erase(ada)
    assert request.status == ErasureRequest.Status.DONE
    ada.refresh_from_db()
    assert ada.name == f"Erased customer {ada.pk}"
    assert ada.deleted_at is not None
    assert list(Order.objects.values_list("customer", flat=True)) == [None, None]
    assert request.counts["customers.EmailAddress"] == 1
    assert [line["customer_id"] for line in filed()] == [ada.pk]


def test_deleted_and_archived_customers_are_erased_too(erase):
    deleted = create_customer("Gone", email="gone@example.org", deleted_at=timezone.now())
    archived = create_customer("Stored", archived_at=timezone.now())
    for customer in (deleted, archived):
        assert erase(customer).status == ErasureRequest.Status.DONE
    assert not EmailAddress.objects.exists()
    assert not Customer.objects.filter(name__in=["Gone", "Stored"]).exists()


def test_killed_inside_of_the_transaction_it_has_erased_nothing(ada, monkeypatch):
    def die(person: Person) -> int:
        raise SystemExit

    request = request_erasure(customer=ada)
    monkeypatch.setattr(registry, "steps", [*registry.steps, Step("dies", erase=die)])
    with pytest.raises(SystemExit):
        erasing.run(attempt(request))
    assert EmailAddress.objects.filter(customer=ada).exists()
    assert not Tombstone.objects.exists()
    assert suppression.size() == 0
    assert not tombstones.path().exists()


@pytest.mark.parametrize("step", ["file", "remove_files_of", "finish"])
def test_killed_after_the_transaction_it_goes_on_and_does_nothing_twice(ada, monkeypatch, step):
    def die(*args: object) -> None:
        raise SystemExit

    request = request_erasure(customer=ada)
    of = {"file": tombstones, "remove_files_of": packages, "finish": finishing}[step]
    with monkeypatch.context() as killing:
        killing.setattr(of, step, die)
        with pytest.raises(SystemExit):
            erasing.run(attempt(request))
    request.refresh_from_db()
    erased_at, counts = request.erased_at, request.counts
    assert erased_at is not None
    erasing.run(attempt(request))
    erasing.run(attempt(request))
    request.refresh_from_db()
    assert (request.erased_at, request.counts, request.status) == (erased_at, counts, ErasureRequest.Status.DONE)
    assert len(filed()) == Tombstone.objects.count() == 1


def test_a_lost_attempt_erases_nothing(ada):
    request = request_erasure(customer=ada)
    lost, _current = attempt(request), attempt(request)
    with pytest.raises(BaseException, match="no longer the current one"):
        erasing.run(lost)
    assert EmailAddress.objects.filter(customer=ada).exists()


def test_a_line_that_a_crash_cut_short_spoils_no_other(ada, erase):
    tombstones.path().parent.mkdir(parents=True)
    tombstones.path().write_text('{"customer_id": 1')
    erase(ada)
    assert [line.customer_id for line in tombstones.lines()] == [ada.pk]
    assert "privacy.W002" in warnings()


# --- after a restore --------------------------------------------------------------------------------------------------


class Backup:
    """What some tables held, put back later: a restore, as far as one customer is concerned."""

    TABLES = ("customers_customer", "customers_emailaddress", "customers_order")
    FORGOTTEN = (
        "privacy_erasurerequest",
        "privacy_tombstone",
        "protection_suppressedidentity",
        "protection_suppressionkey",
    )

    def __init__(self) -> None:
        self._rows = {table: list(self._read(table)) for table in self.TABLES}

    def _read(self, table: str) -> Iterator[str]:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("SELECT to_jsonb(t)::text FROM {} t").format(sql.Identifier(table)))
            yield from (row for (row,) in cursor.fetchall())

    def restore(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            for table in (*self.FORGOTTEN, *self.TABLES):
                cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
            for table, rows in self._rows.items():
                columns = self._columns(table)
                for row in rows:
                    cursor.execute(
                        sql.SQL(
                            "INSERT INTO {table} ({columns}) SELECT {columns}"
                            " FROM jsonb_populate_record(NULL::{table}, %s::jsonb)"
                        ).format(table=sql.Identifier(table), columns=columns),
                        [row],
                    )
            cursor.execute("SET session_replication_role = DEFAULT")

    def _columns(self, table: str) -> sql.Composed:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
                " AND NOT attisdropped AND attgenerated = ''",
                [table],
            )
            return sql.SQL(", ").join(sql.Identifier(name) for (name,) in cursor.fetchall())


def warnings() -> list[str]:
    return [found.id or "" for found in run_checks(tags=["database"], databases=["default"])]


def test_a_restored_backup_is_told_whom_to_erase_again(ada, erase, capsys):
    backup = Backup()
    erase(ada)
    newcomer = create_customer("Newcomer", email="new@example.org")
    erase(newcomer)
    assert "privacy.W001" not in warnings()
    backup.restore()
    assert Customer.objects.get(pk=ada.pk).name == "Ada Lovelace"
    assert EmailAddress.objects.get().email == "ada@example.org"
    assert "privacy.W001" in warnings()
    call_command("replay_erasures")
    assert "2 erasures were unknown to this database; 1 customers were back" in capsys.readouterr().out
    assert Customer.objects.get(pk=ada.pk).name == f"Erased customer {ada.pk}"
    assert not EmailAddress.objects.exists()
    assert "privacy.W001" not in warnings()
    # The list is whole again, with the one who was not in the backup, whose number nobody gets.
    assert len(suppression.suppressed([suppression.email(f"{who}@example.org") for who in ("ada", "new", "eve")])) == 2
    assert create_customer("Later").pk > newcomer.pk
    call_command("replay_erasures")
    assert "0 erasures were unknown" in capsys.readouterr().out


def test_another_customer_with_the_number_is_left_alone(ada, erase):
    backup = Backup()
    newcomer = create_customer("Newcomer")
    erase(newcomer)
    backup.restore()
    other = create_customer("Somebody else", pk=newcomer.pk)
    call_command("replay_erasures")
    assert Customer.objects.get(pk=other.pk).name == "Somebody else"
    assert tombstones.unreplayed() == []


def test_questions_that_people_kept_name_nobody_who_is_erased(ada, erase):
    """And find nobody else in their stead."""
    PhoneNumber.objects.create(customer=ada, number="+49 170 5550123", digits="491705550123")
    bob = create_customer("Bob", email="bob@example.org")
    owner = create_user()
    who = {
        "or": [
            {"field": "email", "op": "is", "value": "ADA@example.org"},
            {"field": "name", "op": "is", "value": "bob"},
        ]
    }
    view = save_filter(owner=owner, name="About Ada Lovelace", expression=who, layout={"search": "ada lovelace"})
    others = save_filter(owner=owner, name="Fair", expression={"field": "source", "op": "is", "value": "bob"})
    asked = {"measure": "orders", "among": "phone = 0170-5550123 or source = web", "filter": json.dumps(who)}
    report = Report.objects.create(owner=owner, name="Theirs", question=asked)
    board = Dashboard.objects.create(owner=owner, name="Board", filter={"among": 'email = "ada@example.org"'})
    by_mail = Subscription.objects.create(user=owner, page="customers", scope=dict(board.filter), origin="https://crm")
    for customer in (ada, bob):
        erase(customer)
    for row in (view, others, report, board, by_mail):
        row.refresh_from_db()
    kept = json.dumps([view.name, view.expression, view.layout, report.question, board.filter, by_mail.scope]).lower()
    assert [term for term in ("ada", "lovelace", "bob", "5550123") if term in kept] == []
    assert apply(Customer.objects.all(), parse(view.expression), sight=EVERYTHING).count() == 0
    assert report.question["among"] == "phone = ••• or source = web"
    assert others.expression["value"] == "bob"  # a word that is spelt as a short name is
    lines = Change.objects.filter(table_name="customers_savedfilter").values_list("changes", flat=True)
    assert "Lovelace" not in json.dumps(list(lines))


def test_what_its_own_job_could_not_end_another_one_does(ada):
    request = request_erasure(customer=ada)
    with attempt(request).fenced():
        erasing.erase(request)
    assert not tombstones.path().exists()
    job = run_job(enqueue(kind="finish_erasures", params={}).pk)
    assert job.result == {"finished": 1, "open": 0}
    assert [line["customer_id"] for line in filed()] == [ada.pk]


def test_whoever_was_merged_is_erased_as_one(ada):
    """Whichever of the records is asked for; and nothing of the absorbed one is found in anything afterwards."""
    double = create_customer("Augusta Byron", email="augusta@example.org", birth_date="1990-05-17")
    EmailAddress.objects.create(customer=double, email="ADA@example.org")
    manager = create_user("manager")
    merge_customers(survivor_id=ada.pk, absorbed_ids=[double.pk], picks={"birth_date": double.pk}, by=manager)
    Customer.objects.filter(pk=double.pk).update(deleted_at=timezone.now() - dt.timedelta(days=400))
    assert retention.COUNT["deleted_customers"](timezone.now()).count() == 0, "it leads to the survivor"
    request = request_erasure(customer=double)
    assert request.job_id is not None
    run_job(request.job_id)
    assert {line["customer_id"] for line in filed()} == {ada.pk, double.pk}
    assert not EmailAddress.objects.exists()
    assert not Merge.objects.exists()
    assert not Customer.objects.filter(birth_date__isnull=False).exists()
    assert not Customer.objects.filter(name__in=["Ada Lovelace", "Augusta Byron"]).exists()
    known = [suppression.email(each) for each in ("ada@example.org", "augusta@example.org")]
    assert suppression.suppressed(known) == set(known)
