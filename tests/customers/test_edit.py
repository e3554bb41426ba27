from __future__ import annotations

import re

import pytest
from django.db import IntegrityError, transaction

from customers.models import Address, Customer, CustomerExternalId, EmailAddress, Tag
from tests.factories import create_customer, create_user

pytestmark = pytest.mark.django_db

EMPTY_PARTS = {
    f"{name}-{count}": "0"
    for name in ("emails", "phones", "addresses", "contact_people")
    for count in ("TOTAL_FORMS", "INITIAL_FORMS")
}


@pytest.fixture
def sales(client):
    user = create_user("sales")
    client.force_login(user)
    return user


def form_data(customer: Customer | None = None, /, **changes: str) -> dict[str, str]:
    data = {"kind": "person", "name": "Ada Example", "lifecycle": "lead", "source": "", **EMPTY_PARTS}
    if customer:
        data |= {"name": customer.name, "version": str(customer.version), "lifecycle": customer.lifecycle}
    return data | changes


def test_what_is_wrong_is_named_at_the_top_and_led_to_in_the_lists_too(client, sales):
    wrong = {"emails-TOTAL_FORMS": "1", "emails-0-email": "ada at example.org"}
    page = client.post("/customers/new/", form_data(**wrong)).content.decode()
    assert "1 field needs another look." in page
    assert '<a href="#id_emails-0-email"><bdi>E-mail</bdi></a>' in page
    page = client.post("/customers/new/", form_data(customer_since="0202-05-03", **wrong)).content.decode()
    assert "2 fields need another look." in page
    assert '<a href="#id_customer_since"><bdi>Customer since</bdi></a> ·' in page


def test_it_creates_a_customer_with_everything(client, sales):
    friend = create_customer("Friend")
    Tag.objects.create(name="Lab")
    data = form_data(
        tags="lab, new tag",
        referred_by=f"#{friend.pk} Friend",
        birth_date="1990-05-17",
        **{"emails-TOTAL_FORMS": "1", "emails-0-email": "ada@example.org"},
        **{
            "addresses-TOTAL_FORMS": "1",
            "addresses-0-kind": "home",
            "addresses-0-city": "Berlin",
            "addresses-0-country": "DE",
        },
    )
    response = client.post("/customers/new/", data)
    ada = Customer.objects.get(name="Ada Example")
    assert response.url == ada.get_absolute_url()
    assert sorted(tag.name for tag in ada.tags.all()) == ["Lab", "new tag"]
    assert (ada.referred_by, ada.emails.get().email, ada.addresses.get().country) == (friend, "ada@example.org", "DE")
    assert ada.emails.get().is_primary


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "   "}, "This field is required"),
        ({"name": "---"}, "at least one letter"),
        ({"name": "x\x00y"}, "Null characters are not allowed"),
        ({"name": "x" * 10_000}, "at most 200 characters"),
        ({"birth_date": "1066-10-14"}, "before 1880"),
        ({"birth_date": "2999-01-01"}, "still to come"),
        ({"referred_by": "Nobody Known"}, "No customer is called"),
        ({"kind": "organisation", "organisation": "Friend"}, "Only a person"),
        ({"tags": "y" * 61}, "at most 60 characters"),
        ({"emails-TOTAL_FORMS": "1", "emails-0-email": "no-address"}, "valid email"),
        ({"emails-TOTAL_FORMS": "x"}, "ManagementForm data is missing"),
    ],
)
def test_bad_input_is_answered_in_words_and_nothing_is_saved(client, sales, changes, message):
    create_customer("Friend")
    response = client.post("/customers/new/", form_data(source="kept", **changes))
    assert response.status_code == 422
    assert message in response.content.decode()
    assert 'value="kept"' in response.content.decode()
    assert Customer.objects.count() == 1


def test_two_primary_emails_are_refused_in_words(client, sales):
    emails = {"emails-TOTAL_FORMS": "2"}
    for number in (0, 1):
        emails |= {f"emails-{number}-email": f"a{number}@example.org", f"emails-{number}-is_primary": "on"}
    response = client.post("/customers/new/", form_data(**emails))
    assert "Only one can be primary; 2 are marked." in response.content.decode()


def test_saving_counts_the_version(client, sales):
    ada = create_customer("Ada")
    client.post(f"/customers/{ada.pk}/edit/", form_data(ada, name="Ada L."))
    ada.refresh_from_db()
    assert (ada.name, ada.version) == ("Ada L.", 2)


def test_a_day_that_was_kept_before_anybody_looked_stays_until_it_is_changed(client, sales):
    ada = create_customer("Ada", customer_since="0001-05-01")
    url, kept = f"/customers/{ada.pk}/edit/", {"customer_since": "0001-05-01"}
    assert 'value="0001-05-01"' in client.get(url).content.decode()
    assert client.post(url, form_data(ada, name="Ada L.", **kept)).status_code == 302
    ada.refresh_from_db()
    assert (ada.name, str(ada.customer_since)) == ("Ada L.", "0001-05-01")
    answer = client.post(url, form_data(ada, customer_since="0001-05-02"))
    assert (answer.status_code, "before 1800" in answer.content.decode()) == (422, True)


def test_the_second_of_two_editors_sees_both_versions_and_loses_nothing(client, sales):
    ada = create_customer("Ada")
    client.post(f"/customers/{ada.pk}/edit/", form_data(ada, name="Ada of the first"))
    response = client.post(f"/customers/{ada.pk}/edit/", form_data(ada, name="Ada of the second"))
    page = response.content.decode()
    assert response.status_code == 409
    assert "Ada of the first" in page
    assert "Ada of the second" in page
    assert "changed by yourself, in another window" in page
    ada.refresh_from_db()
    assert ada.name == "Ada of the first"

    client.post(f"/customers/{ada.pk}/edit/", form_data(ada, name="Ada of the second"))
    ada.refresh_from_db()
    assert (ada.name, ada.version) == ("Ada of the second", 3)


def as_opened(client, customer):
    """What the form of a customer sends if nothing is changed."""
    page = client.get(f"/customers/{customer.pk}/edit/")
    form, data = page.context["form"], {}
    for bound in [*form, *(field for part in page.context["parts"].values() for row in part for field in row)]:
        value = bound.value()
        data[bound.html_name] = "" if value in (None, False) or hasattr(value, "is_kept") else str(value)
    data["tags"] = ", ".join(tag.name for tag in customer.tags.all())
    for part in page.context["parts"].values():
        data |= {
            f"{part.prefix}-TOTAL_FORMS": str(len(part.forms)),
            f"{part.prefix}-INITIAL_FORMS": str(part.initial_form_count()),
        }
    return {key: value for key, value in data.items() if not (key.endswith(("is_primary", "DELETE")) and not value)}


def test_what_two_editors_change_in_different_places_is_merged(client, sales):
    ada = create_customer("Ada", email="ada@example.org", source="fair", profile_text="old")
    url, mine, theirs = f"/customers/{ada.pk}/edit/", as_opened(client, ada), as_opened(client, ada)
    theirs |= {"name": "Ada of the first", "emails-0-email": "first@example.org", "tags": "vip", "profile_text": ""}
    mine |= {"source": "web", "emails-1-email": "second@example.org", "sex": "female"}
    assert client.post(url, theirs).status_code == 302
    assert client.post(url, mine).status_code == 302
    ada = Customer.objects.get(pk=ada.pk)
    assert (ada.name, ada.source, ada.sex, ada.profile_text) == ("Ada of the first", "web", "female", "")
    assert [tag.name for tag in ada.tags.all()] == ["vip"]
    assert [row.email for row in ada.emails.order_by("pk")] == ["first@example.org", "second@example.org"]


def test_what_both_changed_is_shown_and_theirs_is_kept_where_that_is_ticked(client, sales):
    ada = create_customer("Ada", email="ada@example.org", source="fair")
    url, mine, theirs = f"/customers/{ada.pk}/edit/", as_opened(client, ada), as_opened(client, ada)
    client.post(
        url, theirs | {"name": "<b>First", "source": "web", "emails-0-email": "first@example.org", "sex": "male"}
    )
    mine |= {
        "name": "Second",
        "source": "call",
        "emails-0-email": "second@example.org",
        "emails-1-email": "new@example.org",
    }
    answer = client.post(url, mine)
    shown = [(each.name, each.mine, each.theirs) for each in answer.context["conflicts"]]
    row = f"emails.{ada.emails.get().pk}"
    assert answer.status_code == 409
    assert shown == [
        ("name", "Second", "<b>First"),
        ("source", "call", "web"),
        (row, "second@example.org", "first@example.org"),
    ]
    again = mine | {"version": answer.context["form"].data["version"], "sex": answer.context["form"].data["sex"]}
    assert again["sex"] == "male"
    assert client.post(url, again | {"theirs": row, "source": "call"}).status_code == 302
    ada = Customer.objects.get(pk=ada.pk)
    assert (ada.name, ada.source, ada.sex) == ("Second", "call", "male")
    assert [each.email for each in ada.emails.order_by("pk")] == ["first@example.org", "new@example.org"]


def test_archiving_and_bringing_back(client, sales):
    ada = create_customer("Ada")
    client.post(f"/customers/{ada.pk}/archive/", {"archived": "yes"})
    assert not Customer.objects.live().exists()
    client.post(f"/customers/{ada.pk}/archive/", {"archived": "no"})
    assert Customer.objects.live().get().version == 3


def test_a_deleted_customer_blocks_nothing_and_can_come_back(client):
    client.force_login(create_user("admin"))
    ada = create_customer("Ada", email="ada@example.org")
    CustomerExternalId.objects.create(customer=ada, source="shop", value="17")
    client.post(f"/customers/{ada.pk}/delete/")
    assert client.get(f"/customers/{ada.pk}/").status_code == 404
    assert not EmailAddress.objects.filter(deleted_at=None).exists()

    client.post(f"/customers/{ada.pk}/restore/")
    assert client.get(f"/customers/{ada.pk}/").status_code == 200
    assert EmailAddress.objects.filter(deleted_at=None).count() == 1


def test_restoring_onto_a_number_in_use_is_refused_whole(client):
    client.force_login(create_user("admin"))
    ada = create_customer("Ada", email="ada@example.org")
    CustomerExternalId.objects.create(customer=ada, source="shop", value="17")
    client.post(f"/customers/{ada.pk}/delete/")
    CustomerExternalId.objects.create(customer=create_customer("Successor"), source="shop", value="17")
    client.post(f"/customers/{ada.pk}/restore/")
    ada.refresh_from_db()
    assert ada.deleted_at is not None
    assert not EmailAddress.objects.filter(deleted_at=None).exists()


@pytest.mark.parametrize("action", ["delete", "restore"])
def test_only_an_admin_deletes_and_restores(client, sales, action):
    ada = create_customer("Ada")
    assert client.post(f"/customers/{ada.pk}/{action}/").status_code == 403
    ada.refresh_from_db()
    assert (ada.deleted_at, ada.version) == (None, 1)


@pytest.mark.parametrize("action", ["archive", "delete", "restore"])
def test_a_get_never_writes(client, action):
    client.force_login(create_user("admin"))
    ada = create_customer("Ada")
    assert client.get(f"/customers/{ada.pk}/{action}/").status_code == 405


def test_the_database_refuses_what_the_forms_refuse(db):
    ada = create_customer("Ada")
    for broken in (
        lambda: Customer.objects.filter(pk=ada.pk).update(referred_by=ada),
        lambda: Customer.objects.filter(pk=ada.pk).update(kind="organisation", organisation=create_customer()),
        lambda: Customer.objects.filter(pk=ada.pk).update(name=" "),
        lambda: Address.objects.create(customer=ada, country="de"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            broken()


def test_a_row_that_may_stay_empty_is_not_marked_as_required(client, sales):
    page = client.get("/customers/new/").content.decode()
    labels = dict(re.findall(r'<label for="(id_[\w-]+)">(.*?)</label>', page))
    assert "required" in labels["id_name"]
    assert "required" not in labels["id_emails-0-email"]
