"""The one filter of a dashboard: cards that can follow it do, and their files; the others say that they do not."""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import re

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts.models import AccessRule, Role, User
from customers.models import Customer
from reports.dashboards import arranging
from reports.dashboards.arranging import NewCard
from reports.models import Dashboard, Report
from tests.factories import create_customer
from tests.factories import create_user as user_of
from tests.reports.facts import publish_facts
from tests.reports.runs import AS_OF, publish_scores

pytestmark = pytest.mark.django_db
SUMMER = dt.date(2025, 7, 1)


@pytest.fixture
def manager(client, settings, tmp_path) -> User:
    """Six who came from a fair bought on the web on the last day, one other in a shop in summer."""
    settings.SNAPSHOT_DIR = tmp_path
    cache.clear()
    fair = [create_customer(f"fair {number}", source="fair") for number in range(6)]
    other = create_customer("other", source="street")
    orders = [
        *({"order_id": each.pk, "customer_id": each.pk, "ordered_date": AS_OF, "channel": "web"} for each in fair),
        {"order_id": other.pk, "customer_id": other.pk, "ordered_date": SUMMER, "channel": "shop"},
    ]
    publish_facts(
        customer_dim=[{"customer_id": each.pk, "source": each.source} for each in [*fair, other]], orders=orders
    )
    publish_scores()
    user = user_of(Role.MANAGER)
    client.force_login(user)
    return user


def board_with(user: User, *questions: dict[str, str]) -> Dashboard:
    reports = [
        Report.objects.create(owner=user, name=f"Report {number}", sharing="everybody", question=question)
        for number, question in enumerate(questions)
    ]
    cards = [NewCard("segments"), *(NewCard(report_id=report.pk) for report in reports)]
    return arranging.create(owner=user, name="Filtered", sharing="everybody", cards=cards)


def card_of(client, board: Dashboard, place: int, **asked: str) -> str:
    address = reverse("reports:dashboard_card", args=[board.pk, board.cards.all()[place].pk])
    answered = client.get(address, asked)
    assert answered.status_code == 200
    return answered.content.decode()


def rows_in(card: str) -> list[str]:
    """The first column of the card's table with its number."""
    found = re.findall(r"<tr><td>(?:<a [^>]*>)?([^<]*)(?:</a>)?</td><td class=\"num\">([^<]*)</td>", card)
    return [" ".join(row) for row in found]


CHANNELS = {"measure": "orders", "by": "channel", "compare": "", "period": "12m"}


def test_days_and_customers_hold_for_a_report_and_its_file(client, manager):
    board = board_with(manager, CHANNELS, {**CHANNELS, "among": "source = street"})
    assert rows_in(card_of(client, board, 1)) == ["web 6", "shop 1"]
    assert rows_in(card_of(client, board, 1, period="30d")) == ["web 6"]
    assert rows_in(card_of(client, board, 1, period="own", since="2025-07-01", until="2025-07-31")) == ["shop 1"]
    asked = {"among": "source = fair", "period": "30d"}
    narrowed = card_of(client, board, 1, **asked)
    assert rows_in(narrowed) == ["web 6"]
    assert rows_in(card_of(client, board, 2)) == ["shop 1"]
    assert rows_in(card_of(client, board, 2, among="source = fair")) == []  # its own filter holds as well
    (file,) = re.findall(r'href="([^"]*table\.csv[^"]*)"', narrowed)
    table = client.get(html.unescape(file)).content.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(table)))[1:] == [["web", "6"]]


def test_everybody_gets_the_figures_of_the_customers_they_may_see(client, manager):
    board = board_with(manager, CHANNELS)
    AccessRule.objects.create(role=Role.SALES, sees="own", edits="own")
    seller = user_of(Role.SALES)
    Customer.objects.filter(name__in=["fair 1", "fair 2"]).update(owner=seller)
    client.force_login(seller)
    assert rows_in(card_of(client, board, 1)) == ["web 2"]
    assert rows_in(card_of(client, board, 1, among="source = street")) == []


def test_what_does_not_follow_says_so(client, manager):
    board = board_with(manager, {"measure": "customers", "by": "source", "compare": ""})
    page = client.get(board.get_absolute_url()).content.decode()
    assert "Not changed by" not in page
    page = client.get(board.get_absolute_url(), {"period": "30d", "compare": "nothing"}).content.decode()
    assert "Not changed by: days<" in page
    assert "18 Dec 2025 – 16 Jan 2026 · compared with nothing" in re.sub(r"</?bdi>", "", page)
    of_customers = card_of(client, board, 1, period="30d", compare="year", among="source = fair")
    assert "Not changed by: days<" in of_customers
    assert rows_in(of_customers) == ["fair 6"]


def test_it_is_saved_for_everybody_by_who_may_change_the_dashboard(client, manager):
    board = board_with(manager, CHANNELS)
    save = reverse("reports:dashboard_filter", args=[board.pk])
    asked = "period=30d&since=&until=&compare=&view=&among=source+%3D+fair"
    page = client.get(f"{board.get_absolute_url()}?{asked}").content.decode()
    assert "Save this filter with the dashboard" in page
    client.post(save, {"filter": asked, "version": board.version})
    client.post(save, {"filter": "period=90d", "version": board.version})  # somebody else, on what is no more
    board.refresh_from_db()
    assert board.filter == {"period": "30d", "among": "source = fair"}
    client.post(save, {"filter": "among=sauce+%3D+fair", "version": board.version})
    client.force_login(user_of(Role.VIEWER))
    page = client.get(board.get_absolute_url()).content.decode()
    assert "18 Dec 2025 – 16 Jan 2026" in page
    assert "Save this filter" not in page
    assert client.post(save, {"filter": "", "version": 2}).status_code == 403
    board.refresh_from_db()
    assert board.filter == {"period": "30d", "among": "source = fair"}
    everything = client.get(f"{board.get_absolute_url()}?period=&compare=&view=&among=").content.decode()
    assert "For all cards: each as it is" in everything


def test_one_that_cannot_be_read_shows_no_figures_of_others(client, manager):
    board = board_with(manager, CHANNELS)
    Dashboard.objects.update(filter={"among": "sauce = web"})
    for page, said in (("dashboard", "needs another look"), ("wall", "cannot be read, so it shows no cards")):
        answered = client.get(reverse(f"reports:{page}", args=[board.pk]))
        assert "<figure" not in answered.content.decode()
        assert said in answered.content.decode()
        assert "No cards yet" not in answered.content.decode()
    place = reverse("reports:dashboard_card", args=[board.pk, board.cards.last().pk])
    assert client.get(place).status_code == 400
