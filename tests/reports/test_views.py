import csv
import dataclasses
import datetime as dt
import io
import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.contrib.staticfiles.finders import find
from django.urls import reverse

from accounts.models import AccessRule, Role
from analytics.models import Run
from customers.filters import parse, parse_text
from jobs.models import Job
from protection.audit.models import AccessLog
from reports import catalog
from reports.catalog import CHARTS
from reports.of_run import OfRun
from tests.factories import create_customer, create_user
from tests.reports.runs import SCORES, publish_days, publish_scores

pytestmark = pytest.mark.django_db
HOME = "/"


@pytest.fixture
def salesperson(client):
    """One who sees all customers and takes them out as files: a part of them is tests.reports.test_visible_part's."""
    AccessRule.objects.create(role=Role.SALES, sees="all", edits="team", may_export=True)
    user = create_user(Role.SALES)
    client.force_login(user)
    return user


@pytest.fixture
def admin(client):
    user = create_user(Role.ADMIN)
    client.force_login(user)
    return user


def figures_of(page: str) -> dict[str, dict[str, object]]:
    found = re.findall(r'<script id="chart-([\w-]+)-figure" type="application/json">(.*?)</script>', page)
    return {key: json.loads(figure) for key, figure in found}


# --- home -------------------------------------------------------------------------------------------------------------


def test_home_shows_every_chart_with_its_finding_and_its_table(client, salesperson):
    publish_scores([(1, 3, 9, 90_000, 4, 4, "loyal"), *SCORES[1:]], as_of=dt.date(2026, 1, 1))
    publish_scores()
    publish_days()
    page = client.get(HOME).content.decode()
    shown = [catalog.BY_KEY[key] for key in catalog.DASHBOARD]
    assert list(figures_of(page)) == list(catalog.DASHBOARD)
    assert "Champions: 20% of the customers, 64.3% of the revenue" in page
    assert "20% changed segment since 1 Jan 2026, most often Loyal customers → Champions (1)" in page
    assert page.count("<table>") == len(shown)
    for chart in shown:
        assert f'href="{reverse("reports:table", args=[chart.key, "csv"])}"' in page


def test_home_says_as_of_when_and_from_which_run(client, salesperson):
    scores = publish_scores()
    page = client.get(HOME).content.decode()
    assert "As of 16 Jan 2026, the last day with data" in page
    assert f"16 Jan 2026, run {scores.pk}" in page


def test_home_leads_to_the_customers_of_each_segment(client, salesperson):
    run = publish_scores()
    page = client.get(HOME).content.decode()
    [address] = re.findall(r'<a href="/customers/\?filter=([^"]*)">Champions</a>', page)
    champions = parse({"field": "rfm.segment", "op": "is", "value": "champions"})
    assert parse_text(unquote(address)) == OfRun((run.pk,), champions, refreshed="", drawn=1)
    assert 'data-customers-url="/customers/?filter="' in page


def test_home_after_one_run_says_when_movement_shows(client, salesperson):
    publish_scores()
    publish_days()
    page = client.get(HOME).content.decode()
    assert "movement" not in figures_of(page)
    assert "Movement shows from the second run on." in page


def test_home_offers_recomputation_to_admins_only(client):
    publish_scores()
    address = f'action="{reverse("analytics:recompute")}"'
    for role, offered in ((Role.SALES, False), (Role.MANAGER, False), (Role.ADMIN, True)):
        client.force_login(create_user(role))
        assert (address in client.get(HOME).content.decode()) is offered


def test_home_in_chinese(client, salesperson):
    publish_scores()
    publish_days()
    salesperson.language = "zh-hans"
    salesperson.save()
    page = client.get(HOME).content.decode()
    for english in ("Dashboard", "Champions", "Revenue", "buyers", "What is counted", "segment since"):
        assert english not in re.sub(r"<[^>]*>", "", page)
    assert "2026年1月" in page
    assert "看板" in page


def test_home_asks_as_often_with_many_rows_as_with_few(client, salesperson, django_assert_max_num_queries):
    publish_scores()
    publish_scores()
    publish_days()
    with django_assert_max_num_queries(18):
        client.get(HOME)
    many = [
        (number, number % 365, number % 40 + 1, number * 700, number % 5 + 1, number % 4 + 1, segment)
        for number, segment in enumerate([row[-1] for row in SCORES] * 60)
    ]
    days = [(dt.date(2024, 1, 1) + dt.timedelta(days=n), 5, 4, 1, 3, 9_000, 100) for n in range(700)]
    publish_scores(many[100:])
    publish_scores(many)
    publish_days(days)
    with django_assert_max_num_queries(18):
        client.get(HOME)


def test_home_shows_the_last_good_figures_after_a_failure_and_says_so(client):
    publish_scores()
    failed = Run.objects.create(
        analysis="rfm", as_of=dt.date(2026, 1, 17), status=Run.Status.FAILED, error="Out of memory."
    )
    AccessRule.objects.create(role=Role.SALES, sees="all", edits="team")
    for role, told in ((Role.SALES, False), (Role.MANAGER, True)):
        client.force_login(create_user(role))
        page = client.get(HOME).content.decode()
        assert "The last recomputation failed." in page
        assert "Champions: 20% of the customers" in page
        assert ("Out of memory." in page) is told
        assert (reverse("analytics:run", args=[failed.pk]) in page) is told


def test_a_failure_that_a_later_run_mended_is_not_told(client, salesperson):
    Run.objects.create(analysis="rfm", as_of=dt.date(2026, 1, 17), status=Run.Status.FAILED, error="Out of memory.")
    publish_scores()
    assert "recomputation failed" not in client.get(HOME).content.decode()


# --- home without figures ---------------------------------------------------------------------------------------------


def test_an_empty_house_is_told_to_import_orders(client):
    for role, words in ((Role.ADMIN, "manage.py import_file"), (Role.SALES, "once an admin has imported orders")):
        client.force_login(create_user(role))
        page = client.get(HOME).content.decode()
        assert "No orders yet" in page
        assert words in page
        assert "plotly" not in page


def test_orders_without_figures_ask_for_a_recomputation(client):
    create_customer(orders=1)
    for role, offered in ((Role.ADMIN, True), (Role.SALES, False)):
        client.force_login(create_user(role))
        page = client.get(HOME).content.decode()
        assert "There are orders, but no figures yet" in page
        assert (f'action="{reverse("analytics:recompute")}"' in page) is offered


def test_the_first_recomputation_under_way_is_told(client):
    create_customer(orders=1)
    Job.objects.create(kind="recompute", params_hash="a")
    for role, offered in ((Role.MANAGER, True), (Role.SALES, False)):
        client.force_login(create_user(role))
        page = client.get(HOME).content.decode()
        assert "The figures are being computed" in page
        assert ("Watch the job" in page) is offered


def test_the_first_recomputation_failed(client, admin):
    create_customer(orders=1)
    Run.objects.create(analysis="rfm", as_of=dt.date(2026, 1, 17), status=Run.Status.FAILED, error="Out of memory.")
    page = client.get(HOME).content.decode()
    assert "The first recomputation failed." in page
    assert "Out of memory." in page


# --- one chart --------------------------------------------------------------------------------------------------------


def test_a_chart_as_json(client, salesperson):
    run = publish_scores()
    answer = client.get("/reports/segments/").json()
    assert (answer["key"], answer["run"], answer["as_of"]) == ("segments", run.pk, "2026-01-16")
    assert answer["finding"] == "Champions: 20% of the customers, 64.3% of the revenue"
    assert answer["figure"]["data"][0]["y"][0] == "Champions"


def test_a_chart_as_a_file(client, salesperson):
    publish_scores()
    response = client.get("/reports/segments/table.csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="segments-2026-01-16.csv"'
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert rows[0] == ["Segment", "Customers", "Share of customers", "Revenue (EUR)", "Share of revenue"]
    assert rows[1] == ["Champions", "1", "0.2", "900.00", "0.642857"]
    noted = AccessLog.objects.get(what="export")
    assert noted.actor_id == salesperson.pk
    assert noted.detail == {"format": "csv", "rows": len(rows) - 1, "chart": "segments"}


def test_whoever_may_not_export_is_offered_no_file_and_gets_none(client, salesperson):
    publish_scores()
    AccessRule.objects.update(may_export=False)
    assert "table.csv" not in client.get(HOME).content.decode()
    response = client.get("/reports/segments/table.csv")
    assert response.status_code == 403
    assert "not take it out as a file" in response.content.decode()
    assert not AccessLog.objects.filter(what="export").exists()


TABLE = ("reports:table", ["csv"])


@pytest.mark.parametrize(("name", "more"), [("reports:chart", []), TABLE])
def test_a_chart_that_does_not_exist(client, salesperson, name, more):
    assert client.get(reverse(name, args=["nonsense", *more])).status_code == 404


def test_a_kind_of_file_that_does_not_exist(client, salesperson):
    publish_scores()
    assert client.get(reverse("reports:table", args=["segments", "pdf"])).status_code == 404
    assert client.get(reverse("reports:table", args=["segments", "xlsx"])).content.startswith(b"PK")


@pytest.mark.parametrize(("name", "more"), [("reports:chart", []), TABLE])
def test_a_chart_is_for_its_roles_only(client, salesperson, monkeypatch, name, more):
    publish_scores()
    managers_only = dataclasses.replace(CHARTS[1], roles=frozenset({Role.MANAGER}))
    monkeypatch.setitem(catalog.BY_KEY, managers_only.key, managers_only)
    assert client.get(reverse(name, args=[managers_only.key, *more])).status_code == 403
    client.force_login(create_user(Role.MANAGER))
    assert client.get(reverse(name, args=[managers_only.key, *more])).status_code == 200


@pytest.mark.parametrize(("name", "args"), [("home", []), ("chart", ["segments"]), ("table", ["segments", "csv"])])
def test_it_only_reads(client, admin, name, args):
    assert client.post(reverse(f"reports:{name}", args=args)).status_code == 405


def test_it_needs_a_login(client):
    publish_scores()
    for url in ("/", "/reports/segments/", "/reports/segments/table.csv"):
        assert client.get(url).url.startswith(reverse("accounts:login"))


def test_the_page_holds_the_place_of_the_style_sheet_that_plotly_would_add(client, salesperson):
    """Its id changes with plotly's version; left out, the policy blocks the sheet and the console says so."""
    publish_scores()
    [place] = re.findall(
        r'<template id="(\w+)"></template>\s*<script src="[^"]*plotly', client.get(HOME).content.decode()
    )
    script = Path(str(find("plotly/plotly.min.js"))).read_text(encoding="utf-8")
    assert f'getElementById("{place}")' in script
