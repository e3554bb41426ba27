"""One field saved by itself: by whom, what is refused, and what happens when two people write at once."""

from __future__ import annotations

import re
from urllib.parse import parse_qs

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AccessRule
from customers.field_editing import FieldConflict, FieldRefused, remove_row, save_field
from customers.field_forms import field_form, opened_on
from customers.models import Address, ContactPerson, Customer, EmailAddress, PhoneNumber
from tests.customers.custom import create_field
from tests.factories import create_customer, create_team, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client):
    user = create_user("manager", team=create_team("North"))
    client.force_login(user)
    return user


@pytest.fixture
def ada(manager):
    return create_customer("Ada", owner=manager, email="ada@example.org", source="fair")


def opened(customer, name, by):
    fresh = Customer.objects.get(pk=customer.pk)
    return str(opened_on(fresh, field_form(fresh, name, sight=by.sight), name))


def save(customer, name, value, by, at=None):
    fresh = Customer.objects.get(pk=customer.pk)
    return save_field(customer=fresh, name=name, value=value, opened_version=at or opened(customer, name, by), by=by)


def token_in(page):
    [token] = re.findall(r'name="opened" value="([^"]+)"', page)
    return token


def kept(customer, name):
    return getattr(Customer.objects.get(pk=customer.pk), name)


def take_back(saved, by):
    undo = dict(saved.undo)
    fresh = Customer.objects.get(pk=saved.customer.pk)
    if "take_away" in undo:
        return remove_row(customer=fresh, name=saved.undo_name, opened_version=undo["opened"], by=by)
    value = parse_qs(undo["values"], keep_blank_values=True) or {}
    return save_field(customer=fresh, name=saved.undo_name, value=value, opened_version=undo["opened"], by=by)


def test_each_kind_of_field_is_saved_alone_and_taken_back(ada, manager):
    colleague, lab = create_user("sales"), create_customer("Lab", kind="organisation")
    create_field("size", "number")
    create_field("wants", "multi_choice")
    texts = lambda: (  # noqa: E731
        kept(ada, "name"),
        kept(ada, "lifecycle"),
        str(kept(ada, "birth_date")),
        kept(ada, "owner_id"),
        kept(ada, "organisation_id"),
        sorted(tag.name for tag in ada.tags.all()),
        kept(ada, "custom"),
    )
    save(ada, "tags", "vip", manager)
    save(ada, "custom_wants", ["gold"], manager)
    at_first = texts()
    steps = [
        save(ada, "name", "Ada Lovelace", manager),
        save(ada, "lifecycle", "customer", manager),
        save(ada, "birth_date", "1990-12-10", manager),
        save(ada, "owner", str(colleague.pk), manager),
        save(ada, "organisation", f"#{lab.pk} Lab", manager),
        save(ada, "tags", "vip, berlin", manager),
        save(ada, "custom_size", "12.50", manager),
        save(ada, "custom_wants", ["gold", "zh"], manager),
    ]
    assert texts() == (
        "Ada Lovelace",
        "customer",
        "1990-12-10",
        colleague.pk,
        lab.pk,
        ["berlin", "vip"],
        {"size": "12.5", "wants": ["gold", "zh"]},
    )
    for step in reversed(steps):
        assert step.is_changed
        take_back(step, manager)
    assert texts() == at_first


def test_rows_are_added_changed_and_removed_and_one_is_primary(ada, manager):
    added = save(ada, "emails.new", {"email": "ada@work.example", "is_primary": "on"}, manager)
    assert [(each.email, each.is_primary) for each in ada.emails.order_by("pk")] == [
        ("ada@example.org", False),
        ("ada@work.example", True),
    ]
    changed = save(ada, added.name, {"email": "ada@home.example", "is_primary": "on"}, manager)
    take_back(changed, manager)
    assert ada.emails.filter(email="ada@work.example", is_primary=True).exists()
    removed = remove_row(
        customer=Customer.objects.get(pk=ada.pk),
        name=added.name,
        opened_version=opened(ada, added.name, manager),
        by=manager,
    )
    assert [(each.email, each.is_primary) for each in ada.emails.all()] == [("ada@example.org", True)]
    take_back(removed, manager)
    assert ada.emails.filter(email="ada@work.example", is_primary=True).exists()
    with pytest.raises(FieldRefused) as refused:
        save(ada, "emails.new", {"email": "ADA@example.org"}, manager)
    assert "already" in str(refused.value.form.errors)


def test_a_change_of_another_field_is_merged_and_one_of_the_same_field_is_not_overwritten(ada, manager):
    source, name = opened(ada, "source", manager), opened(ada, "name", manager)
    save(ada, "source", "web", manager)
    save(ada, "name", "Ada L.", manager, at=name)
    assert (kept(ada, "name"), kept(ada, "source")) == ("Ada L.", "web")
    with pytest.raises(FieldConflict) as conflict:
        save(ada, "source", "call", manager, at=source)
    assert kept(ada, "source") == "web"
    save(ada, "source", "call", manager, at=str(conflict.value.opened))
    assert kept(ada, "source") == "call"


def test_whoever_changed_nothing_keeps_what_another_wrote(ada, manager):
    source = opened(ada, "source", manager)
    save(ada, "source", "web", manager)
    assert not save(ada, "source", "fair", manager, at=source).is_changed
    assert kept(ada, "source") == "web"


def test_a_bare_version_takes_any_later_change_for_one_of_this_field(ada, manager):
    version = kept(ada, "version")
    save(ada, "name", "Ada L.", manager)
    with pytest.raises(FieldConflict):
        save(ada, "source", "web", manager, at=version)


def test_the_second_of_two_people_sees_both_values_and_decides(client, ada, manager):
    url = f"/customers/{ada.pk}/fields/source/"
    form = client.get(url).content.decode()
    token = token_in(form)
    save(ada, "source", "web <b>", create_user("admin"))
    answer = client.post(url, {"source": "call", "opened": token})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "web &lt;b&gt;" in page
    assert "changed by the program" in page
    assert 'value="call"' in page
    assert kept(ada, "source") == "web <b>"
    token = token_in(page)
    assert client.post(url, {"source": "call", "opened": token}).status_code == 302
    assert kept(ada, "source") == "call"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("birth_date", "2999-01-01", "This day is still to come."),
        ("customer_since", "0202-05-01", "Check the year."),
        ("annual_income", "-5", "An income is not below zero."),
    ],
)
def test_a_wrong_value_is_said_beside_the_field_with_what_was_typed(client, ada, name, value, words):
    answer = client.post(f"/customers/{ada.pk}/fields/{name}/", {name: value, "opened": "1"})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert value in answer.content.decode()


def test_a_hidden_value_is_not_edited_blind_and_an_encrypted_one_is_replaced_whole(client, ada, manager):
    AccessRule.objects.update_or_create(
        role="manager", defaults={"sees": "all", "edits": "all", "masked": ["birth_date", "email", "sensitive"]}
    )
    row = ada.emails.get()
    for name in ("birth_date", f"emails.{row.pk}", "emails.new"):
        assert client.get(f"/customers/{ada.pk}/fields/{name}/").status_code == 403
        assert client.post(f"/customers/{ada.pk}/fields/{name}/", {"email": "x@example.org"}).status_code == 403
    token = token_in(client.get(f"/customers/{ada.pk}/fields/tax_number/").content.decode())
    client.post(f"/customers/{ada.pk}/fields/tax_number/", {"tax_number": "DE 123", "opened": token})
    assert kept(ada, "tax_number").reveal() == "DE 123"
    assert "DE 123" not in client.get(ada.get_absolute_url()).content.decode()


@pytest.mark.parametrize("name", ["version", "deleted_at", "sort_name", "emails.99", "emails.x", "pets.1", "custom_no"])
def test_what_is_no_field_of_the_form_is_not_there(client, ada, name):
    assert client.post(f"/customers/{ada.pk}/fields/{name}/", {name: "1"}).status_code in {403, 404}


def test_rows_of_another_customer_are_not_there(client, ada):
    other = create_customer("Other", email="other@example.org")
    assert client.get(f"/customers/{ada.pk}/fields/emails.{other.emails.get().pk}/").status_code == 404


def test_every_shape_of_field_has_its_form_and_its_row(client, manager):
    lab = create_customer("Lab", kind="organisation", owner=manager, email="lab@example.org")
    PhoneNumber.objects.create(customer=lab, number="+49 30 1")
    Address.objects.create(customer=lab, city="Berlin")
    ContactPerson.objects.create(customer=lab, name="Pat")
    create_field("size", "number")
    page = client.get(lab.get_absolute_url()).content.decode()
    links = set(re.findall(rf'href="(/customers/{lab.pk}/fields/[^"]+)"', page))
    assert len(links) == 28
    for link in links:
        assert client.get(link).status_code == 200
        assert 'id="field-' in client.get(f"{link}?shown", headers={"HX-Request": "true"}).content.decode()


@pytest.mark.parametrize(
    ("name", "value"), [("name", "Ada L."), ("owner", "nobody"), ("lifecycle", "customer"), ("custom_size", "3")]
)
def test_saving_a_field_asks_eight_times_at_most(client, ada, manager, name, value):
    create_field("size", "number")
    token = opened(ada, name, manager)
    sent = {name: "" if value == "nobody" else value, "opened": token}
    with CaptureQueriesContext(connection) as captured:
        answer = client.post(f"/customers/{ada.pk}/fields/{name}/", sent, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    asked = [query["sql"] for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(asked) <= 8, "\n".join(asked)
    assert EmailAddress.objects.filter(customer=ada).count() == 1


def test_the_card_of_the_organisation_comes_with_the_field(client, ada, manager):
    lab = create_customer("Laboratory", kind="organisation")
    opened = token_in(client.get(f"/customers/{ada.pk}/fields/organisation/").content.decode())
    sent = {"organisation": f"#{lab.pk}", "opened": opened}
    answer = client.post(f"/customers/{ada.pk}/fields/organisation/", sent, headers={"HX-Request": "true"})
    card = answer.content.decode().partition('id="customer-people"')[2]
    assert f'href="{lab.get_absolute_url()}"' in card
