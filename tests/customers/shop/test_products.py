"""The pages of products: everybody's to see, managers' to write on."""

from __future__ import annotations

import json

import pytest

from accounts.models import Role
from customers.models import Category
from tests.customers.custom import create_field, create_one_of_each
from tests.factories import create_customer, create_order, create_product, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client):
    user = create_user(Role.MANAGER)
    client.force_login(user)
    return user


def found(client, **query: str) -> list[str]:
    return [product.name for product in client.get("/products/", query).context["listing"].page.rows]


def test_products_are_found_by_name_number_category_and_own_fields(client, manager):
    create_field("colour", "choice", applies_to="product")
    create_field("weight", "number", applies_to="product")
    drinks = Category.objects.create(name="Drinks")
    create_product("Tea", sku="T-1", category=drinks, custom={"colour": "gold", "weight": "250"})
    create_product("Flask", sku="F-1", is_active=False, custom={"weight": "900"})
    assert found(client) == ["Flask", "Tea"]
    for query, names in (
        ({"q": "ea"}, ["Tea"]),
        ({"q": "f-"}, ["Flask"]),
        ({"category": str(drinks.pk)}, ["Tea"]),
        ({"is_active": "no"}, ["Flask"]),
        ({"custom-colour": "gold"}, ["Tea"]),
        ({"custom-weight-from": "300"}, ["Flask"]),
        ({"custom-weight-from": "100", "custom-weight-to": "300"}, ["Tea"]),
    ):
        assert found(client, **query) == names, query


def test_a_product_leads_to_the_customers_who_bought_it(client, manager):
    tea = create_product("Tea", custom={"origin": "Assam"})
    create_field("origin", applies_to="product")
    buyer = create_customer("Ada")
    create_order(buyer, products=[tea])
    create_customer("Bea")
    response = client.get(tea.get_absolute_url())
    assert "Assam" in response.content.decode()
    buyers = client.get(response.context["buyers_url"]).context["listing"].page.rows
    assert [customer.name for customer in buyers] == ["Ada"]


def test_own_fields_of_a_product_are_written_by_managers(client, manager):
    create_one_of_each(applies_to="product")
    tea = create_product("Tea")
    opened_at = client.get(f"/products/{tea.pk}/edit/").context["form"]["opened_at"].value()
    data = {"opened_at": opened_at, "custom_my_multi_choice": ["zh", "gold"], "custom_my_sealed": "A-1"}
    assert client.post(f"/products/{tea.pk}/edit/", data).status_code == 302
    tea.refresh_from_db()
    assert tea.custom["my_multi_choice"] == ["gold", "zh"]
    assert "A-1" not in json.dumps(tea.custom)


def test_without_own_fields_there_is_nothing_to_write(client, manager):
    tea = create_product("Tea")
    assert f"/products/{tea.pk}/edit/" not in client.get(tea.get_absolute_url()).content.decode()
    assert "An admin adds fields" in client.get(f"/products/{tea.pk}/edit/").content.decode()
