"""Whom the customer pages show to whom, and what they let them change."""

from __future__ import annotations

import pytest

from accounts.models import AccessRule, Role
from customers.models import ContactPerson, Customer
from tests.customers.test_edit import form_data
from tests.factories import create_customer, create_order, create_team, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def north():
    return create_team("North")


@pytest.fixture
def seller(client, north):
    user = create_user("sales", team=north)
    client.force_login(user)
    return user


@pytest.fixture
def foreign():
    """Of another team: for the seller they do not exist."""
    return create_customer("Zaphod Foreign", team=create_team("South"), owner=create_user("sales"))


def page(client, url: str, **query: str) -> str:
    return client.get(url, query, follow=True).content.decode()


def test_the_list_its_count_and_the_search_hold_visible_customers_only(client, seller, foreign):
    create_customer("Ada Mine", owner=seller)
    listing = client.get("/customers/").context["listing"]
    assert [customer.name for customer in listing.page.rows] == ["Ada Mine"]
    assert listing.count == (1, True)
    assert "Zaphod Foreign" not in page(client, "/customers/", q="foreign")
    assert "Zaphod" not in page(client, "/customers/", owner=str(foreign.owner_id))


def test_suggestions_hold_visible_customers_only(client, seller, foreign):
    create_customer("Zoe Zaphodson")
    found = page(client, "/customers/suggestions/", organisation="zaphod")
    assert "Zoe Zaphodson" in found
    assert "Foreign" not in found


@pytest.mark.parametrize("url", ["", "orders/", "edit/"])
def test_a_strangers_page_is_not_there(client, seller, foreign, url):
    assert client.get(f"/customers/{foreign.pk}/{url}").status_code == 404


def test_links_to_customers_out_of_sight_name_nobody(client, seller, foreign):
    lab = create_customer("Laboratory", kind="organisation", team=foreign.team)
    ada = create_customer("Ada", owner=seller, organisation=lab, referred_by=foreign)
    shown = page(client, ada.get_absolute_url())
    assert shown.count("another customer") == 4  # heading, two fields and the card of the organisation
    assert "Zaphod" not in shown
    assert "Laboratory" not in shown
    assert f"/customers/{foreign.pk}/" not in shown


def test_an_organisation_shows_its_visible_members_and_no_links_to_others(client, seller, foreign):
    lab = create_customer("Lab", kind="organisation", owner=seller)
    create_customer("Member Mine", organisation=lab, owner=seller)
    create_customer("Member Foreign", organisation=lab, team=foreign.team)
    ContactPerson.objects.create(customer=lab, name="Known At The Lab", person=foreign)
    shown = page(client, lab.get_absolute_url())
    assert "Member Mine" in shown
    assert "Member Foreign" not in shown
    assert "Known At The Lab" in shown
    assert f"/customers/{foreign.pk}/" not in shown


@pytest.mark.parametrize("field", ["organisation", "referred_by"])
def test_a_customer_out_of_sight_is_answered_like_one_that_is_not_there(client, seller, foreign, field):
    Customer.objects.filter(pk=foreign.pk).update(kind="organisation")
    answers = [
        client.post("/customers/new/", form_data(**{field: named})).content.decode()
        for named in (f"#{foreign.pk}", foreign.name, "#999999", "Nobody At All")
    ]
    assert all("No customer is called" in answer for answer in answers)
    assert Customer.objects.count() == 1


def test_a_hidden_link_survives_the_form_of_somebody_who_does_not_see_it(client, seller, foreign):
    ada = create_customer("Ada", owner=seller, referred_by=foreign)
    assert "Zaphod" not in page(client, f"/customers/{ada.pk}/edit/")
    client.post(f"/customers/{ada.pk}/edit/", form_data(ada, name="Ada L.", owner=str(seller.pk), referred_by=""))
    ada.refresh_from_db()
    assert (ada.name, ada.referred_by) == ("Ada L.", foreign)


def test_a_person_with_a_hidden_organisation_does_not_become_one(client, seller, foreign):
    lab = create_customer("Lab", kind="organisation", team=foreign.team)
    ada = create_customer("Ada", owner=seller, organisation=lab)
    answer = client.post(f"/customers/{ada.pk}/edit/", form_data(ada, kind="organisation", owner=str(seller.pk)))
    assert answer.status_code == 422
    assert "Only a person can be part of an organisation" in answer.content.decode()


def test_owners_and_teams_out_of_sight_cannot_be_chosen(client, seller, foreign):
    for field, value in (("owner", foreign.owner_id), ("team", foreign.team_id), ("owner", 999_999)):
        answer = client.post("/customers/new/", form_data(**{field: str(value)}))
        assert answer.status_code == 422
        assert "Select a valid choice" in answer.content.decode()


def test_the_owner_who_is_there_already_stays_possible(client, seller, north):
    elsewhere = create_user("sales")
    ada = create_customer("Ada", owner=elsewhere, team=north)
    data = form_data(ada, name="Ada L.", owner=str(elsewhere.pk), team=str(north.pk))
    assert client.post(f"/customers/{ada.pk}/edit/", data).url == ada.get_absolute_url()


def test_whoever_gives_a_customer_away_ends_up_in_the_list(client, seller, north):
    AccessRule.objects.create(role=Role.SALES, sees="own", edits="own")
    colleague = create_user("sales", team=north)
    ada = create_customer("Ada", owner=seller, team=north)
    data = form_data(ada, owner=str(colleague.pk), team=str(north.pk))
    answer = client.post(f"/customers/{ada.pk}/edit/", data, follow=True)
    assert answer.redirect_chain == [("/customers/", 302)]
    assert "you no longer see them" in answer.content.decode()
    assert client.get(ada.get_absolute_url()).status_code == 404


def test_whoever_reaches_only_their_own_owns_what_they_create(client, seller, north):
    AccessRule.objects.create(role=Role.SALES, sees="own", edits="own")
    colleague = create_user("sales", team=north)
    client.post("/customers/new/", form_data(owner=str(colleague.pk)))
    assert Customer.objects.get().owner == seller


def test_an_editor_who_lost_the_customer_meanwhile_learns_nothing_of_the_new_version(client, seller, north, foreign):
    ada = create_customer("Ada", owner=seller, team=north)
    stale = form_data(ada, owner=str(seller.pk))
    real_page_rows = Customer.objects.filter(pk=ada.pk)
    real_page_rows.update(version=2, name="Ada of theirs")
    answer = client.post(f"/customers/{ada.pk}/edit/", stale)
    assert answer.status_code == 409
    assert "Ada of theirs" in answer.content.decode()
    Customer.objects.filter(pk=ada.pk).update(version=3, referred_by=foreign)
    answer = client.post(f"/customers/{ada.pk}/edit/", stale)
    assert "Zaphod" not in answer.content.decode()


def test_a_reader_gets_no_buttons_and_no_forms(client):
    client.force_login(create_user("viewer"))
    ada = create_customer("Ada")
    assert "/customers/new/" not in page(client, "/customers/")
    shown = page(client, ada.get_absolute_url())
    for action in ("edit", "archive", "delete"):
        assert f"/customers/{ada.pk}/{action}/" not in shown
    for method in (client.get, client.post):
        assert method("/customers/new/").status_code == 403
        assert method(f"/customers/{ada.pk}/edit/").status_code == 403


def test_orders_of_strangers_are_not_there(client, seller, foreign):
    create_order(foreign, external_id="SECRET-7")
    assert client.get(f"/customers/{foreign.pk}/orders/").status_code == 404
