"""What is hidden from a role: how it looks, how it is asked for, how it survives a form, and how it is found."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.models import AccessRule, Confidential, Role
from customers.models import Address, ContactPerson, Customer, EmailAddress, PhoneNumber
from protection.audit.models import AccessLog
from tests.customers.test_edit import form_data
from tests.factories import create_customer, create_user

pytestmark = pytest.mark.django_db
ENCRYPTED = ["X1234567", "DE89 3704"]
SECRETS = ["ada@secret.example", "30 1234567", "12 Hidden Lane", "SW1A", "17 May 1990", "54,321", *ENCRYPTED]


@pytest.fixture
def ada():
    ada = create_customer(
        "Ada",
        email="ada@secret.example",
        birth_date=dt.date(1990, 5, 17),
        annual_income="54321.00",
        identity_number="X1234567",
        bank_account="DE89 3704 0044",
    )
    PhoneNumber.objects.create(customer=ada, number="+49 30 1234567")
    Address.objects.create(customer=ada, street="12 Hidden Lane", postal_code="SW1A", city="Berlin", country="DE")
    return ada


@pytest.fixture
def viewer(client):
    user = create_user("viewer")
    client.force_login(user)
    return user


@pytest.fixture
def manager(client):
    user = create_user("manager")
    client.force_login(user)
    return user


def mask_from(role: Role, *kinds: Confidential, may_unmask: bool = True, edits: str = "all") -> None:
    AccessRule.objects.create(role=role, sees="all", edits=edits, masked=list(kinds), may_unmask=may_unmask)


def one_email(address: str) -> dict[str, str]:
    return {"emails-TOTAL_FORMS": "1", "emails-0-email": address}


def unmask(client, customer: Customer, what: str, **headers: str):
    return client.post(f"/customers/{customer.pk}/unmask/", {"what": what}, headers=headers)


def test_everything_is_hidden_from_a_viewer(client, ada, viewer):
    for url in ("", "?q=ada", f"{ada.pk}/", "suggestions/?organisation=ada"):
        shown = client.get(f"/customers/{url}").content.decode()
        assert "Ada" in shown
        assert [secret for secret in SECRETS if secret in shown] == []
    shown = client.get(f"/customers/{ada.pk}/").content.decode()
    assert "•••@•••" in shown
    assert "age 3" not in shown, "nor is what is made of the birth date"
    assert "/unmask/" not in shown


def test_what_is_not_hidden_is_there_and_encrypted_numbers_never_unasked(client, ada, manager):
    shown = client.get(f"/customers/{ada.pk}/").content.decode()
    assert [secret for secret in SECRETS if secret not in shown] == ENCRYPTED
    assert '<a href="mailto:ada@secret.example"><bdi>ada@secret.example</bdi></a>' in shown
    assert '<a href="tel:+49301234567"><bdi>+49 30 1234567</bdi></a>' in shown
    mask_from(Role.MANAGER)
    shown = client.get(f"/customers/{ada.pk}/").content.decode()
    assert "X1234567" not in shown
    assert "X1234567" in unmask(client, ada, f"customer.identity_number.{ada.pk}").content.decode()


def test_showing_a_number_is_logged_and_kept_by_no_cache(client, ada, manager):
    answer = unmask(client, ada, f"customer.identity_number.{ada.pk}")
    assert "X1234567" in answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"
    line = AccessLog.objects.get(what="unmask")
    assert (line.actor, line.customer_id, line.detail) == (manager, ada.pk, {"field": "identity_number"})


def test_with_scripts_the_value_alone_takes_the_buttons_place(client, ada, manager):
    fragment = unmask(client, ada, f"customer.identity_number.{ada.pk}", HX_Request="true").content.decode()
    assert fragment.strip() == "<bdi>X1234567</bdi>"


def test_any_hidden_value_can_be_asked_for_by_who_may(client, ada, manager):
    mask_from(Role.MANAGER, *Confidential)
    rows = {
        f"emailaddress.email.{ada.emails.get().pk}": "ada@secret.example",
        f"phonenumber.number.{ada.phones.get().pk}": "+49 30 1234567",
        f"address.street.{ada.addresses.get().pk}": "12 Hidden Lane",
        f"customer.birth_date.{ada.pk}": "17 May 1990",
        f"customer.annual_income.{ada.pk}": "€54,321.00",
    }
    shown = client.get(f"/customers/{ada.pk}/").content.decode()
    for key, value in rows.items():
        assert key in shown
        assert value not in shown
        assert value in unmask(client, ada, key).content.decode()
    assert AccessLog.objects.filter(what="unmask").count() == len(rows)


def test_who_may_not_ask_gets_no_answer_and_no_button(client, ada, viewer):
    assert unmask(client, ada, f"customer.identity_number.{ada.pk}").status_code == 403
    assert not AccessLog.objects.filter(what="unmask").exists()


@pytest.mark.parametrize(
    "what",
    ["", "customer", "customer.name.1", "user.password.1", "emailaddress.email.x", "emailaddress.email.0", "a.b.c.d"],
)
def test_only_hidden_fields_of_the_customer_are_asked_for(client, ada, manager, what):
    assert unmask(client, ada, what).status_code == 404


def test_another_customers_row_is_not_shown_through_this_one(client, ada, manager):
    other = create_customer("Other", email="other@secret.example", identity_number="Y7654321")
    assert unmask(client, ada, f"emailaddress.email.{other.emails.get().pk}").status_code == 404
    assert unmask(client, ada, f"customer.identity_number.{other.pk}").status_code == 404


def test_hidden_fields_are_left_out_of_the_form_and_as_they_are_by_its_saving(client, ada, manager):
    mask_from(Role.MANAGER, *Confidential)
    form = client.get(f"/customers/{ada.pk}/edit/").content.decode()
    assert [secret for secret in SECRETS if secret in form] == []
    for name in ("birth_date", "annual_income", "emails-TOTAL_FORMS", "phones-TOTAL_FORMS", "addresses-TOTAL_FORMS"):
        assert f'name="{name}"' not in form
    smuggled = {
        "birth_date": "2000-01-01",
        "annual_income": "1",
        "emails-TOTAL_FORMS": "1",
        "emails-0-email": "x@x.example",
    }
    assert client.post(f"/customers/{ada.pk}/edit/", form_data(ada, name="Ada L.", **smuggled)).status_code == 302
    saved = Customer.objects.get(pk=ada.pk)
    assert (saved.name, saved.birth_date, saved.annual_income) == ("Ada L.", dt.date(1990, 5, 17), 54321)
    assert (saved.emails.get().email, saved.identity_number.reveal()) == ("ada@secret.example", "X1234567")


def test_of_contact_people_the_hidden_columns_alone_are_left_out(client, manager):
    mask_from(Role.MANAGER, Confidential.EMAIL)
    lab = create_customer("Lab", kind="organisation")
    person = ContactPerson.objects.create(
        customer=lab, name="Pat", email="pat@secret.example", phone="+49 1", is_primary=True
    )
    data = form_data(lab, kind="organisation") | {
        "contact_people-TOTAL_FORMS": "1",
        "contact_people-INITIAL_FORMS": "1",
        "contact_people-0-id": str(person.pk),
        "contact_people-0-name": "Patricia",
        "contact_people-0-phone": "+49 2",
        "contact_people-0-email": "smuggled@x.example",
        "contact_people-0-is_primary": "on",
    }
    assert "pat@secret" not in client.get(f"/customers/{lab.pk}/edit/").content.decode()
    assert client.post(f"/customers/{lab.pk}/edit/", data).status_code == 302
    person.refresh_from_db()
    assert (person.name, person.phone, person.email) == ("Patricia", "+49 2", "pat@secret.example")


def test_whoever_creates_a_customer_writes_down_what_they_know(client, manager):
    mask_from(Role.MANAGER, *Confidential)
    data = form_data(
        birth_date="1990-05-17", tax_number="12/345", **{"emails-TOTAL_FORMS": "1", "emails-0-email": "a@b.example"}
    )
    assert client.post("/customers/new/", data).status_code == 302
    made = Customer.objects.get()
    assert (made.birth_date, made.emails.get().email) == (dt.date(1990, 5, 17), "a@b.example")
    assert made.tax_number.reveal() == "12/345"


def test_an_encrypted_number_is_kept_replaced_or_taken_away(client, ada, manager):
    def save(**changes: str) -> Customer:
        current = Customer.objects.get(pk=ada.pk)
        assert client.post(f"/customers/{ada.pk}/edit/", form_data(current, **changes)).status_code == 302
        return Customer.objects.get(pk=ada.pk)

    assert "X1234567" not in client.get(f"/customers/{ada.pk}/edit/").content.decode()
    assert save(identity_number="").identity_number.reveal() == "X1234567"
    assert save(identity_number="Z1").identity_number.reveal() == "Z1"
    assert save(**{"identity_number-clear": "on"}).identity_number is None
    too_long = client.post(f"/customers/{ada.pk}/edit/", form_data(ada, tax_number="9" * 300))
    assert "at most 200 characters" in too_long.content.decode()


def test_the_page_of_two_versions_hides_what_is_encrypted(client, ada, manager):
    stale = form_data(ada, name="Mine", identity_number="TYPED-1")
    client.post(f"/customers/{ada.pk}/edit/", form_data(ada, name="Theirs"))
    answer = client.post(f"/customers/{ada.pk}/edit/", stale)
    assert answer.status_code == 409
    differences = [(str(each.label), each.mine, each.theirs) for each in answer.context["conflicts"]]
    assert ("Identity number", "••••••", "••••••") in differences
    assert "X1234567" not in answer.content.decode()


FOUND_BY = [
    ("ada@secret.example", True, True),
    (" ADA@Secret.Example ", True, True),
    ("ada@secret", True, False),
    ("a@", False, False),
    ("+49 (30) 12345-67", True, True),
    ("4930123", True, False),
    ("1234567", False, False),
    ("X1234567", True, True),
    ("x 123-4567", True, True),
    ("X12345", False, False),
    ("DE89370400 44", True, True),
]


@pytest.mark.parametrize(("text", "openly", "masked"), FOUND_BY)
def test_what_is_hidden_is_found_by_its_whole_value_only(client, ada, text, openly, masked):
    EmailAddress.objects.create(customer=create_customer("Other"), email="zoe@secret.example")
    for role, expected in (("admin", openly), ("viewer", masked)):
        client.force_login(create_user(role))
        listing = client.get("/customers/", {"q": text}).context["listing"]
        assert [customer.name for customer in listing.page.rows] == (["Ada"] if expected else [])
        assert listing.count == (int(expected), True)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("ada@secret.example", ["email"]),
        ("+49 30 1234567", ["phone", "sensitive"]),
        ("X1234567", ["sensitive"]),
        ("Ada Lovelace", []),
        ("", []),
    ],
)
def test_a_search_that_would_confirm_a_hidden_value_is_logged_without_it(client, ada, viewer, text, kinds):
    client.get("/customers/", {"q": text})
    lines = AccessLog.objects.filter(what="search_masked", actor=viewer)
    assert sorted(line.detail["kind"] for line in lines) == kinds
    assert all(line.detail["found"] == 1 for line in lines)
    assert text == "" or text not in str([line.detail for line in lines])


def test_the_admin_shows_dots_and_replaces(client, ada):
    client.force_login(create_user("admin"))
    shown = client.get(f"/admin/customers/customer/{ada.pk}/change/").content.decode()
    assert "X1234567" not in shown
    assert 'placeholder="••••••"' in shown
