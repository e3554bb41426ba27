"""`manage.py generate`: what it writes, and when it refuses."""

import datetime as dt
import hashlib
import io
import json
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from accounts.models import Role, Team, User
from core.models import OrganisationSettings
from customers.models import Customer, Event, Order, OrderLine, Tag
from imports.demo import plan as demo_plan
from imports.demo.generation import FILLED, generate
from imports.demo.plan import DemoPlan
from imports.demo.staff import DEMO_PASSWORD, LOGINS, create_staff

UNTIL = dt.date(2026, 11, 1)
BERLIN = ZoneInfo("Europe/Berlin")

pytestmark = pytest.mark.django_db


def small_plan(*, customers: int = 150, orders: int = 900, events: int = 1500, seed: int = 3) -> DemoPlan:
    return DemoPlan(customers=customers, orders=orders, events=events, seed=seed, until=UNTIL, zone=BERLIN)


def made(plan: DemoPlan, folder: Path) -> dict[str, int]:
    return generate(plan, truth_folder=folder, progress=lambda line: None)


def run_command(folder: Path, *arguments: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    small = ("--customers", "60", "--orders", "200", "--events", "300", "--until", UNTIL.isoformat())
    call_command("generate", *small, "--truth", str(folder), *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def query(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        rows: list[tuple[object, ...]] = cursor.fetchall()
    return rows


def digests() -> dict[str, str]:
    """Of the rows of each table, in the order of their ids."""
    found = {}
    with connection.cursor() as cursor:
        for table in (model._meta.db_table for model in FILLED):
            digest = hashlib.sha256()
            with cursor.copy(f"COPY (SELECT * FROM {table} ORDER BY id) TO STDOUT") as copy:
                for data in copy:
                    digest.update(data)
            found[table] = digest.hexdigest()
    return found


def schema() -> list[tuple[object, ...]]:
    return query(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace"
        " UNION SELECT tablename, indexname, indexdef, true FROM pg_indexes WHERE schemaname = 'public'"
        " ORDER BY 1, 2, 3"
    )


def rolled_back_digests(plan: DemoPlan, folder: Path) -> dict[str, str]:
    point = transaction.savepoint()
    made(plan, folder)
    found = digests()
    transaction.savepoint_rollback(point)
    return found


def test_the_same_plan_gives_the_same_rows_and_the_same_truth(tmp_path):
    create_staff()  # once: owners' ids come from a sequence, which no rollback turns back
    first, second = (rolled_back_digests(small_plan(), tmp_path / name) for name in ("one", "two"))
    assert first == second
    for name in ("truth.json", "customers.npz"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_another_seed_gives_other_customers(tmp_path):
    create_staff()
    one, other = (rolled_back_digests(small_plan(seed=seed), tmp_path) for seed in (1, 2))
    assert one["customers_customer"] != other["customers_customer"]
    assert one["customers_order"] != other["customers_order"]


@pytest.mark.parametrize(
    ("customers", "orders", "events"),
    [(1, 0, 0), (1, 40, 7), (3, 2, 5), (50, 30, 400), (40, 3000, 10), (200, 0, 900), (150, 900, 1500)],
)
def test_as_many_rows_as_asked_for(tmp_path, customers, orders, events):
    made(small_plan(customers=customers, orders=orders, events=events), tmp_path)
    assert (Customer.objects.count(), Order.objects.count(), Event.objects.count()) == (customers, orders, events)


def test_blocks_share_customers_orders_and_events_without_rest(monkeypatch):
    monkeypatch.setattr(demo_plan, "BLOCK_CUSTOMERS", 7)
    plan = small_plan(customers=45, orders=333, events=1001)
    blocks = list(plan.blocks())
    assert len(blocks) == 7
    assert sum(block.customers for block in blocks) == 45
    for before, block in pairwise(blocks):
        assert block.first_customer == before.first_customer + before.customers
        assert block.first_order == before.first_order + before.orders
        assert block.first_event == before.first_event + before.events
    assert blocks[-1].first_order + blocks[-1].orders - 1 == 333
    assert blocks[-1].first_event + blocks[-1].events - 1 == 1001


def test_several_blocks_make_one_database(tmp_path, monkeypatch):
    monkeypatch.setattr(demo_plan, "BLOCK_CUSTOMERS", 40)
    made(small_plan(), tmp_path)
    assert Order.objects.count() == 900
    assert set(Order.objects.values_list("id", flat=True)) == set(range(1, 901))
    assert set(Customer.objects.values_list("id", flat=True)) == set(range(1, 151))
    line_ids = list(OrderLine.objects.order_by("id").values_list("id", flat=True))
    assert line_ids == list(range(1, len(line_ids) + 1))


def test_totals_are_the_sums_of_their_lines(tmp_path):
    made(small_plan(), tmp_path)
    for document, line in (("order", "orderline"), ("refund", "refundline")):
        wrong = query(
            f"SELECT d.id FROM customers_{document} d LEFT JOIN customers_{line} l ON l.{document}_id = d.id"
            " GROUP BY d.id HAVING d.total_minor IS DISTINCT FROM sum(l.amount) * 100"
        )
        assert wrong == []
    assert query("SELECT id FROM customers_orderline WHERE amount <> quantity * unit_price - discount") == []


def test_foreign_amounts_are_converted_at_the_rate_of_their_day(tmp_path):
    made(small_plan(), tmp_path)
    for document, day in (("order", "ordered_date"), ("refund", "refunded_date")):
        wrong = query(
            f"SELECT d.id FROM customers_{document} d LEFT JOIN core_exchangerate r"
            f" ON r.currency = d.currency AND r.rate_date = d.{day}"
            " WHERE d.exchange_rate <> coalesce(r.rate, 1)"
            " OR d.total_base_minor <> round(d.total_minor * d.exchange_rate)"
            " OR (d.currency <> 'EUR') <> (r.rate IS NOT NULL)"
        )
        assert wrong == []
    assert {row[0] for row in query("SELECT DISTINCT currency FROM customers_order")} == {"EUR", "USD", "CNY"}


def test_refunds_follow_their_order_and_give_back_no_more_than_was_paid(tmp_path):
    made(small_plan(orders=4000), tmp_path)
    wrong = query(
        "SELECT r.id FROM customers_refund r JOIN customers_order o ON o.id = r.order_id"
        " WHERE r.refunded_at <= o.ordered_at OR r.total_minor > o.total_minor OR r.customer_id <> o.customer_id"
    )
    whole, partial = query(
        "SELECT count(*) FILTER (WHERE r.total_minor = o.total_minor),"
        " count(*) FILTER (WHERE r.total_minor < o.total_minor)"
        " FROM customers_refund r JOIN customers_order o ON o.id = r.order_id"
    )[0]
    assert wrong == []
    assert 0.02 * 4000 < int(str(whole)) + int(str(partial)) < 0.04 * 4000
    assert whole
    assert partial


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Pacific/Auckland", "America/St_Johns"])
def test_days_are_those_of_the_organisation(tmp_path, zone):
    OrganisationSettings.objects.create(time_zone=zone)
    run_command(tmp_path)
    for table, moment, day in (
        ("customers_order", "ordered_at", "ordered_date"),
        ("customers_refund", "refunded_at", "refunded_date"),
        ("customers_event", "occurred_at", "occurred_date"),
    ):
        assert query(f"SELECT id FROM {table} WHERE ({moment} AT TIME ZONE '{zone}')::date <> {day}") == []
    assert query(f"SELECT id FROM customers_order WHERE ordered_date >= '{UNTIL}'") == []


def test_keys_and_indexes_are_as_they_were(tmp_path):
    before = schema()
    made(small_plan(), tmp_path)
    assert schema() == before


def test_a_load_that_breaks_off_leaves_nothing(tmp_path):
    before = schema()

    def break_off(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(small_plan(), truth_folder=tmp_path / "truth", progress=break_off)
    assert all(not model._default_manager.exists() for model in FILLED)
    assert not User.objects.exists()
    assert not (tmp_path / "truth").exists()
    assert schema() == before


def test_the_next_records_get_numbers_of_their_own(tmp_path):
    made(small_plan(), tmp_path)
    newcomer = Customer.objects.create(name="Somebody else")
    newcomer.tags.add(Tag.objects.create(name="new here"))
    assert newcomer.pk == 151


def test_everybody_of_the_demo_can_log_in(tmp_path):
    run_command(tmp_path)
    for login in LOGINS:
        user = authenticate(username=login.email, password=DEMO_PASSWORD)
        assert user is not None
        assert user.role == login.role
        validate_password(DEMO_PASSWORD, user)
    assert Team.objects.count() == 2
    assert User.objects.filter(role=Role.SALES, team=None).count() == 0
    assert query("SELECT DISTINCT u.role FROM customers_customer c JOIN accounts_user u ON u.id = c.owner_id") == [
        ("sales",)
    ]


def test_people_and_settings_that_are_there_are_kept(tmp_path):
    OrganisationSettings.objects.create(name="Our own", time_zone="Asia/Tokyo")
    own = User.objects.create_user(LOGINS[0].email, "my own secret", name="Me", role=Role.ADMIN)
    run_command(tmp_path)
    own.refresh_from_db()
    assert own.name == "Me"
    assert own.check_password("my own secret")
    assert OrganisationSettings.current().name == "Our own"


def test_a_fresh_database_gets_the_settings_of_the_demo(tmp_path):
    run_command(tmp_path)
    organisation = OrganisationSettings.objects.get()
    assert (organisation.currency, organisation.time_zone) == ("EUR", "Europe/Berlin")


def test_it_prints_a_summary_and_the_logins(tmp_path):
    out, err = run_command(tmp_path, "--seed", "5")
    summary = json.loads(out)
    assert summary["rows"]["customers_customer"] == 60
    assert summary["rows"]["customers_orderline"] == OrderLine.objects.count()
    assert summary["seed"] == 5
    assert summary["password"] == DEMO_PASSWORD
    assert {login.email for login in LOGINS} == set(summary["logins"])
    assert "60 of 60 customers" in err


def test_it_refuses_a_database_in_use(tmp_path):
    Customer.objects.create(name="Here already")
    with pytest.raises(CommandError, match="customers_customer holds rows"):
        run_command(tmp_path)
    assert Customer.objects.count() == 1


def test_it_refuses_a_database_that_holds_anything_it_would_write(tmp_path):
    Tag.objects.create(name="ours")
    with pytest.raises(CommandError, match="customers_tag holds rows"):
        run_command(tmp_path)


def test_if_empty_leaves_a_database_in_use_alone(tmp_path):
    Customer.objects.create(name="Here already")
    out, _err = run_command(tmp_path / "truth", "--if-empty")
    assert out == ""
    assert Customer.objects.count() == 1
    assert not User.objects.exists()
    assert not (tmp_path / "truth").exists()


def test_it_refuses_another_currency(tmp_path):
    OrganisationSettings.objects.create(currency="JPY")
    with pytest.raises(CommandError, match="JPY"):
        run_command(tmp_path)


@pytest.mark.parametrize("arguments", [("--customers", "0"), ("--orders", "-1"), ("--until", "yesterday")])
def test_it_says_which_argument_is_wrong(tmp_path, arguments):
    with pytest.raises(CommandError, match=arguments[0]):
        run_command(tmp_path, *arguments)
