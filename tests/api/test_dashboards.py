"""Dashboards in the API: read with one's own eyes, changed by the rights of their pages and from what was read."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import AccessRule, Role
from reports.catalog import CHARTS
from reports.dashboards import arranging
from reports.dashboards.arranging import NewCard
from reports.models import Dashboard, Report
from tests.api.conftest import Api
from tests.factories import create_team, create_user
from tests.reports.runs import publish_days

pytestmark = pytest.mark.django_db
PATH = "dashboards"


@pytest.fixture
def manager() -> Api:
    return Api(create_user(Role.MANAGER))


def cards_of(answer) -> list[str | int]:
    return [card["chart"] or card["report"] for card in answer.json()["cards"]]


def test_one_is_made_read_arranged_and_deleted(manager):
    publish_days()
    report = Report.objects.create(owner=manager.user, name="Sources", question={"measure": "orders", "by": "source"})
    sent = {
        "name": " Sales ",
        "filter": {"period": "90d"},
        "cards": [{"chart": "revenue", "is_wide": True}, {"report": report.pk}, {"chart": "segments"}],
    }
    made = manager.post(PATH, sent, Idempotency_Key="one")
    again = manager.post(PATH, sent, Idempotency_Key="one")
    assert (made.status_code, again.json()) == (201, made.json())
    path = made["Location"].removeprefix("/api/v1/")
    read = manager.get(path)
    assert read.json() == made.json()
    assert read["ETag"] == made["ETag"]
    assert (read.json()["name"], read.json()["sharing"], read.json()["filter"]) == (
        "Sales",
        "nobody",
        {"period": "90d"},
    )
    first, second, third = read.json()["cards"]
    assert (first["title"], first["is_wide"], second["report"]) == ("Revenue by month", True, report.pk)
    assert manager.get(PATH).json()["results"][0]["id"] == read.json()["id"]

    moved = {"cards": [{"id": third["id"]}, {"id": first["id"], "is_wide": False}, {"chart": "buyers"}], "filter": {}}
    changed = manager.patch(path, moved, If_Match='"1"')
    assert cards_of(changed) == ["segments", "revenue", "buyers"]
    assert [card["id"] for card in changed.json()["cards"]][:2] == [third["id"], first["id"]]
    assert (changed["ETag"][:3], changed.json()["filter"], changed.json()["name"]) == ('"2/', {}, "Sales")
    late = manager.patch(path, {"name": "Mine"}, If_Match='"1"')
    assert (late.status_code, late.json()["current_version"]) == (409, 2)
    assert manager.patch(path, {"name": "Mine"}).status_code == 428
    assert manager.call("DELETE", path, If_Match='"2"').status_code == 204
    assert not Dashboard.objects.exists()


@pytest.mark.parametrize(
    ("sent", "at"),
    [
        ({"name": "sales"}, "/name"),
        ({"name": " "}, "/name"),
        ({"sharing": "team"}, "/sharing"),
        ({"filter": {"period": "forever"}}, "/filter/period"),
        ({"filter": {"among": "country ="}}, "/filter/among"),
        ({"cards": [{"chart": "revenue"}, {"chart": "horoscope"}]}, "/cards/1/chart"),
        ({"cards": [{"chart": "revenue"}, {"chart": "revenue"}]}, "/cards/1"),
        ({"cards": [{"chart": "revenue", "report": 1}]}, "/cards/0"),
        ({"cards": [{"report": 2**62}]}, "/cards/0/report"),
        ({"cards": [{"id": 2**62}]}, "/cards/0/id"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_is_said_where_and_nothing_is_changed(manager, sent, at):
    publish_days()
    arranging.create(owner=manager.user, name="Sales")
    board = arranging.create(owner=manager.user, name="Board", cards=[NewCard("segments")])
    refused = manager.patch(f"{PATH}/{board.pk}", sent, If_Match="*")
    assert refused.status_code == 400
    assert [error["pointer"] for error in refused.json()["errors"]] == [at]
    board.refresh_from_db()
    assert (board.name, board.version, board.cards.count()) == ("Board", 1, 1)


def test_each_reads_it_with_their_own_eyes(manager):
    """What is hidden neither has its name told nor is lost when somebody else arranges the rest."""
    publish_days()
    hidden = Report.objects.create(owner=manager.user, name="Secret plan", question={})
    cards = [NewCard(report_id=hidden.pk), NewCard("revenue"), NewCard("gone")]
    board = arranging.create(owner=manager.user, name="Board", sharing="everybody", cards=cards)
    path, admin = f"{PATH}/{board.pk}", Api(create_user(Role.ADMIN))
    read = admin.get(path)
    assert "Secret plan" not in read.content.decode()
    assert cards_of(read) == [None, "revenue", None]
    assert "not shared with you" in read.json()["cards"][0]["why_not"]
    kept = [{"id": card["id"]} for card in read.json()["cards"][1::-1]]
    assert cards_of(admin.patch(path, {"cards": kept}, If_Match=read["ETag"])) == ["revenue", None]
    assert cards_of(manager.get(path)) == ["revenue", hidden.pk]
    assert Api(create_user(Role.MANAGER)).patch(path, {"name": "Theirs"}, If_Match="*").status_code == 403
    north = create_team("North")
    assert admin.patch(path, {"sharing": "team", "team": north.pk}, If_Match="*").json()["team"] == north.pk
    assert admin.get(path).status_code == 404  # an admin who is of no team
    assert Api(create_user(Role.VIEWER, team=north)).get(path).status_code == 200


def test_the_table_of_each_chart_is_that_of_its_card(manager):
    run = publish_days()
    keys = [chart["key"] for chart in manager.get("reports/charts").json()]
    assert set(keys) == {chart.key for chart in CHARTS if Role.MANAGER in chart.roles}
    table = manager.get("reports/charts/revenue?compare=year").json()
    assert (table["title"], table["run"], table["currency"]) == ("Revenue by month", run.pk, "EUR")
    assert [column["key"] for column in table["columns"]][:2] == ["month", "orders"]
    assert set(table["rows"][0]) == {column["key"] for column in table["columns"]}
    assert isinstance(table["rows"][0]["gross"], float)
    assert manager.get("reports/charts/revenue?period=forever").status_code == 400
    assert manager.get("reports/charts/horoscope").status_code == 404
    AccessRule.objects.create(role=Role.SALES, sees="team", edits="team")
    salesperson = Api(create_user(Role.SALES))
    assert salesperson.get("reports/charts/demand-forecast").status_code == 403
    assert "demand-forecast" not in [chart["key"] for chart in salesperson.get("reports/charts").json()]


def test_the_page_of_the_same_dashboard_sees_the_change(manager):
    board = arranging.create(owner=manager.user, name="Board", cards=[NewCard("segments")])
    client = Client()
    client.force_login(manager.user)
    manager.patch(f"{PATH}/{board.pk}", {"cards": []}, If_Match="*")
    card = board.cards.first()
    stale = client.post(f"/dashboards/{board.pk}/arrange/", {"do": "add", "chart": "revenue", "version": 1})
    assert (card, stale.status_code) == (None, 409)
