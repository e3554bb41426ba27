"""Reports: what the bar above says of days and customers holds for each chart, and for the files made of them."""

from __future__ import annotations

import csv
import io

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts.models import Role
from analytics.publishing import current_run_id
from reports.catalog import charts_about
from tests.factories import create_customer, create_team, create_user
from tests.reports.facts import publish_facts
from tests.reports.runs import AS_OF

pytestmark = pytest.mark.django_db
REPORT = "/reports/about/customers/"
CARD = "/reports/customers-source/card/"
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def customers(settings, tmp_path):
    """Six from a fair, of the North; one from the web, of the South."""
    settings.SNAPSHOT_DIR = tmp_path
    cache.clear()
    north, south = create_team("North"), create_team("South")
    fair = [create_customer(f"north {number}", team=north, source="fair") for number in range(6)]
    web = create_customer("south", team=south, source="web")
    rows = [{"customer_id": each.pk, "source": each.source, "team_id": each.team_id} for each in [*fair, web]]
    publish_facts(
        customer_dim=rows,
        orders=[{"order_id": 1, "customer_id": web.pk, "ordered_date": AS_OF}],
    )
    return north


def text(answer):
    return answer.content.decode()


def rows_of(client, **asked):
    answer = client.get("/reports/customers-source/table.csv", asked)
    return list(csv.reader(io.StringIO(text(answer).removeprefix("\ufeff"))))[1:]


def test_the_page_has_a_place_for_each_chart_and_hands_the_scope_on(client, customers):
    client.force_login(create_user(Role.MANAGER))
    page = text(client.get(REPORT, {"period": "90d", "compare": "", "among": "source = fair"}))
    asked = "period=90d&amp;compare=&amp;among=source+%3D+fair"
    for chart in charts_about("customers"):
        assert f'hx-get="{reverse("reports:card", args=[chart.key])}?{asked}"' in page
    assert "19 Oct 2025 – 16 Jan 2026" in page
    assert "only customers with" in page


def test_a_bar_stands_above_a_report_that_follows_it_and_above_no_other(client, customers):
    client.force_login(create_user(Role.ADMIN))
    assert "scope-bar" in text(client.get(REPORT))
    assert "scope-bar" not in text(client.get(reverse("reports:report", args=["upkeep"])))


def test_a_chart_and_its_file_follow_the_filter(client, customers):
    client.force_login(create_user(Role.ADMIN))
    assert rows_of(client, compare="") == [["fair", "6"], ["web", "1"]]
    assert rows_of(client, among="source = web") == [["web", "1", "1", "0.0"]]
    # Also where nobody has been scored.
    assert "n = 7 customers" in text(client.get("/reports/customers-segment/card/", headers=FRAGMENT))
    fragment = text(client.get(CARD, {"among": "source = web"}, headers=FRAGMENT))
    assert "<html" not in fragment
    assert "web leads with 100%; all together 0% against 16 Jan 2025" in fragment
    assert "table.csv?period=12m&amp;compare=year&amp;among=source+%3D+web" in fragment
    assert "Not changed by: days<" in fragment
    assert "<html" in text(client.get(CARD))
    found = client.get("/reports/customers-source/", {"among": "source = web"}).json()
    assert found["sample"] == "n = 1 customer"


def test_a_chart_that_draws_no_comparison_stands_beside_itself_on_its_own_page(client, customers):
    client.force_login(create_user(Role.ADMIN))
    asked = {"since": "2026-01-01", "until": "2026-01-16", "compare": "year", "among": "source = web"}
    card = "/reports/purchases-number/card/"
    fragment = text(client.get(card, asked, headers=FRAGMENT))
    assert "Beside 1 Jan 2025 – 16 Jan 2025" in fragment
    assert "comparison" not in fragment
    page = text(client.get(card, asked))
    assert 'id="chart-purchases-number"' in page
    earlier = page[page.index('id="chart-purchases-number-earlier-title"') :]
    assert "No known customer bought in these days." in earlier
    assert "<b>1 Jan 2025 – 16 Jan 2025</b>" in earlier
    assert "-earlier-title" not in text(client.get(card, {**asked, "compare": ""}))
    # These draw both, or follow no days.
    for key in ("sales-revenue", "customers-source"):
        assert "-earlier-title" not in text(client.get(f"/reports/{key}/card/", asked))


def test_what_is_counted_says_where_it_comes_from(client, customers):
    run = current_run_id("daily")
    client.force_login(create_user(Role.SALES, team=customers))
    fragment = text(client.get(CARD, headers=FRAGMENT))
    assert f"Source: the facts that run {run} read, as of 16 Jan 2026" in fragment
    client.force_login(create_user(Role.ADMIN))
    assert f'Source: <a href="/analytics/{run}/">' in text(client.get(CARD, headers=FRAGMENT))


def test_who_sees_a_part_is_told_of_it_alone(client, customers):
    client.force_login(create_user(Role.SALES, team=customers))
    fragment = text(client.get(CARD, {"compare": ""}, headers=FRAGMENT))
    assert "fair leads with 6, 100% of all" in fragment
    assert "web" not in fragment


def test_what_cannot_be_read_is_said_and_nothing_is_drawn(client, customers):
    client.force_login(create_user(Role.ADMIN))
    for asked in ({"among": "sauce = web"}, {"since": "2026-02-01", "until": "2026-01-01"}, {"view": "77"}):
        answer = client.get(REPORT, asked)
        assert answer.status_code == 422
        assert "chart-card" not in text(answer)
        assert client.get(CARD, asked).status_code == 422
        assert client.get("/reports/customers-source/", asked).status_code == 422
        assert client.get("/reports/customers-source/table.csv", asked).status_code == 302


def test_before_the_first_run_a_report_says_what_to_do(client):
    client.force_login(create_user(Role.ADMIN))
    page = client.get(REPORT)
    assert page.status_code == 200
    assert "Import orders, then recompute" in text(page)
    assert client.get(CARD).status_code == 200
    assert client.get("/reports/about/weather/").status_code == 404


def test_the_index_leads_to_the_reports_that_somebody_may_open(client):
    client.force_login(create_user(Role.MANAGER))
    assert REPORT in text(client.get("/reports/"))
    assert 'href="/demand/"' in text(client.get("/reports/")).split("<main")[1]
    client.force_login(create_user(Role.SALES))
    assert 'href="/demand/"' not in text(client.get("/reports/")).split("<main")[1]
