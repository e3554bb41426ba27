"""Every change of a record is in the trail, whoever made it and however."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.apps import apps
from django.core import checks
from django.db import ProgrammingError, connection, transaction

from accounts.models import AccessRule
from customers.models import Customer, Event, Order, OrderLine, Tag
from protection.audit import acting, erasing
from protection.audit.actor import carry
from protection.audit.models import AccessLog, Change
from protection.audit.trail import AUDITED
from protection.audit.triggers import EVENTS, install
from tests.factories import create_customer, create_event, create_order, create_product, create_user

pytestmark = pytest.mark.django_db
DOTS = "••••••"


def changes(table="customers_customer", **wanted):
    return list(Change.objects.filter(table_name=table, **wanted).order_by("id"))


def test_saving_a_form_s_object_logs_the_columns_that_differ():
    ada = create_customer("Ada")
    user = create_user()
    with acting(user=user, origin="web", detail="form"):
        ada.name, ada.profile_text = "Ada L.", "likes engines"
        ada.save()
    [change] = changes(action="update")
    assert change.changes == {"name": ["Ada", "Ada L."], "profile_text": ["", "likes engines"]}
    assert (change.actor_id, change.origin, change.detail) == (user.pk, "web", "form")
    assert (change.row_id, change.customer_id, change.rows) == (ada.pk, ada.pk, 1)


def test_a_new_row_is_logged_with_what_it_holds():
    ada = create_customer("Ada", sex="female")
    [change] = changes(action="insert")
    assert change.changes["name"] == [None, "Ada"]
    assert change.changes["sex"] == [None, "female"]
    assert "sort_name" not in change.changes
    assert "education" not in change.changes
    assert change.customer_id == ada.pk


def test_a_row_that_goes_leaves_its_values():
    ada = create_customer("Ada", email="ada@example.org")
    ada.emails.all().delete()
    [change] = changes("customers_emailaddress", action="delete")
    assert change.changes["email"] == ["ada@example.org", None]
    assert change.customer_id == ada.pk


def test_update_of_many_and_plain_sql_are_caught():
    create_customer("Ada")
    create_customer("Bob")
    Customer.objects.update(source="fair")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_customer SET source = 'web' WHERE name = 'Bob'")
    assert [change.changes["source"] for change in changes(action="update")] == [
        ["", "fair"],
        ["", "fair"],
        ["fair", "web"],
    ]


def test_what_changes_nothing_is_not_logged():
    ada = create_customer("Ada")
    ada.save()  # stamps updated_at
    Customer.objects.update(name="Ada")
    Customer.objects.filter(pk=0).update(name="Nobody")
    assert changes(action="update") == []


def test_an_encrypted_value_and_a_password_are_dots():
    ada = create_customer("Ada", identity_number="X123")
    ada.identity_number = "X999"
    ada.save()
    Customer.objects.update(identity_number=None)
    added, changed, removed = changes()
    assert added.changes["identity_number"] == [None, DOTS]
    assert changed.changes == {"identity_number": [DOTS, DOTS]}
    assert removed.changes == {"identity_number": [DOTS, None]}

    user = create_user()
    user.set_password("another-correct-horse")
    user.save()
    [change] = changes("accounts_user", action="update")
    assert change.changes == {"password": [DOTS, DOTS]}


def test_a_tag_and_a_line_are_of_their_customer():
    ada = create_customer("Ada")
    ada.tags.add(Tag.objects.create(name="vip"))
    order = create_order(ada, products=[create_product()])
    order.lines.update(description="engraved")
    assert changes("customers_customer_tags")[0].customer_id == ada.pk
    assert [change.customer_id for change in changes("customers_orderline")] == [ada.pk, ada.pk]


def test_a_row_without_a_number_goes_by_its_key():
    AccessRule.objects.create(role="sales", sees="own", edits="own")
    [change] = changes("accounts_accessrule")
    assert (change.row_id, change.row_key) == (None, "sales")


def test_an_order_that_loses_its_customer_stays_in_that_customer_s_history():
    ada = create_customer("Ada")
    order = create_order(ada)
    Order.objects.update(customer=None)
    [change] = changes("customers_order", action="update")
    assert (change.row_id, change.customer_id) == (order.pk, ada.pk)


def test_an_upsert_logs_what_came_and_what_changed():
    Tag.objects.create(name="vip")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_tag (name) VALUES ('VIP'), ('new') ON CONFLICT (lower(name)) DO UPDATE"
            " SET name = excluded.name"
        )
    assert [(change.action, change.changes["name"]) for change in changes("customers_tag")[1:]] == [
        ("update", ["vip", "VIP"]),
        ("insert", [None, "new"]),
    ]


def many_events(customer, count):
    moment = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    return Event.objects.bulk_create(
        [Event(customer=customer, kind="visit", occurred_at=moment, occurred_date=moment.date()) for _ in range(count)]
    )


def test_facts_in_bulk_are_one_line_and_their_changes_are_not():
    ada = create_customer("Ada")
    many_events(ada, 101)
    [change] = changes("customers_event")
    assert (change.action, change.rows, change.row_id, change.changes) == ("bulk", 101, None, {})
    create_event(ada, on=dt.date(2026, 6, 1))
    Event.objects.filter(pk__in=Event.objects.values("pk")[:3]).update(source="shop")
    assert [change.action for change in changes("customers_event")[1:]] == ["insert", "update", "update", "update"]


def test_a_load_can_ask_for_one_line_a_statement():
    with acting(origin="command", detail="generate", bulk=True):
        Customer.objects.bulk_create([Customer(name="Ada"), Customer(name="Bob")])
    [change] = changes()
    assert (change.action, change.rows, change.origin) == ("bulk", 2, "command")


def test_a_copy_in_an_import_carries_the_actor():
    user = create_user()
    order = create_order(create_customer("Ada"))
    with acting(user=user, origin="import"), transaction.atomic():
        carry()
        with (
            connection.cursor() as cursor,
            cursor.copy(
                "COPY customers_orderline"
                " (order_id, line_key, position, description, quantity, unit_price, discount, amount) FROM STDIN"
            ) as copy,
        ):
            for position in range(150):
                copy.write_row([order.pk, uuid.uuid4(), position, "x", 1, 1, 0, 1])
    [change] = changes("customers_orderline")
    assert (change.actor_id, change.origin, change.action, change.rows) == (user.pk, "import", "bulk", 150)
    assert OrderLine.objects.count() == 150


@pytest.mark.parametrize("statement", ["UPDATE {} SET origin = 'x'", "DELETE FROM {}"])
@pytest.mark.parametrize("model", [Change, AccessLog])
def test_the_trail_is_only_added_to(model, statement):
    create_customer("Ada")
    with pytest.raises(ProgrammingError, match="only added to"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(model._meta.db_table))


def test_the_trail_cannot_be_emptied():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL crm.flushing = 'off'")  # which the tests' own clearing up has on
        with pytest.raises(ProgrammingError, match="only added to"), transaction.atomic():
            cursor.execute("TRUNCATE protection_change")


def test_an_emptied_table_is_in_the_trail():
    Tag.objects.create(name="vip")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE customers_tag CASCADE")
        cursor.execute("TRUNCATE customers_tag CASCADE")
    assert [change.action for change in changes("customers_tag")] == ["insert", "truncate"]


def test_an_erasure_blanks_the_trail_and_leaves_no_value_of_its_own_in_it():
    ada = create_customer("Ada")
    with erasing():
        ada.name = "Erased"
        ada.save()
        Change.objects.filter(customer_id=ada.pk, action="insert").update(changes={})
    added, erased = changes()
    assert added.changes == {}
    assert erased.changes == {"name": [DOTS, DOTS]}
    with pytest.raises(ProgrammingError, match="only added to"), transaction.atomic():
        Change.objects.update(changes={})


def installed():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname, xmin FROM pg_trigger WHERE tgname LIKE 'protection_audit%'"
        )
        return sorted(cursor.fetchall())


def test_every_table_is_audited_or_exempt_and_has_its_triggers():
    assert checks.run_checks(tags=["protection"], include_deployment_checks=True) == []
    assert {(table, name) for table, name, _ in installed()} == {
        (audited.table, f"protection_audit_{event}") for audited in AUDITED.values() for event in EVENTS
    }
    assert apps.get_model("customers", "Customer") in AUDITED


def test_a_trigger_that_is_missing_or_wrong_is_made_anew_and_the_rest_is_left_alone():
    before = installed()
    install()
    assert installed() == before
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER protection_audit_update ON customers_tag")
        cursor.execute("COMMENT ON TRIGGER protection_audit_delete ON customers_tag IS 'of an older version'")
    install()
    after = installed()
    assert [row[:2] for row in after] == [row[:2] for row in before]
    assert {row[0] for row in set(after) - set(before)} == {"customers_tag"}
