"""What the triggers on facts say to the next snapshot."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection, transaction

from analytics.models import ChangeMark
from customers.models import Address, Customer, Event, Order, OrderLine, Refund
from tests.factories import create_customer, create_event, create_order, create_product, create_refund

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY, MARCH = (dt.date(2026, month, 10) for month in (1, 2, 3))
NOON = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def three_months() -> list[Order]:
    """Facts of each kind in January, February and March, and no mark of them."""
    lamp = create_product("Lamp")
    orders = []
    for day in (JANUARY, FEBRUARY, MARCH):
        order = create_order(create_customer(), on=day, products=[lamp])
        create_refund(order=order, on=day)
        create_event(order.customer, on=day)
        orders.append(order)
    ChangeMark.objects.all().delete()
    return orders


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (lambda order: order.lines.update(amount=1), {"lines"}),
        (lambda order: OrderLine.objects.all().delete(), {"lines"}),
        (lambda order: Order.objects.update(customer=None), {"orders"}),
        (lambda order: Refund.objects.update(total_base_minor=1), {"refunds"}),
        (lambda order: Refund.objects.all().delete(), {"refunds"}),
        (lambda order: Event.objects.update(kind="click"), {"events"}),
        (lambda order: Event.objects.all().delete(), {"events"}),
    ],
)
def test_each_kind_of_change_is_marked_by_its_kind(three_months, change, changed):
    change(three_months[0])
    assert set(ChangeMark.objects.values_list("kind", flat=True)) == changed
    assert JANUARY.replace(day=1) in ChangeMark.objects.values_list("month", flat=True)


def test_a_statement_marks_a_month_once(three_months):
    Order.objects.update(channel="web")
    months = ChangeMark.objects.order_by("month").values_list("month", flat=True)
    assert list(months) == [day.replace(day=1) for day in (JANUARY, FEBRUARY, MARCH)]


def test_the_session_time_zone_moves_no_mark(three_months):
    with connection.cursor() as cursor:
        cursor.execute("SET TimeZone = 'Pacific/Kiritimati'")
        Event.objects.filter(occurred_date=MARCH).update(occurred_date=dt.date(2026, 4, 30))
        cursor.execute("RESET TimeZone")
    months = ChangeMark.objects.order_by("month").values_list("month", flat=True)
    assert list(months) == [dt.date(2026, 3, 1), dt.date(2026, 4, 1)]


def marked_ranges(kind: str) -> list[tuple[int | None, int | None]]:
    marks = ChangeMark.objects.filter(kind=kind, month=None).order_by("first_new_id")
    return [(mark.first_new_id, mark.last_new_id) for mark in marks]


def test_new_rows_are_marked_by_their_ids(three_months):
    order = create_order(three_months[0].customer, on=JANUARY, products=[create_product(), create_product()])
    refund, event = create_refund(order=order, on=MARCH), create_event(order.customer, on=MARCH)
    assert marked_ranges("orders") == [(order.pk, order.pk)]
    assert marked_ranges("refunds") == [(refund.pk, refund.pk)]
    assert marked_ranges("events") == [(event.pk, event.pk)]
    first, last = order.lines.order_by("pk")
    assert marked_ranges("lines") in ([(first.pk, first.pk), (last.pk, last.pk)], [(first.pk, last.pk)])


def test_numbers_that_others_drew_in_between_are_not_marked():
    events = [Event(id=pk, kind="view", occurred_at=NOON, occurred_date=MARCH) for pk in (901, 902, 903, 907, 909)]
    Event.objects.bulk_create(events)
    assert marked_ranges("events") == [(901, 903), (907, 907), (909, 909)]


def test_a_statement_that_inserts_no_row_marks_nothing():
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO customers_event SELECT * FROM customers_event WHERE FALSE")
    assert not ChangeMark.objects.exists()


def test_truncation_marks_all_months_of_its_kind():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE customers_event")
    mark = ChangeMark.objects.get()
    assert (mark.kind, mark.month) == ("events", None)


def test_what_is_rolled_back_is_not_marked():
    with transaction.atomic():
        create_order(on=MARCH)
        transaction.set_rollback(True)
    assert not ChangeMark.objects.exists()


def named(kind: str) -> set[int]:
    marks = ChangeMark.objects.filter(kind=kind)
    return {pk for mark in marks for pk in mark.whose or ()}


def test_marks_name_whose_facts_they_are_and_were(three_months):
    january, february, march = three_months
    Order.objects.filter(pk=january.pk).update(customer=february.customer)
    assert named("orders") == {january.customer_id, february.customer_id}
    OrderLine.objects.filter(order__in=[january, march]).update(order=march)
    assert named("lines") == {january.pk, march.pk}
    Refund.objects.filter(order=march).delete()
    create_refund(january.customer, order=january, on=MARCH)
    create_refund(january.customer, on=MARCH)
    assert named("refunds") == {january.pk, march.pk}
    Event.objects.filter(customer=march.customer).delete()
    create_event(None, on=JANUARY)
    create_event(february.customer, on=JANUARY)
    assert named("events") == {march.customer_id, february.customer_id}


def test_a_statement_about_too_many_rows_names_nobody(three_months):
    columns = ", ".join(str(field.column) for field in Event._meta.concrete_fields if not field.primary_key)
    again = (
        f"INSERT INTO customers_event ({columns}) SELECT {columns} FROM generate_series(1, %s), customers_event"
        " WHERE id = %s"
    )
    event = Event.objects.get(customer=three_months[0].customer)
    with connection.cursor() as cursor:
        for many, whose in ((20_000, [event.customer_id]), (20_001, None)):
            cursor.execute(again, [many, event.pk])
            assert ChangeMark.objects.latest("pk").whose == whose


def test_marks_name_which_customers_are_something_else_now(three_months):
    ada, bob, eve = (Customer.objects.get(pk=order.customer_id) for order in three_months)
    Customer.objects.filter(pk__in=[ada.pk, bob.pk]).update(website="https://example.org", version=2)
    assert [mark.whose for mark in ChangeMark.objects.all()] == [[]], "snapshots are read again, lists are as before"
    Customer.objects.filter(pk__in=[ada.pk, bob.pk]).update(source="fair", website="")
    Customer.objects.filter(pk__in=[ada.pk, eve.pk]).update(source="fair")
    assert ChangeMark.objects.latest("pk").whose == [eve.pk]
    assert named("customers") == {ada.pk, bob.pk, eve.pk}
    ChangeMark.objects.all().delete()
    address = Address.objects.create(customer=ada, city="Bern")
    assert named("customers") == {ada.pk}
    Address.objects.update(city="Basel")
    assert ChangeMark.objects.latest("pk").whose == []
    Address.objects.update(customer=bob)
    assert sorted(ChangeMark.objects.latest("pk").whose or ()) == [ada.pk, bob.pk]
    address.delete()
    Address.objects.update(region="nobody has one")
    assert ChangeMark.objects.count() == 4, "a statement about no row is about nobody"
    assert ChangeMark.objects.latest("pk").whose == [bob.pk]


def test_a_statement_about_too_many_customers_names_nobody():
    """On a table without indexes, which takes a hundredth of the time."""
    columns = "id, customer_id, country, region, city, postal_code, is_primary, deleted_at"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE many AS SELECT {columns} FROM customers_address WHERE FALSE")
        cursor.execute(
            "CREATE TRIGGER mark AFTER UPDATE ON many REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows"
            " FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_addresses()"
        )
        cursor.execute("INSERT INTO many (id, customer_id, country) SELECT id, 7, '' FROM generate_series(1, 20000) id")
        cursor.execute("UPDATE many SET country = 'DE'")
        assert ChangeMark.objects.latest("pk").whose == [7]
        cursor.execute("INSERT INTO many (id, customer_id, country) VALUES (0, 7, '')")
        cursor.execute("UPDATE many SET country = 'FR'")
        assert ChangeMark.objects.latest("pk").whose is None
