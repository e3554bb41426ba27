"""Merging records and undoing it: everything moves, nothing is lost, nobody oversteps."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Role
from analytics.models import ChangeMark
from customers.consent import current_decisions
from customers.merging import actions, fields
from customers.merging.actions import CannotMerge, CannotUndo, Changed, NotAllowed, merge_customers, undo_merge
from customers.merging.steps import links_to_customers, registry
from customers.models import Consent, Customer, EmailAddress, Event, Merge, MergedRows, Order, Tag
from protection.audit.models import Change
from surveys.models import Answer, Invitation
from tests.customers.merging.worlds import (
    DAY,
    MOMENT,
    RECORDS,
    create_record,
    everything,
    invite,
    surroundings,
)
from tests.factories import create_customer, create_event, create_order, create_team, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return create_user(Role.MANAGER)


def merged(keep, *absorb, by, **picks):
    return merge_customers(
        survivor_id=keep.pk, absorbed_ids=[each.pk for each in absorb], picks={k: v.pk for k, v in picks.items()}, by=by
    )


def test_every_link_to_a_customer_has_a_step():
    answered = list(registry.links())
    assert set(links_to_customers(apps.get_models(include_auto_created=True))) == set(answered)
    assert len(answered) == len(set(answered))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(RECORDS, min_size=2, max_size=3), data=st.data())
def test_a_merge_and_its_undo_leave_everything_as_it_was(drawn, data, manager):
    with transaction.atomic():
        around = surroundings()
        records = [create_record(each, around) for each in drawn]
        for record, each in zip(records, drawn, strict=True):
            if each["referred_by"] is not None and (other := records[each["referred_by"] % len(records)]) != record:
                Customer.objects.filter(pk=record.pk).update(referred_by=other)
        picks = {
            name: data.draw(st.sampled_from(records), label=name).pk
            for name in data.draw(st.lists(st.sampled_from(fields.fields_of()), unique=True))
        }
        before = everything()
        keep, *absorb = records
        merge = merge_customers(survivor_id=keep.pk, absorbed_ids=[each.pk for each in absorb], picks=picks, by=manager)
        _nothing_is_lost(keep, records, before)
        assert undo_merge(merge_id=merge.pk, by=manager).conflicts == []
        assert everything() == before
        transaction.set_rollback(True)


def _nothing_is_lost(keep: Customer, records: list[Customer], before) -> None:
    """The survivor has what all of them had."""
    survivor = Customer.objects.get(pk=keep.pk)
    ids = [each.pk for each in records]
    emails = {email for (_pk, _primary, _deleted, owner, email) in before["customers_emailaddress"] if owner in ids}
    assert {each.email for each in survivor.emails.filter(deleted_at=None)} == emails
    assert survivor.emails.filter(deleted_at=None, is_primary=True).count() == min(1, len(emails))
    for model in (Order, Event, Consent):
        assert not model.objects.filter(customer_id__in=ids).exclude(customer=survivor).exists()
    if any(each.profiling_objected_at for each in records):
        assert survivor.profiling_objected_at == MOMENT
    assert Answer.objects.count() == len(before["surveys_answer"])


def test_lists_are_united_and_the_rows_move(manager):
    ada, double = (create_customer("Ada", orders=2, email=f"{name}@example.org") for name in ("a", "b"))
    EmailAddress.objects.create(customer=double, email="A@example.org")
    double.tags.add(Tag.objects.create(name="Lab"))
    create_event(double, on=DAY)
    friend = create_customer("Friend", referred_by=double)
    merge = merged(ada, double, by=manager)
    ada.refresh_from_db()
    double.refresh_from_db()
    friend.refresh_from_db()
    assert (ada.orders.count(), ada.events.count(), ada.version, friend.referred_by) == (4, 1, 2, ada)
    assert sorted(ada.emails.values_list("email", "is_primary")) == [("a@example.org", True), ("b@example.org", False)]
    assert [tag.name for tag in ada.tags.all()] == ["Lab"]
    assert (double.merged_into, double.deleted_at, double.orders.count()) == (ada, merge.merged_at, 0)
    assert merge.counts["customers.order"] == 2
    # The next snapshot reads the months again, and the customers.
    assert {"orders", "events", "customers"} <= set(ChangeMark.objects.values_list("kind", flat=True))


def test_a_value_that_is_picked_changes_places_and_stays_encrypted(manager):
    ada = create_customer("Ada", tax_number="DE 1", custom={"shoe": "38"})
    double = create_customer("Ada Example", tax_number="DE 2", birth_date=dt.date(1990, 5, 17))
    merge = merged(ada, double, by=manager, name=double, tax_number=double, birth_date=double)
    ada.refresh_from_db()
    assert (ada.name, ada.tax_number.reveal(), ada.birth_date) == ("Ada Example", "DE 2", dt.date(1990, 5, 17))
    assert "DE 2" not in str(merge.swapped)
    assert "1990-05" not in str(merge.swapped)
    Customer.objects.filter(pk=ada.pk).update(name="Ada Lovelace")
    undone = undo_merge(merge_id=merge.pk, by=manager)
    ada.refresh_from_db()
    double.refresh_from_db()
    assert undone.conflicts == ["“Name” was changed since: it stays as it is now."]
    assert (ada.name, ada.tax_number.reveal(), ada.birth_date) == ("Ada Lovelace", "DE 1", None)
    assert (double.tax_number.reveal(), double.birth_date) == ("DE 2", dt.date(1990, 5, 17))


def test_the_strictest_wins(manager):
    ada, double = create_customer("Ada"), create_customer("Ada", profiling_objected_at=MOMENT)
    Consent.objects.create(customer=ada, purpose="email", is_given=False, decided_at=MOMENT)
    Consent.objects.create(customer=double, purpose="email", is_given=True)
    Consent.objects.create(customer=double, purpose="phone", is_given=True)
    merge = merged(ada, double, by=manager)
    ada.refresh_from_db()
    decisions = current_decisions(ada)
    assert ada.profiling_objected_at == MOMENT
    assert (decisions["email"].is_given, decisions["phone"].is_given) == (False, True)
    undo_merge(merge_id=merge.pk, by=manager)
    assert current_decisions(double)["email"].is_given
    assert Consent.objects.count() == 3


def test_answers_go_over_where_the_survivor_has_given_none(manager):
    around = surroundings()
    first, second = around["questions"]
    ada, double = create_customer("Ada"), create_customer("Ada")
    ours = invite(ada, first, has_answered=False)
    invite(double, first, has_answered=True)
    invite(ada, second, has_answered=True)
    theirs = invite(double, second, has_answered=True)
    merge = merged(ada, double, by=manager)
    assert Answer.objects.get(question=first).invitation == ours
    assert Invitation.objects.get(pk=ours.pk).answered_at == MOMENT
    assert theirs.answers.count() == 1
    undo_merge(merge_id=merge.pk, by=manager)
    assert Invitation.objects.get(pk=ours.pk).answered_at is None


def test_what_came_to_the_survivor_since_stays_there_and_conflicts_are_named(manager):
    ada, double = create_customer("Ada", orders=1), create_customer("Ada", orders=2, email="a@example.org")
    merge = merged(ada, double, by=manager)
    new = create_order(ada)
    moved = double.orders.model.objects.filter(pk__in=MergedRows.objects.get(table_name="customers_order").row_ids)
    moved.first().delete()
    EmailAddress.objects.filter(customer=ada).update(email="new@example.org")
    undone = undo_merge(merge_id=merge.pk, by=manager)
    assert undone.conflicts == ["1 row of “order” was removed or given to somebody else since."]
    assert new in ada.orders.all()
    assert (ada.orders.count(), double.orders.count()) == (2, 1)
    assert double.emails.get().email == "new@example.org"
    assert undo_merge(merge_id=merge.pk, by=manager).conflicts == []


def test_merges_are_undone_in_their_order_and_for_thirty_days(manager):
    ada, double, third = create_customer("Ada"), create_customer("Ada"), create_customer("Ada")
    first, second = merged(ada, double, by=manager), merged(third, ada, by=manager)
    with pytest.raises(CannotUndo, match="merged into another one"):
        undo_merge(merge_id=first.pk, by=manager)
    undo_merge(merge_id=second.pk, by=manager)
    Merge.objects.filter(pk=first.pk).update(merged_at=timezone.now() - dt.timedelta(days=31))
    with pytest.raises(CannotUndo, match="30 days"):
        undo_merge(merge_id=first.pk, by=manager)


def test_it_refuses_in_words_what_cannot_be_merged(manager):
    ada, firm = create_customer("Ada"), create_customer("Firm", kind="organisation")
    gone = create_customer("Gone", deleted_at=timezone.now())
    with pytest.raises(CannotMerge, match="A person and an organisation"):
        merged(ada, firm, by=manager)
    with pytest.raises(CannotMerge, match="deleted or merged"):
        merged(ada, gone, by=manager)
    with pytest.raises(CannotMerge, match="two to 10"):
        merged(ada, by=manager)
    with pytest.raises(CannotMerge, match="cannot be taken"):
        merged(ada, create_customer("Ada"), by=manager, deleted_at=ada)
    with pytest.raises(Changed):
        merge_customers(
            survivor_id=ada.pk,
            absorbed_ids=[(double := create_customer("Ada")).pk],
            picks={},
            versions={ada.pk: 1, double.pk: 0},
            by=manager,
        )
    assert not Merge.objects.exists()


def test_only_whoever_may_edit_all_of_them_merges_and_undoes(manager):
    north, south = create_team("North"), create_team("South")
    ada, double = create_customer("Ada", team=north), create_customer("Ada", team=south)
    stranger = create_user(Role.SALES, team=north)
    with pytest.raises(NotAllowed):
        merged(ada, double, by=stranger)
    merge = merged(ada, double, by=manager)
    with pytest.raises(NotAllowed):
        undo_merge(merge_id=merge.pk, by=stranger)


def test_a_second_click_is_answered_with_the_first_merge(manager):
    ada, double = create_customer("Ada"), create_customer("Ada")
    assert merged(ada, double, by=manager) == merged(ada, double, by=manager)
    assert Merge.objects.count() == 1


def test_a_hundred_thousand_events_move_in_a_few_statements(manager, django_assert_max_num_queries):
    ada, double = create_customer("Ada"), create_customer("Ada")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_event (kind, customer_id, occurred_at, occurred_date, text, source, external_id)"
            " SELECT 'visit', %s, now(), now(), '', '', '' FROM generate_series(1, 100000)",
            [double.pk],
        )
    with django_assert_max_num_queries(90):
        merge = merged(ada, double, by=manager)
    assert ada.events.count() == merge.counts["customers.event"] == 100_000
    assert not Change.objects.filter(table_name="customers_event", action="update").exists()
    with django_assert_max_num_queries(90):
        undo_merge(merge_id=merge.pk, by=manager)
    assert double.events.count() == 100_000


@pytest.mark.django_db(transaction=True)
def test_an_edit_while_merging_is_not_lost(manager):
    """Whoever saves first wins; the other one is told."""
    ada, double = create_customer("Ada"), create_customer("Ada")
    versions = {ada.pk: 1, double.pk: 1}
    outcome: list[object] = []

    def merge() -> None:
        try:
            merge_customers(survivor_id=ada.pk, absorbed_ids=[double.pk], picks={}, versions=versions, by=manager)
        except Changed as changed:
            outcome.append(changed)
        finally:
            connection.close()

    with transaction.atomic():
        Customer.objects.filter(pk=double.pk).update(name="Ada Example", version=2)
        other = threading.Thread(target=merge)
        other.start()
        other.join(0.5)
        assert other.is_alive(), "it waits for the edit"
    other.join()
    assert len(outcome) == 1
    assert Customer.objects.get(pk=double.pk).merged_into is None
    assert actions.UNDONE_WITHIN.days == 30
