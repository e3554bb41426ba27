"""From a customer's page to the next of the list that one came from."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.factories import create_customer, create_user

pytestmark = pytest.mark.django_db


def walk(client, address, way):
    """The names of the customers met on the way, and where it ends."""
    names = []
    while "customers:list" not in address:
        page = client.get(address)
        customer = page.context["customer"]
        names.append(customer.name)
        [link] = [f"/customers/{customer.pk}/{way}/?{urlsplit(address).query}"]
        assert link.replace("&", "&amp;") in page.content.decode()
        address = client.get(link).url
        if urlsplit(address).path == "/customers/":
            break
    return names, parse_qs(urlsplit(address).query)


@pytest.mark.parametrize("sort", ["name", "-name", "since", "-since"])
def test_next_and_previous_go_through_the_list_as_it_is_sorted_and_end_in_it(client, sort):
    client.force_login(create_user("manager"))
    for number, since in enumerate(("2026-01-02", None, "2026-01-01", "2026-01-02", None)):
        create_customer(f"Lead {number}", lifecycle="lead", customer_since=since)
    create_customer("Buyer", lifecycle="customer")
    listing = client.get(f"/customers/?stage=lead&sort={sort}")
    listed = [customer.name for customer in listing.context["listing"].page.rows]
    first = listing.context["listing"].page.rows[0]
    address = f"{first.get_absolute_url()}?list={'stage%3Dlead%26sort%3D'}{sort}"
    names, query = walk(client, address, "next")
    assert names == listed
    assert query == {"stage": ["lead"], "sort": [sort]}
    last = listing.context["listing"].page.rows[-1]
    names, _query = walk(client, address.replace(f"/{first.pk}/", f"/{last.pk}/"), "previous")
    assert names == listed[::-1]


def test_the_rows_of_the_list_say_which_list_it_is_and_nonsense_leads_back_to_it(client):
    client.force_login(create_user("manager"))
    ada = create_customer("Ada", lifecycle="lead")
    assert f'href="/customers/{ada.pk}/?list=stage%3Dlead"' in client.get("/customers/?stage=lead").content.decode()
    assert client.get(f"/customers/{ada.pk}/next/?list=stage%3Dcustomer").url == "/customers/?stage=customer"
    assert client.get(f"/customers/{ada.pk}/next/?list=%3C%26%00&list=x").status_code == 302
    assert "list that you came from" not in client.get(ada.get_absolute_url()).content.decode()
