"""Changes of many customers, made by the page and the real job, and taken back."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AccessRule
from customers.bulk import jobs, purging
from customers.models import BulkBatch, BulkBefore, BulkChange, Customer, CustomerExternalId, CustomField, Tag
from privacy.erasing import request_erasure
from protection.audit.models import Change
from tests.customers.bulk.changing import URL, ask, done, make, run, take_back
from tests.factories import create_customer, create_team, create_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def manager(client):
    user = create_user("manager", name="Mei")
    client.force_login(user)
    return user


def fresh(*customers: Customer) -> list[Customer]:
    return [Customer.objects.get(pk=each.pk) for each in customers]


@pytest.mark.parametrize(
    ("target", "data", "read", "before", "after"),
    [
        ("lifecycle", {"value": "former"}, lambda c: c.lifecycle, "lead", "former"),
        ("source", {"value": " fair "}, lambda c: c.source, "shop", "fair"),
        ("source", {"empty": "on"}, lambda c: c.source, "shop", ""),
        ("customer_since", {"value": "2026-02-28"}, lambda c: str(c.customer_since), "None", "2026-02-28"),
        ("custom_tier", {"value": "gold"}, lambda c: c.custom, {"note": "x"}, {"note": "x", "tier": "gold"}),
        ("custom_note", {"empty": "on"}, lambda c: c.custom, {"note": "x"}, {}),
        ("add_tag", {"value": "fair 2026"}, lambda c: [t.name for t in c.tags.all()], ["lab"], ["fair 2026", "lab"]),
        ("remove_tag", {"value": "LAB"}, lambda c: [t.name for t in c.tags.all()], ["lab"], []),
        ("archive", {}, lambda c: c.archived_at is None, True, False),
        ("delete", {}, lambda c: c.deleted_at is None, True, False),
    ],
)
def test_each_kind_of_change_is_made_and_taken_back(client, target, data, read, before, after):
    client.force_login(create_user("admin"))
    CustomField.objects.create(key="note", label="Note")
    tiers = [{"key": "gold", "label": "Gold"}]
    CustomField.objects.create(key="tier", label="Tier", kind="choice", choices=tiers)
    ada = create_customer("Ada", source="shop", custom={"note": "x"}, email="ada@example.org")
    ada.tags.add(Tag.objects.create(name="lab"))
    untouched = create_customer("Other", source="shop")

    change = make(client, target, ada, **data)
    assert [read(each) for each in fresh(ada)] == [after]
    assert (change.changed, change.unchanged, change.left_out, fresh(ada)[0].version) == (1, 0, 0, 2)
    assert ada.emails.filter(deleted_at=None).exists() == (target != "delete")

    take_back(client, change)
    assert [read(each) for each in fresh(ada)] == [before]
    assert (change.restored, fresh(ada)[0].version, fresh(untouched)[0].version) == (1, 3, 1)
    assert ada.emails.filter(deleted_at=None).exists()
    assert not BulkBefore.objects.exists()


def test_all_that_match_are_found_anew_by_the_job_and_the_trail_names_who_did_it(client, manager):
    for number in range(5):
        create_customer(f"Lab {number}", lifecycle="lead")
    create_customer("Lab of a customer", lifecycle="customer")
    create_customer("Shop", lifecycle="lead")
    change = ask(client, "owner", list="q=lab&stage=lead&cursor=x", value=manager.pk)
    create_customer("Lab that came later", lifecycle="lead")
    done(change)
    assert change.changed == 6
    assert set(Customer.objects.filter(owner=manager).values_list("name", flat=True)) == {
        *(f"Lab {number}" for number in range(5)),
        "Lab that came later",
    }
    written = Change.objects.filter(table_name="customers_customer", action="update")
    assert {(line.actor_id, line.origin, line.changes["owner_id"][1]) for line in written} == {
        (manager.pk, "job", manager.pk)
    }
    assert written.count() == 6
    assert not BulkBatch.objects.exists()


def test_archived_ones_are_listed_apart_and_brought_back_all_at_once(client, manager):
    create_customer("Living")
    archived = [create_customer(f"Archived {number}", archived_at="2026-01-01T00:00Z") for number in range(2)]
    page = client.get("/customers/?archived=yes").content.decode()
    assert ("Archived 1" in page, "Living" in page, 'value="bring_back"' in page) == (True, False, True)
    change = make(client, "bring_back", list="archived=yes")
    assert (change.changed, Customer.objects.live().count()) == (2, 3)
    take_back(client, change)
    assert {str(each.archived_at) for each in fresh(*archived)} == {"2026-01-01 00:00:00+00:00"}


def test_a_filter_expression_chooses_too(client, manager):
    create_customer("Ada", source="fair")
    create_customer("Bea", source="shop")
    expression = '{"field": "source", "op": "is", "value": "fair"}'
    change = make(client, "archive", list=f"filter={expression}")
    assert (change.changed, Customer.objects.live().get().name) == (1, "Bea")


def test_what_was_so_already_is_counted_and_keeps_its_version(client, manager):
    already, other = create_customer(source="fair"), create_customer()
    change = make(client, "source", already, other, value="fair")
    assert (change.changed, change.unchanged, fresh(already)[0].version) == (1, 1, 1)


def test_who_was_edited_since_is_named_and_not_overwritten(client, manager):
    kept, restored = create_customer("Kept", source="shop"), create_customer("Restored", source="web")
    change = make(client, "source", kept, restored, value="fair")
    Customer.objects.filter(pk=kept.pk).update(source="by hand", version=3)
    # Another field of somebody who holds what the change left.
    Customer.objects.filter(pk=restored.pk).update(lifecycle="former", version=3)
    take_back(client, change)
    assert [(each.source, each.lifecycle) for each in fresh(kept, restored)] == [
        ("by hand", "lead"),
        ("web", "former"),
    ]
    page = client.get(f"{URL}{change.pk}/").content.decode()
    assert "Kept" in page
    assert "Restored" not in page


def test_one_change_on_another_is_taken_back_in_turn(client, manager):
    ada = create_customer(source="shop")
    first = make(client, "source", ada, value="fair")
    second = make(client, "add_tag", ada, value="lab")
    take_back(client, second)
    take_back(client, first)
    assert (fresh(ada)[0].source, ada.tags.count()) == ("shop", 0)


def test_a_team_or_a_number_that_is_gone_comes_back_to_nobody(client):
    client.force_login(create_user("admin"))
    gone, taken = create_customer(team=create_team("Gone")), create_customer("Taken")
    CustomerExternalId.objects.create(customer=taken, source="shop", value="17")
    moved, deleted = make(client, "team", gone, empty="on"), make(client, "delete", taken)
    gone_team = moved.befores.get().before
    create_team().__class__.objects.filter(pk=gone_team).delete()
    CustomerExternalId.objects.create(customer=create_customer("Successor"), source="shop", value="17")
    assert (take_back(client, moved).restored, take_back(client, deleted).restored) == (0, 0)
    assert (fresh(gone)[0].team, fresh(taken)[0].deleted_at is None) == (None, False)


def test_only_what_a_person_may_edit_is_changed_and_what_they_gave_away_comes_back(client):
    north, south = create_team("North"), create_team("South")
    seller = create_user("sales", team=north)
    AccessRule.objects.create(role="sales", sees="all", edits="own")
    client.force_login(seller)
    mine = create_customer("Mine", owner=seller, team=north)
    create_customer("Theirs", owner=create_user("sales", team=south), team=south)
    page = client.get(URL, {"all": "1", "target": "team"}).content.decode()
    assert "<strong>2 customers</strong>, of whom 1 you may not edit is left out" in page
    assert "Change 1 customer" in page
    change = make(client, "owner", value=create_user().pk)
    assert (change.changed, change.left_out) == (1, 1)
    assert not seller.sight.may_edit(fresh(mine)[0])
    assert take_back(client, change).restored == 1
    assert fresh(mine)[0].owner == seller


def test_a_person_sees_nobody_else_and_a_job_works_with_the_rights_of_its_moment(client):
    north = create_team("North")
    seller = create_user("sales", team=north)
    client.force_login(seller)
    hidden = create_customer("Hidden", team=create_team("South"), owner=create_user())
    seen = create_customer("Seen", owner=seller, team=north)
    assert make(client, "source", hidden, seen, value="fair").changed == 1
    change = ask(client, "source", seen, value="web")
    AccessRule.objects.create(role="sales", sees="team", edits="none")
    with pytest.raises(AssertionError, match="You may no longer change this"):
        done(change)
    assert [each.source for each in fresh(hidden, seen)] == ["", "fair"]


def test_a_second_press_and_a_second_undo_do_nothing_more(client, manager):
    ada = create_customer(source="shop")
    sent = {"target": "source", "customer": ada.pk, "value": "fair", "idempotency_key": "one"}
    assert client.post(URL, sent)["Location"] == client.post(URL, sent)["Location"]
    change = done(BulkChange.objects.get())
    link = f'href="{URL}{change.pk}/"'
    assert link in client.get(f"/jobs/{change.job_id}/").content.decode()
    take_back(client, change)
    first = change.undo_job_id
    client.post(f"{URL}{change.pk}/undo/")
    change.refresh_from_db()
    assert (change.undo_job_id, fresh(ada)[0].version) == (first, 3)


def test_it_is_not_taken_back_while_it_is_made_nor_after_a_day_and_then_its_values_go(client, manager):
    ada = create_customer(source="shop")
    change = ask(client, "source", ada, value="fair")
    assert "still being made" in client.post(f"{URL}{change.pk}/undo/", follow=True).content.decode()
    done(change)
    assert purging.purge() == 0
    BulkChange.objects.update(created_at=timezone.now() - dt.timedelta(hours=25))
    assert "that is over" in client.post(f"{URL}{change.pk}/undo/", follow=True).content.decode()
    assert purging.purge() == 1
    change.refresh_from_db()
    assert (change.undo_job, change.selection, fresh(ada)[0].source) == (None, {}, "fair")


def test_an_erasure_reaches_what_was_kept_and_what_is_still_to_do(client, manager):
    ada, bea = create_customer("Ada Lovelace", source="shop"), create_customer("Bea", source="shop")
    change = make(client, "source", ada, bea, value="fair")
    waiting = ask(client, "archive", list="q=Ada+Lovelace")
    BulkBatch.objects.create(change=waiting, number=0, customer_ids=[ada.pk, bea.pk])
    erasure = request_erasure(customer=ada)
    run(erasure.job_id)
    assert list(change.befores.values_list("customer_id", flat=True)) == [bea.pk]
    assert BulkBatch.objects.get().customer_ids == [bea.pk]
    change.refresh_from_db()
    waiting.refresh_from_db()
    assert (change.selection["ids"], waiting.selection) == ([bea.pk], {})
    take_back(client, change)
    assert [each.source for each in fresh(ada, bea)] == ["", "shop"]


def test_nobody_is_no_mistake(client, manager):
    assert "Nobody is chosen" in client.get(URL, {"target": "archive"}).content.decode()
    assert "Nobody matches" in client.get(URL, {"target": "archive", "all": "1"}).content.decode()
    assert client.post(URL, {"target": "archive", "all": "1"}).status_code == 422
    assert not BulkChange.objects.exists()


def test_the_page_of_the_list_is_chosen_without_scripts(client, manager):
    some = [create_customer() for _ in range(3)]
    shown = ".".join(str(each.pk) for each in some)
    assert "<strong>3 customers</strong>" in client.get(URL, {"page": "1", "shown": shown}).content.decode()
    assert "Nobody is chosen" in client.get(URL, {"shown": shown}).content.decode()


@pytest.mark.parametrize(
    ("target", "data", "message"),
    [
        ("lifecycle", {"value": "gone"}, "not one of the available choices"),
        ("lifecycle", {"value": ""}, "This field is required"),
        ("source", {"value": ""}, "choose to empty the field"),
        ("source", {"value": "x" * 61}, "at most 60 characters"),
        ("source", {"value": "a\x00b"}, "Null characters are not allowed"),
        ("owner", {"value": "999999"}, "not one of the available choices"),
        ("customer_since", {"value": "yesterday"}, "valid date"),
        ("customer_since", {"value": "0202-05-01"}, "Check the year."),
        ("custom_size", {"value": "many"}, "Write a number"),
        ("remove_tag", {"value": "no such"}, "There is no tag"),
        ("add_tag", {"value": "a, b"}, "Write one tag"),
        ("name", {"value": "Same for all"}, "Choose"),
        ("delete", {}, "Choose"),
    ],
)
def test_bad_input_is_answered_in_words_and_asks_for_nothing(client, manager, target, data, message):
    CustomField.objects.create(key="size", label="Size", kind="number")
    response = client.post(URL, {"target": target, "customer": create_customer().pk, **data})
    assert (response.status_code, message in response.content.decode()) == (422, True)
    assert not BulkChange.objects.exists()


def test_it_asks_no_more_often_for_many_than_for_few(client, manager, monkeypatch):
    monkeypatch.setattr(jobs, "BATCH_SIZE", 30)
    few, many = ([create_customer(source="shop") for _ in range(count)] for count in (3, 30))
    counts = []
    for some in (few, many):
        change = ask(client, "source", *some, value="fair")
        with CaptureQueriesContext(connection) as captured:
            done(change)
        counts.append(len(captured))
    assert counts[0] == counts[1]
