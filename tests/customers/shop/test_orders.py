"""The pages of orders: seen and edited with their customer, filtered by the organisation's own fields."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import AccessRule, Confidential, Role
from customers.custom_fields import definitions
from customers.models import Order
from protection.audit.models import AccessLog, Change
from tests.customers.custom import create_field, create_one_of_each
from tests.factories import create_customer, create_order, create_product, create_refund, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller(client):
    user = create_user()
    client.force_login(user)
    return user


def found(client, **query: str) -> list[str]:
    return [order.external_id for order in client.get("/orders/", query).context["listing"].page.rows]


def test_an_order_says_what_was_bought_and_what_came_back(client, seller):
    ada = create_customer("Ada", owner=seller)
    order = create_order(ada, products=[create_product("Tea"), create_product("Flask")], channel="web", currency="USD")
    create_refund(order=order, on=dt.date(2026, 6, 9), amount="30.00", reason="broken")
    page = client.get(order.get_absolute_url()).content.decode()
    for text in ("Tea", "Flask", "$50.00", "$100.00", "broken", "−€30.00", "web", f'href="{ada.get_absolute_url()}"'):
        assert text in page, text


def test_the_list_holds_the_orders_of_customers_one_sees_the_newest_first(client, seller):
    ada, stranger = create_customer(owner=seller), create_customer(owner=create_user(), team=None)
    old, young = (create_order(ada, on=dt.date(2026, 5, day)) for day in (1, 2))
    of_nobody, of_a_stranger = create_order(None), create_order(stranger)
    assert found(client) == [young.external_id, old.external_id]
    client.force_login(create_user(Role.MANAGER))
    assert set(found(client)) == {each.external_id for each in (old, young, of_nobody, of_a_stranger)}


def test_orders_are_found_by_day_and_by_their_number_in_any_system(client, seller):
    ada = create_customer(owner=seller)
    in_may, in_june = create_order(ada, on=dt.date(2026, 5, 1), source="shop"), create_order(ada, source="till")
    assert found(client, since="2026-05-15") == [in_june.external_id]
    assert found(client, until="2026-05-15") == [in_may.external_id]
    assert found(client, number=in_may.external_id) == [in_may.external_id]
    assert found(client, number="no such") == []


def test_a_filter_that_makes_no_sense_is_said_to_be_wrong_and_finds_nothing(client, seller):
    create_order(create_customer(owner=seller))
    response = client.get("/orders/", {"since": "yesterday"})
    assert "errorlist" in response.content.decode()
    assert not response.context["listing"].page.rows


VALUES = {
    "my_text": "Express, please",
    "my_number": "12.5",
    "my_money": "99",
    "my_date": "2026-03-01",
    "my_choice": "gold",
    "my_multi_choice": ["gold", "zh"],
    "my_yes_no": True,
    "my_link": "https://example.org/a",
}
MATCHING = {
    "custom-my_text": "expr",
    "custom-my_link": "https://example",
    "custom-my_number-from": "12.5",
    "custom-my_money-to": "99",
    "custom-my_date-from": "2026-03-01",
    "custom-my_choice": "gold",
    "custom-my_multi_choice": "zh",
    "custom-my_yes_no": "yes",
}
PASSING_BY = {
    "custom-my_text": "press",
    "custom-my_number-from": "12.6",
    "custom-my_money-to": "98.5",
    "custom-my_date-to": "2026-02-28",
    "custom-my_choice": "silver",
    "custom-my_multi_choice": "silver",
    "custom-my_yes_no": "no",
}


def test_every_kind_of_own_field_filters_the_list(client, seller):
    create_one_of_each(applies_to="order", is_indexed=True)
    ada = create_customer(owner=seller)
    order, _other = create_order(ada, custom=VALUES), create_order(ada)
    for name, value in MATCHING.items():
        assert found(client, **{name: value}) == [order.external_id], name
    for name, value in PASSING_BY.items():
        assert found(client, **{name: value}) == [], name


def test_own_fields_stand_as_columns_the_first_three_or_those_that_are_chosen(client, seller):
    create_one_of_each(applies_to="order")
    create_order(create_customer(owner=seller), custom=VALUES)
    listing = client.get("/orders/").context["listing"]
    assert [field.key for field in listing.own_columns] == [field.key for field in definitions("order")][:3]
    page = client.get("/orders/", {"columns": ["my_text", "my_link"]})
    (_row, values), *_others = page.context["listing"].rows
    assert [value.text for value in values] == ["https://example.org/a", "Express, please"]
    assert '<a href="https://example.org/a"' in page.content.decode()
    assert page.context["listing"].address == "columns=my_text&columns=my_link"
    assert not page.context["listing"].is_filtered
    assert not client.get("/orders/", {"columns": "none"}).context["listing"].page.rows


def test_only_fields_that_are_fast_to_search_and_not_hidden_are_offered(client, seller):
    AccessRule.objects.create(role=Role.SALES, sees="all", edits="all", masked=[Confidential.INCOME])
    create_field("open", applies_to="order", is_indexed=True)
    create_field("slow", applies_to="order")
    create_field("hidden", applies_to="order", is_indexed=True, confidential="income")
    form = client.get("/orders/").context["listing"].form
    assert [name for name in form.fields if name.startswith("custom")] == ["custom-open"]


# --- writing own fields -----------------------------------------------------------------------------------------------


@pytest.fixture
def order(seller) -> Order:
    create_one_of_each(applies_to="order")
    return create_order(create_customer(owner=seller), custom=VALUES)


def form_of(client, order: Order) -> dict[str, object]:
    form = client.get(f"/orders/{order.pk}/edit/").context["form"]
    return {name: form[name].value() for name in form.fields if isinstance(form[name].value(), str | list)}


def test_own_fields_are_written_and_put_down_to_who_wrote_them(client, seller, order):
    data = form_of(client, order) | {"custom_my_number": "7", "custom_my_choice": "", "custom_my_yes_no": "no"}
    assert client.post(f"/orders/{order.pk}/edit/", data).url == order.get_absolute_url()
    order.refresh_from_db()
    kept = {**VALUES, "my_number": "7", "my_yes_no": False}
    del kept["my_choice"]
    assert order.custom == kept
    change = Change.objects.filter(table_name="customers_order", action="update").latest("pk")
    assert (change.actor_id, change.customer_id) == (seller.pk, order.customer_id)
    page = client.get(order.get_absolute_url()).content.decode()
    assert "Express, please" in page
    assert '<a href="https://example.org/a"' in page


def test_what_cannot_be_kept_is_said_and_nothing_is_written(client, order):
    data = form_of(client, order) | {"custom_my_number": "many", "custom_my_date": "1.2.2026"}
    response = client.post(f"/orders/{order.pk}/edit/", data)
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"custom_my_number", "custom_my_date"}
    order.refresh_from_db()
    assert order.custom == VALUES


def test_what_an_import_wrote_meanwhile_is_shown_before_it_is_written_over(client, order):
    data = form_of(client, order) | {"custom_my_number": "7"}
    Order.objects.filter(pk=order.pk).update(custom={**VALUES, "my_number": "8"}, updated_at=timezone.now())
    response = client.post(f"/orders/{order.pk}/edit/", data)
    assert response.status_code == 409
    assert response.context["conflict"] == [("My_Number", "7", "8")]
    order.refresh_from_db()
    assert order.custom["my_number"] == "8"
    again = data | {"opened_at": response.context["form"]["opened_at"].value()}
    assert client.post(f"/orders/{order.pk}/edit/", again).status_code == 302
    order.refresh_from_db()
    assert order.custom["my_number"] == "7"


def test_a_hidden_value_is_dots_until_it_is_asked_for_on_the_record(client, seller):
    AccessRule.objects.create(role=Role.SALES, sees="all", edits="all", masked=["income"], may_unmask=True)
    create_field("worth", applies_to="order", confidential="income")
    ada = create_customer(owner=seller)
    order = create_order(ada, custom={"worth": "Qsecret"})
    page = client.get(order.get_absolute_url()).content.decode()
    what = f"order_custom.worth.{order.pk}"
    assert "Qsecret" not in page
    assert what in page
    assert "custom_worth" not in client.get(f"/orders/{order.pk}/edit/").content.decode()
    asked = client.post(f"/customers/{ada.pk}/unmask/", {"what": what})
    assert "Qsecret" in asked.content.decode()
    assert AccessLog.objects.get(what="unmask").customer_id == ada.pk
    other = create_customer(owner=seller)
    assert client.post(f"/customers/{other.pk}/unmask/", {"what": what}).status_code == 404


def test_an_order_of_nobody_is_edited_by_those_who_edit_all(client):
    create_field("note", applies_to="order")
    order = create_order(None)
    AccessRule.objects.create(role=Role.SALES, sees="all", edits="own")
    for role, status in ((Role.SALES, 403), (Role.MANAGER, 200)):
        client.force_login(create_user(role))
        assert client.get(f"/orders/{order.pk}/edit/").status_code == status


@pytest.mark.parametrize("address", ["/orders/", "/products/"])
def test_a_page_of_the_list_costs_the_same_number_of_queries_whatever_its_length(
    client, seller, address, django_assert_max_num_queries
):
    create_one_of_each(applies_to="order", is_indexed=True)
    create_one_of_each(applies_to="product")
    counts = []
    for rows in (3, 27):
        for _number in range(rows):
            create_order(create_customer(owner=seller))
            create_product(category=None)
        with django_assert_max_num_queries(20) as queries:
            client.get(address)
        counts.append(len(queries))
    assert counts[0] == counts[1]
