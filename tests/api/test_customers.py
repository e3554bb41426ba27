"""Customers: read as far as one sees, written as far as one may."""

from __future__ import annotations

import datetime as dt
import json
from urllib.parse import urlencode

import pytest

from customers.models import Address, Consent, Customer, CustomerExternalId, CustomField, EmailAddress, PhoneNumber, Tag
from protection import suppression
from protection.audit.models import AccessLog
from tests.api.conftest import Api
from tests.factories import create_customer, create_team, create_user

pytestmark = pytest.mark.django_db

FULL = {
    "name": "Ada  Lovelace",
    "kind": "person",
    "lifecycle": "customer",
    "sex": "female",
    "birth_date": "1985-12-10",
    "annual_income": "50000.50",
    "identity_number": "L01X00T47",
    "tags": ["VIP", "north"],
    "emails": [{"email": "ada@example.org"}, {"email": "lovelace@example.org", "is_primary": True}],
    "phones": [{"number": "+49 30 1234567", "kind": "work"}],
    "addresses": [{"street": "Long Lane 1", "city": "Berlin", "country": "DE"}],
    "external_ids": [{"source": "shop", "value": "A-1"}],
    "consents": [{"purpose": "email", "is_given": True, "source": "web site"}],
}


@pytest.fixture
def admin():
    return Api(create_user("admin"))


def with_everything() -> Customer:
    customer = create_customer(
        "Ada", email="ada@example.org", birth_date=dt.date(1985, 12, 10), annual_income=50_000, tax_number="DE811"
    )
    PhoneNumber.objects.create(customer=customer, number="+49 30 1234567")
    Address.objects.create(customer=customer, street="Long Lane 1", postal_code="10115", city="Berlin", country="DE")
    return customer


def test_created_with_everything_and_read_again(admin):
    created = admin.post("customers", FULL)
    assert created.status_code == 201
    assert created.headers["Location"] == f"/api/v1/customers/{created.json()['id']}"
    read = admin.get(f"customers/{created.json()['id']}")
    assert read.json() == created.json()
    assert read.headers["ETag"] == created.headers["ETag"]
    row = read.json()
    assert row["name"] == "Ada Lovelace"
    assert row["tags"] == ["VIP", "north"]
    assert row["annual_income"] == "50000.50"
    assert [(each["email"], each["is_primary"]) for each in row["emails"]] == [
        ("lovelace@example.org", True),
        ("ada@example.org", False),
    ]
    assert row["phones"][0]["is_primary"]
    assert row["consents"][0]["is_given"]
    assert row["identity_number"] == "••••••"
    assert row["masked"] == ["bank_account", "identity_number", "tax_number"]
    assert Customer.objects.get().identity_number.reveal() == "L01X00T47"


def test_a_viewer_reads_dots(admin):
    customer = with_everything()
    text = Api(create_user("viewer")).get(f"customers/{customer.pk}").content.decode()
    for secret in ("ada@example.org", "1234567", "1985", "50000", "Long Lane", "10115", "DE811"):
        assert secret not in text
    row = Api(create_user("viewer")).get(f"customers/{customer.pk}").json()
    assert row["emails"][0]["email"] == "•••@•••"
    assert row["birth_date"] == "••••-••-••"
    assert row["annual_income"] == "••••••"
    assert row["addresses"][0]["city"] == "Berlin"
    assert {"emails", "phones", "addresses", "birth_date", "annual_income"} <= set(row["masked"])


def test_a_change_names_the_version_it_was_made_from(admin):
    customer = create_customer("Ada")
    path = f"customers/{customer.pk}"
    assert admin.patch(path, {"name": "Grace"}).status_code == 428
    first = admin.patch(path, {"name": "Grace"}, If_Match='"1"')
    assert (first.status_code, first.headers["ETag"][:3]) == (200, '"2/')
    late = admin.patch(path, {"name": "Alan"}, If_Match='"1"')
    assert late.status_code == 409
    assert late.json()["type"] == "urn:meridian:problem:version-conflict"
    assert late.json()["current_version"] == 2
    assert late.headers["ETag"] == '"2"'
    assert Customer.objects.get().name == "Grace"
    assert admin.call("DELETE", path, If_Match='"1"').status_code == 409
    assert admin.call("DELETE", path, If_Match=f"W/{first.headers['ETag']}").status_code == 204
    assert admin.get(path).status_code == 404


def test_who_has_read_a_customer_is_told_that_nothing_they_see_is_other(admin):
    path = f"customers/{create_customer('Ada', email='ada@example.org').pk}"
    known = admin.get(path).headers["ETag"]
    for sent in (known, f'W/{known}, "9/0"', "*"):
        again = admin.get(path, If_None_Match=sent)
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", known)
    assert admin.get(f"{path}?fields=id", If_None_Match=known).status_code == 200
    assert Api(create_user("viewer")).get(path, If_None_Match=known).status_code == 200
    Consent.objects.create(customer=Customer.objects.get(), purpose="email", is_given=True)
    changed = admin.get(path, If_None_Match=known)
    assert (changed.status_code, changed.headers["ETag"][:3]) == (200, known[:3]), "a consent counts no version"


def test_a_change_that_changes_nothing_leaves_the_version(admin):
    pk = admin.post("customers", FULL).json()["id"]
    same = {key: FULL[key] for key in ("name", "tags", "emails", "phones", "addresses", "identity_number", "consents")}
    assert admin.patch(f"customers/{pk}", same, If_Match="*").json()["version"] == 1
    assert Consent.objects.count() == 1


def test_a_list_becomes_what_is_sent(admin):
    pk = admin.post("customers", FULL).json()["id"]
    kept = EmailAddress.objects.get(email="ada@example.org").pk
    emails = [{"email": "new@example.org"}, {"email": "ada@example.org", "is_primary": True}]
    row = admin.patch(f"customers/{pk}", {"emails": emails, "tags": ["vip"]}, If_Match="*").json()
    assert [(each["email"], each["is_primary"]) for each in row["emails"]] == [
        ("ada@example.org", True),
        ("new@example.org", False),
    ]
    assert row["tags"] == ["VIP"]
    assert row["version"] == 2
    assert EmailAddress.objects.get(email="ada@example.org").pk == kept
    assert EmailAddress.objects.get(email="lovelace@example.org").deleted_at is not None
    assert Tag.objects.count() == 2


def test_put_blanks_what_it_does_not_name_but_for_what_is_encrypted(admin):
    pk = admin.post("customers", FULL).json()["id"]
    row = admin.call("PUT", f"customers/{pk}", {"name": "Ada"}, If_Match="*").json()
    assert (row["birth_date"], row["emails"], row["tags"], row["lifecycle"]) == (None, [], [], "lead")
    assert row["identity_number"] == "••••••"
    assert row["consents"][0]["is_given"]


def test_what_is_hidden_cannot_be_changed(admin):
    from accounts.models import AccessRule

    AccessRule.objects.create(role="sales", sees="all", edits="all", masked=["email", "sensitive"])
    customer = with_everything()
    api = Api(create_user("sales"))
    refused = api.patch(f"customers/{customer.pk}", {"emails": []}, If_Match="*")
    assert refused.status_code == 403
    assert refused.json()["errors"][0]["pointer"] == "/emails"
    assert EmailAddress.objects.get().deleted_at is None
    replaced = api.call("PUT", f"customers/{customer.pk}", {"name": "Ada"}, If_Match="*")
    assert replaced.status_code == 200
    assert EmailAddress.objects.get().deleted_at is None
    assert api.patch(f"customers/{customer.pk}", {"tax_number": "DE9"}, If_Match="*").status_code == 200
    assert Customer.objects.get().tax_number.reveal() == "DE9"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": "—"}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"name": "Ⅷ" * 150}, "/name"),
        ({"birth_date": "1879-12-31"}, "/birth_date"),
        ({"birth_date": "2999-01-01"}, "/birth_date"),
        ({"customer_since": "0202-05-01"}, "/customer_since"),
        ({"birth_date": "10.12.1985"}, "/birth_date"),
        ({"annual_income": "-1"}, "/annual_income"),
        ({"annual_income": "1e400"}, "/annual_income"),
        ({"kind": "robot"}, "/kind"),
        ({"owner": 987654}, "/owner"),
        ({"owner": 10**30}, "/owner"),
        ({"organisation": 987654}, "/organisation"),
        ({"emails": [{"email": "no address"}]}, "/emails/0/email"),
        ({"emails": [{}]}, "/emails/0/email"),
        ({"emails": [{"email": "a@b.de"}, {"email": "A@b.de"}]}, "/emails"),
        ({"phones": [{"number": "call me"}]}, "/phones/0/number"),
        ({"addresses": [{"country": "Germany"}]}, "/addresses/0/country"),
        ({"external_ids": [{"source": "shop", "value": "taken"}]}, "/external_ids/0"),
        ({"tags": ["x" * 61]}, "/tags/0"),
        ({"archived": "yes"}, "/archived"),
    ],
)
def test_what_cannot_be_is_said_with_its_place(admin, change, pointer):
    other = create_customer()
    CustomerExternalId.objects.create(customer=other, source="shop", value="taken")
    refused = admin.post("customers", {"name": "Ada", **change})
    assert refused.status_code == 400
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
    assert Customer.objects.count() == 1


def test_links_lead_to_customers_that_the_writer_sees():
    north, south = create_team(), create_team()
    theirs = create_customer("Acme", kind="organisation", team=south)
    ours = create_customer("Bolt", kind="organisation", team=north)
    api = Api(create_user("sales", team=north))
    assert api.post("customers", {"name": "Ada", "organisation": theirs.pk}).status_code == 400
    assert api.post("customers", {"name": "Ada", "organisation": ours.pk}).status_code == 201


def test_a_salesperson_owns_what_they_create_and_an_admins_belongs_to_nobody(admin):
    sales = Api(create_user("sales", team=create_team()))
    row = sales.post("customers", {"name": "Ada"}).json()
    assert (row["owner"], row["team"]) == (sales.user.pk, sales.user.team_id)
    row = admin.post("customers", {"name": "Ada"}).json()
    assert (row["owner"], row["team"]) == (None, None)


def test_somebody_who_was_erased_does_not_come_back(admin):
    suppression.suppress([suppression.email("gone@example.org")])
    refused = admin.post("customers", {"name": "Ada", "emails": [{"email": "Gone@example.org"}]})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/emails/0/email"


def test_an_objection_is_recorded_and_taken_back(admin):
    pk = admin.post("customers", {"name": "Ada", "objects_to_profiling": True}).json()["id"]
    assert Customer.objects.get().profiling_objected_at is not None
    row = admin.patch(f"customers/{pk}", {"objects_to_profiling": False}, If_Match="*").json()
    assert row["profiling_objected_at"] is None


# --- lists ------------------------------------------------------------------------------------------------------------


def names(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["results"]]


def test_pages_follow_each_other_in_both_directions(admin):
    for name in "EDCBA":
        create_customer(name)
    first = admin.get("customers?sort=name&limit=2")
    second = admin.get("customers?" + urlencode({"sort": "name", "limit": 2, "cursor": first.json()["next_cursor"]}))
    back = admin.get("customers?" + urlencode({"sort": "name", "limit": 2, "cursor": second.json()["previous_cursor"]}))
    assert (names(first), names(second), names(back)) == (["A", "B"], ["C", "D"], ["A", "B"])
    assert first.json()["previous_cursor"] is None
    assert names(admin.get("customers?sort=-name&limit=1")) == ["E"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("sort=email", "sort"),
        ("cursor=made-up", "cursor"),
        ("fields=name,secret", "fields"),
        ("serach=Ada", "serach"),
        ("search=%00", "search"),
        ("updated_since=yesterday", "updated_since"),
        ("updated_since=9999-12-31T23:59:59-12:00", "updated_since"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused(admin, query, parameter):
    refused = admin.get(f"customers?{query}")
    assert refused.status_code == 400
    assert [error["parameter"] for error in refused.json()["errors"]] == [parameter]


def test_a_cursor_of_another_order_is_refused(admin):
    for _number in range(3):
        create_customer()
    cursor = admin.get("customers?limit=1").json()["next_cursor"]
    assert admin.get("customers?" + urlencode({"sort": "name", "cursor": cursor})).status_code == 400


def test_only_the_members_that_are_asked_for(admin):
    customer = with_everything()
    assert admin.get("customers?fields=id,name").json()["results"] == [{"id": customer.pk, "name": "Ada"}]
    assert set(admin.get(f"customers/{customer.pk}?fields=emails,masked").json()) == {"emails", "masked"}
    assert set(admin.get(f"customers/{customer.pk}?fields=emails").json()["emails"][0]) == {"email", "is_primary"}


@pytest.mark.parametrize("number", [3, 30])
def test_a_list_makes_the_same_few_queries_whatever_its_length(number, django_assert_max_num_queries):
    api = Api(create_user("admin"))
    for _each in range(number):
        with_everything()
    api.get("customers")
    with django_assert_max_num_queries(12):
        assert len(api.get("customers").json()["results"]) == number


def test_a_search_for_a_hidden_value_is_logged():
    with_everything()
    viewer = Api(create_user("viewer"))
    assert names(viewer.get("customers?search=ada@")) == []
    assert names(viewer.get("customers?search=ada@example.org")) == ["Ada"]
    assert [(line.what, line.actor_id) for line in AccessLog.objects.filter(what="search_masked")][-1] == (
        "search_masked",
        viewer.user.pk,
    )


def test_deleted_customers_are_not_there_and_archived_ones_are(admin):
    create_customer("Ada", archived_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    create_customer("Grace", deleted_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert names(admin.get("customers")) == ["Ada"]


# --- the filter language ----------------------------------------------------------------------------------------------

FILTER = {
    "and": [{"field": "name", "op": "contains", "value": "a"}, {"field": "lifecycle", "op": "is", "value": "lead"}]
}


def test_a_list_is_narrowed_by_an_expression(admin):
    create_customer("Ada")
    create_customer("Bob")
    create_customer("Clara", lifecycle="former")
    assert names(admin.get("customers?" + urlencode({"filter": json.dumps(FILTER)}))) == ["Ada"]
    found = admin.post("customers/search", {"filter": FILTER, "fields": "name"})
    assert found.json()["results"] == [{"name": "Ada"}]


def test_an_expression_that_makes_no_sense_is_refused_with_its_place(admin):
    wrong = {"and": [{"field": "shoe_size", "op": "is", "value": 7}]}
    refused = admin.post("customers/search", {"filter": wrong})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"].startswith("/filter/and/0")
    assert admin.get("customers?filter=no-json").status_code == 400


def test_what_is_hidden_is_not_filtered_by():
    viewer = Api(create_user("viewer"))
    older = {"field": "birth_date", "op": "<", "value": "1990-01-01"}
    assert viewer.post("customers/search", {"filter": older}).status_code == 403


# --- showing what is hidden -------------------------------------------------------------------------------------------


def test_a_hidden_value_is_shown_for_a_reason_and_logged(admin):
    pk = admin.post("customers", FULL).json()["id"]
    shown = admin.post(f"customers/{pk}/unmask", {"member": "identity_number", "reason": "passport check"})
    assert shown.json() == {"member": "identity_number", "values": [{"identity_number": "L01X00T47"}]}
    line = AccessLog.objects.get(what="unmask")
    assert (line.customer_id, line.detail["field"], line.detail["reason"]) == (pk, "identity_number", "passport check")
    assert admin.post(f"customers/{pk}/unmask", {"member": "identity_number"}).status_code == 400


def test_who_may_not_unmask_is_refused():
    customer = with_everything()
    viewer = Api(create_user("viewer"))
    refused = viewer.post(f"customers/{customer.pk}/unmask", {"member": "emails", "reason": "curious"})
    assert refused.status_code == 403
    assert not AccessLog.objects.filter(what="unmask").exists()


# --- custom fields ----------------------------------------------------------------------------------------------------


def test_custom_fields_are_read_and_written_by_their_kinds(admin):
    CustomField.objects.create(key="visits", label="Visits", kind="number")
    CustomField.objects.create(key="hobby", label="Hobby", kind="text")
    pk = admin.post("customers", {"name": "Ada", "custom": {"visits": 3, "hobby": "chess"}}).json()["id"]
    row = admin.patch(f"customers/{pk}", {"custom": {"hobby": None}}, If_Match="*").json()
    assert row["custom"] == {"visits": "3"}
    refused = admin.patch(f"customers/{pk}", {"custom": {"visits": "many", "a/b": 1}}, If_Match="*")
    assert {error["pointer"] for error in refused.json()["errors"]} == {"/custom/visits", "/custom/a~1b"}
    assert admin.call("PUT", f"customers/{pk}", {"name": "Ada"}, If_Match="*").json()["custom"] == {}
