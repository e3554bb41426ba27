"""How often the customer pages ask the database, with everything on them that there can be."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Address, ContactPerson, CustomerExternalId, PhoneNumber, Tag
from tests.analytics.sample_runs import create_run
from tests.factories import create_customer, create_product, create_refund, create_team, create_user
from tests.factories import create_order as order
from tests.reports.runs import publish_scores

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller(client):
    user = create_user("sales", team=create_team("North"))
    client.force_login(user)
    return user


@pytest.fixture
def lab(seller):
    """An organisation with something in every panel."""
    lab = create_customer("Lab", kind="organisation", owner=seller, team=seller.team, email="lab@example.org")
    PhoneNumber.objects.create(customer=lab, number="+49 30 1")
    Address.objects.create(customer=lab, city="Berlin")
    CustomerExternalId.objects.create(customer=lab, source="shop", value="1")
    lab.tags.add(Tag.objects.create(name="key account"))
    lab.referred_by = create_customer("Referrer", owner=seller)
    lab.save()
    member = create_customer("Member", owner=seller, organisation=lab)
    ContactPerson.objects.create(customer=lab, name="Pat", person=member)
    bought = order(lab, products=[create_product("Flask")])
    create_refund(lab, order=bought, on=dt.date(2026, 6, 2), amount="1.00")
    create_refund(lab, on=dt.date(2026, 6, 3), amount="1.00")
    publish_scores([(lab.pk, 3, 9, 90_000, 5, 5, "champions")])
    create_run("kmeans", is_current=True)
    create_run("recommendations", is_current=True)
    return lab


def queries(client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len([query for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))])


@pytest.mark.parametrize("query", ["", "?sort=-score&segment=champions&group=1", "?q=lab", "?q=lab@example.org"])
def test_the_list_asks_twelve_times_at_most(client, lab, query):
    for _ in range(60):
        create_customer("Lab of many", owner=lab.owner, email="many@example.org")
    assert queries(client, f"/customers/{query}") <= 12


def test_the_page_asks_twenty_five_times_at_most(client, lab):
    assert queries(client, lab.get_absolute_url()) <= 25
