"""The page of demand: its series one at a time, for who sees all."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AccessRule
from analytics.models import Run
from tests.factories import create_product, create_user
from tests.reports.runs import AS_OF, publish_demand

pytestmark = pytest.mark.django_db
PAGE = "/demand/"


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(create_user("manager"))
    return client


def publish_two() -> Run:
    """Orders of 40 a month, and pieces of a product."""
    product = create_product("Tea <b>pot</b>")
    run = publish_demand([40.0] * 29 + [70.0], series="orders")
    [orders] = run.metrics["series"]
    run.metrics["series"] += [{**orders, "series": f"product:{product.pk}", "comparison": {"beats": False}}]
    run.metrics["series"][1]["used"] = "seasonal_naive"
    run.save(update_fields=["metrics"])
    return run


def shown(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def test_it_shows_the_first_series_and_leads_to_the_others(manager):
    run = publish_two()
    page = shown(manager.get(PAGE))
    assert "Orders: 41 expected in Jan 2026, in 80 of 100 cases from 20 to 82" in page
    assert "Orders: 1 of 30 periods stood out, last Dec 2025: 70 instead of 20 to 82" in page
    assert f'href="?series=product%3A{run.metrics["series"][1]["series"].partition(":")[2]}"' in page
    assert "Tea &lt;b&gt;pot&lt;/b&gt;" in page
    assert "the same as a season ago" in page
    assert reverse("analytics:run", args=[run.pk]) in page


def test_a_series_is_asked_for_in_the_address_and_its_file_is_of_it(manager):
    publish_two()
    assert "Orders: 41 expected" in shown(manager.get(PAGE, {"series": "horoscope"}))
    file = manager.get(reverse("reports:table", args=["demand-forecast", "csv"]), {"series": "orders"})
    assert file["Content-Disposition"] == f'attachment; filename="demand-forecast-orders-{AS_OF}.csv"'
    assert file.content.decode("utf-8-sig").splitlines()[1:] == ["2026-02,41,20,82", "2026-01,41,20,82"]


def test_it_takes_as_many_queries_for_two_series_as_for_many(manager, django_assert_max_num_queries):
    run = publish_two()
    manager.get(PAGE)
    run.metrics["series"] += [{**run.metrics["series"][1], "series": f"product:{pk}"} for pk in range(900, 930)]
    run.save(update_fields=["metrics"])
    with django_assert_max_num_queries(20):
        manager.get(PAGE)


def test_who_sees_a_part_of_the_customers_is_shown_no_sums_over_all(client):
    publish_two()
    client.force_login(create_user("manager"))
    AccessRule.objects.create(role="manager", sees="team", edits="team", masked=[], may_export=True)
    assert client.get(PAGE).status_code == 403
    for name, more in (("reports:chart", []), ("reports:table", ["csv"])):
        assert client.get(reverse(name, args=["demand-forecast", *more])).status_code == 403
    assert PAGE not in client.get("/").content.decode()


def test_before_the_first_run_it_says_what_is_missing(manager):
    assert "No forecast yet" in shown(manager.get(PAGE))
    Run.objects.create(analysis="demand", as_of=AS_OF, status="withheld", error="Not enough data, because of this.")
    assert "Not enough data, because of this." in shown(manager.get(PAGE))
