"""Snapshots: consistent while others write, made again only where facts changed, ready only under the fence."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from analytics import snapshot
from analytics.models import ChangeMark, SnapshotManifest
from analytics.snapshot import open_facts, take_snapshot
from analytics.snapshot_columns import columns_path
from analytics.snapshot_files import MOST_FILES_A_MONTH, paths, periods_of, sum_paths
from analytics.snapshot_tables import CUSTOMER_DIM, EVENTS, LINES, ORDERS, TABLES
from customers.models import Customer, Order
from jobs.errors import JobError, LeaseLost
from jobs.models import Job
from tests.factories import create_customer, create_event, create_order, create_product, create_refund

pytestmark = pytest.mark.django_db(transaction=True)

JANUARY, FEBRUARY, MARCH, MAY = (dt.date(2026, month, 10) for month in (1, 2, 3, 5))


def quiet(table: str) -> None:
    """No step matters."""


def taken(context) -> SnapshotManifest:
    return take_snapshot(context(), step=quiet)


def rows(manifest: SnapshotManifest, sql: str) -> list[tuple]:
    with open_facts(manifest) as engine:
        return engine.rows(sql)


@pytest.fixture
def three_months() -> list[Order]:
    """An order with one line and, a day later, a refund, in each of January, February and March."""
    lamp = create_product("Lamp")
    orders = []
    for day in (JANUARY, FEBRUARY, MARCH):
        order = create_order(create_customer(), on=day, amount="12.34", products=[lamp])
        create_refund(order=order, on=day + dt.timedelta(days=1), amount="2.34")
        create_event(order.customer, on=day)
        orders.append(order)
    return orders


def test_every_table_comes_out_as_it_is_in_postgresql(context, three_months):
    create_order(None, on=MARCH, amount="5.00", channel="shop")
    manifest = taken(context)
    assert manifest.row_counts == {
        "orders": 4,
        "lines": 3,
        "refunds": 3,
        "events": 3,
        "customer_dim": 3,
        "products": 1,
        "texts": 0,
        "answers": 0,
        "feedback": 0,
    }
    assert manifest.latest_date == MARCH + dt.timedelta(days=1)
    order = three_months[0]
    assert rows(manifest, "SELECT customer_id, ordered_date, total_minor, kind FROM orders ORDER BY order_id")[0] == (
        order.customer_id,
        JANUARY,
        1234,
        "sale",
    )
    assert rows(manifest, "SELECT count(*) FROM orders WHERE customer_id IS NULL AND channel = 'shop'") == [(1,)]


def test_amounts_are_exact_decimals_in_the_organisations_currency(context):
    order = create_order(
        create_customer(), amount="0.001", products=[create_product()], currency="USD", exchange_rate=Decimal("0.9")
    )
    line = order.lines.get()
    line.amount, line.quantity = Decimal("0.001"), Decimal("1.000001")
    line.save()
    assert rows(taken(context), "SELECT amount, quantity FROM lines") == [(Decimal("0.000900"), Decimal("1.000001"))]


def test_no_column_names_a_person():
    columns = {column for table in TABLES if table.name != "texts" for column in table.columns}
    assert columns.isdisjoint({"name", "email", "phone", "street", "birth_date", "profile_text", "text", "description"})


def test_profiles_of_who_objects_or_is_gone_stay_in_the_database(context):
    told = create_customer(profile_text="likes tea")
    create_customer(profile_text="objects", profiling_objected_at=timezone.now())
    create_customer(profile_text="gone", deleted_at=timezone.now())
    create_customer()
    Customer.objects.filter(pk=told.pk).update(updated_at=timezone.now() + dt.timedelta(days=3))
    [(pk, text, edited)] = rows(taken(context), "SELECT * FROM texts")
    assert (pk, text) == (told.pk, "likes tea")
    assert edited > timezone.now().date()


def test_deleted_and_archived_customers_are_not_live(context):
    alive = create_customer()
    create_customer(deleted_at=timezone.now())
    create_customer(archived_at=timezone.now())
    manifest = taken(context)
    assert rows(manifest, "SELECT customer_id FROM customer_dim WHERE is_live") == [(alive.pk,)]
    assert manifest.row_counts["customer_dim"] == 3


def test_an_empty_house_has_a_snapshot_too(context):
    manifest = taken(context)
    assert manifest.row_counts == dict.fromkeys((table.name for table in TABLES), 0)
    assert manifest.latest_date is None
    assert rows(manifest, "SELECT sum(total_minor) FROM orders") == [(None,)]


def test_what_is_written_between_two_tables_is_in_none_of_them(context, three_months):
    """A write that commits after the snapshot began, before each of its tables is read."""

    def write(table: str) -> None:
        order = create_order(create_customer(), on=FEBRUARY, amount="7.00", products=[create_product()])
        create_refund(order=order, on=FEBRUARY)
        create_event(order.customer, on=FEBRUARY)

    before = take_snapshot(context(), step=write)
    assert before.row_counts == {
        "orders": 3,
        "lines": 3,
        "refunds": 3,
        "events": 3,
        "customer_dim": 3,
        "products": 1,
        "texts": 0,
        "answers": 0,
        "feedback": 0,
    }
    assert {mark.kind for mark in ChangeMark.objects.all()} == {
        "orders",
        "lines",
        "refunds",
        "events",
        "customers",
        "products",
    }
    after = taken(context)
    assert after.row_counts["orders"] == after.row_counts["lines"] == 3 + len(TABLES)
    assert not ChangeMark.objects.exists()


def test_a_change_that_commits_late_is_in_the_next_snapshot(context, three_months):
    """Written before the snapshot began, committed after it was published: a watermark on times would lose it."""
    with psycopg.connect(**connection.get_connection_params()) as late:
        late.execute("UPDATE customers_order SET total_base_minor = 99 WHERE id = %s", [three_months[0].pk])
        during = taken(context)
    assert rows(during, "SELECT min(total_minor) FROM orders") == [(1234,)]
    assert rows(taken(context), "SELECT min(total_minor) FROM orders") == [(99,)]


def test_an_order_that_commits_late_comes_once_and_so_do_those_numbered_around_it(context, three_months):
    """Its number lies between those of orders that an earlier snapshot holds: no highest number finds it."""
    taken(context)
    with psycopg.connect(**connection.get_connection_params()) as late:
        written = late.execute(
            "INSERT INTO customers_order SELECT late.* FROM customers_order o, jsonb_populate_record(o,"
            " jsonb_build_object('external_id', 'late',"
            " 'id', nextval(pg_get_serial_sequence('customers_order', 'id')))) AS late WHERE o.id = %s RETURNING id",
            [three_months[2].pk],
        )
        after = create_order(create_customer(), on=MARCH)
        assert written.fetchone() == (after.pk - 1,)
        assert rows(taken(context), "SELECT count(*), max(order_id) FROM orders") == [(4, after.pk)]
    create_order(create_customer(), on=FEBRUARY)
    manifest = taken(context)
    assert rows(manifest, "SELECT count(*), count(DISTINCT order_id) FROM orders") == [(6, 6)]
    assert len(manifest.files["orders"]["2026-03"]) == 3


def test_new_rows_of_a_month_that_is_read_again_come_once(context, three_months):
    taken(context)
    create_order(three_months[0].customer, on=MARCH, products=[create_product()])
    Order.objects.filter(pk=three_months[2].pk).update(channel="shop")
    manifest = taken(context)
    assert rows(manifest, "SELECT count(*) FROM orders") == rows(manifest, "SELECT count(*) FROM lines") == [(4,)]
    assert len(manifest.files["orders"]["2026-03"]) == 1


def test_a_line_goes_where_its_order_is_by_now(context, three_months):
    """Written for March by somebody who did not see yet that the order moves to May."""
    taken(context)
    order = three_months[2]
    with psycopg.connect(**connection.get_connection_params()) as late:
        late.execute(
            "INSERT INTO customers_orderline SELECT late.* FROM customers_orderline l, jsonb_populate_record(l,"
            " jsonb_build_object('id', nextval(pg_get_serial_sequence('customers_orderline', 'id')),"
            " 'line_key', gen_random_uuid())) AS late WHERE l.order_id = %s",
            [order.pk],
        )
        Order.objects.filter(pk=order.pk).update(ordered_date=MAY)
        taken(context)
    assert rows(taken(context), f"SELECT ordered_date FROM lines WHERE order_id = {order.pk}") == [(MAY,), (MAY,)]


def test_many_small_files_of_a_month_become_one(context, three_months):
    taken(context)
    most = 0
    for number in range(MOST_FILES_A_MONTH + 1):
        create_event(three_months[0].customer, on=MARCH)
        manifest = taken(context)
        most = max(most, len(manifest.files["events"]["2026-03"]))
        assert manifest.row_counts["events"] == 4 + number
    assert most == MOST_FILES_A_MONTH
    assert [*map(len, manifest.files["events"].values())] == [1, 1, 2]


def test_only_marked_months_are_read_again(context, three_months):
    first = taken(context)
    assert first.months_read == 4 * 3
    create_event(create_customer(), on=FEBRUARY)
    second = taken(context)
    assert second.months_read == 1
    assert second.files["orders"] == first.files["orders"]
    (earlier,) = first.files["events"]["2026-02"]
    assert second.files["events"]["2026-02"][0] == earlier
    assert len(second.files["events"]["2026-02"]) == 2
    assert second.files["events"]["2026-01"] == first.files["events"]["2026-01"]
    assert taken(context).months_read == 0


def test_an_order_that_moves_marks_both_months(context, three_months):
    taken(context)
    Order.objects.filter(pk=three_months[0].pk).update(ordered_date=MAY)
    manifest = taken(context)
    assert sorted(manifest.files["orders"]) == sorted(manifest.files["lines"]) == ["2026-02", "2026-03", "2026-05"]
    assert rows(manifest, "SELECT count(*) FROM orders") == [(3,)]


def test_truncated_facts_are_read_again_as_a_whole(context, three_months):
    taken(context)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE customers_event")
    manifest = taken(context)
    assert manifest.files["events"] == {}
    assert manifest.row_counts["orders"] == 3


def test_another_snapshot_that_is_ready_first_becomes_the_base(context, three_months):
    """The first one must not be published over marks that the second has deleted."""
    taken(context)
    create_event(create_customer(), on=FEBRUARY)
    overtaking: list[SnapshotManifest] = []

    def be_overtaken(table: str) -> None:
        if not overtaking:
            create_event(create_customer(), on=MARCH)
            overtaking.append(taken(context))

    manifest = take_snapshot(context(), step=be_overtaken)
    assert manifest.pk > overtaking[0].pk
    assert manifest.row_counts["events"] == overtaking[0].row_counts["events"] == 5
    assert manifest.files["events"] == overtaking[0].files["events"]
    assert not SnapshotManifest.objects.filter(status="building").exists()


def test_a_snapshot_that_is_overtaken_again_and_again_gives_up_in_words(context):
    def be_overtaken(table: str) -> None:
        if table == ORDERS.name:  # once in each attempt
            taken(context)

    with pytest.raises(JobError, match="Try again"):
        take_snapshot(context(), step=be_overtaken)


def test_an_attempt_that_lost_its_lease_makes_nothing_ready(context, three_months):
    stale = context()

    def lose_the_lease(table: str) -> None:
        Job.objects.filter(pk=stale.job_id).update(attempt=2)

    with pytest.raises(LeaseLost):
        take_snapshot(stale, step=lose_the_lease)
    assert snapshot.latest_manifest() is None
    assert ChangeMark.objects.exists()
    assert taken(context).row_counts["orders"] == 3


def test_files_are_named_by_job_and_attempt_and_nothing_else_is_left(context, three_months, own_folder: Path):
    attempt = context()
    manifest = take_snapshot(attempt, step=quiet)
    name = f"j{attempt.job_id}a1"
    assert manifest.files["orders"]["2026-01"] == [f"orders/2026-01-{name}.parquet"]
    assert manifest.files["products"] == {"": [f"products/all-{name}.parquet"]}
    listed = {path for table in TABLES for path in paths(manifest.files, table)}
    with_columns = (ORDERS, LINES, EVENTS, CUSTOMER_DIM)
    listed |= {columns_path(path) for table in with_columns for path in paths(manifest.files, table)}
    listed |= set(sum_paths(manifest.files))
    assert {path for path in own_folder.rglob("*") if path.is_file()} == listed
    assert manifest.size_bytes == sum(path.stat().st_size for path in listed)


def test_months_of_another_making_are_not_taken_over(context, three_months, monkeypatch):
    taken(context)
    monkeypatch.setattr(snapshot, "fingerprint", lambda table: "otherwise")
    assert taken(context).months_read == 4 * 3


def test_a_table_that_is_read_differently_is_read_anew_and_no_other(context, three_months):
    first = taken(context)
    made = {**first.fingerprints, "refunds": "of another version", "products": "of another version"}
    SnapshotManifest.objects.filter(pk=first.pk).update(fingerprints=made)
    second = taken(context)
    assert second.months_read == 3
    kept = [name for name, files in second.files.items() if files == first.files[name]]
    assert set(kept) == {table.name for table in TABLES} - {"refunds", "products"}
    assert second.fingerprints == first.fingerprints


def test_lost_files_are_made_again(context, three_months):
    first = taken(context)
    paths(first.files, TABLES[0])[0].unlink()
    with pytest.raises(snapshot.FilesMissing):
        rows(first, "SELECT 1")
    second = taken(context)
    assert second.months_read == 3, "those of the orders"
    assert rows(second, "SELECT count(*) FROM orders") == [(3,)]


def test_merged_customers_orders_follow_them(context, three_months):
    taken(context)
    keeper = create_customer()
    Order.objects.filter(pk=three_months[2].pk).update(customer=keeper)
    Customer.objects.filter(pk=three_months[2].customer_id).update(deleted_at=timezone.now())
    manifest = taken(context)
    assert manifest.months_read == 2, "March, of orders and of their lines"
    assert rows(manifest, f"SELECT count(*) FROM lines WHERE customer_id = {keeper.pk}") == [(1,)]


@pytest.mark.parametrize(
    ("months", "periods"),
    [
        ([], []),
        ([(2026, 1)], [((2026, 1), (2026, 2))]),
        ([(2026, 1), (2025, 12)], [((2025, 12), (2026, 2))]),
        (
            [(2026, 5), (2026, 1), (2026, 4), (2025, 11)],
            [((2025, 11), (2025, 12)), ((2026, 1), (2026, 2)), ((2026, 4), (2026, 6))],
        ),
    ],
)
def test_consecutive_months_are_one_period(months, periods):
    def first_of(month: tuple[int, int]) -> dt.date:
        return dt.date(month[0], month[1], 1)

    found = periods_of([first_of(month) for month in months])
    assert found == [(first_of(start), first_of(end)) for start, end in periods]
