"""Dashboards in a browser: put together by keyboard and by dragging, filtered, shared, and on a wall that looks after
itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User, UserSession
from reports.dashboards import arranging, places
from reports.dashboards.arranging import NewCard
from reports.dashboards.views import WALL_SECONDS
from reports.models import Dashboard, Report
from tests.browser.scenarios import PHONE_DARK, WIDE_LIGHT
from tests.browser.watching import Watcher
from tests.factories import create_customer
from tests.reports.facts import publish_facts
from tests.reports.runs import AS_OF, DAYS, drop_partitions, publish_scores

SignIn = Callable[[Page, User], None]
Audit = Callable[[Page], list[str]]


@pytest.fixture(autouse=True)
def _figures(settings, tmp_path) -> Iterator[None]:
    settings.SNAPSHOT_DIR = tmp_path
    buyer = create_customer("Ada", source="fair")
    publish_facts(
        days=DAYS,
        customer_dim=[{"customer_id": buyer.pk, "source": "fair"}],
        orders=[{"order_id": 1, "customer_id": buyer.pk, "ordered_date": AS_OF}],
    )
    publish_scores()
    yield
    drop_partitions()


def order_of(page: Page) -> list[str]:
    return page.locator("[data-card] b").all_inner_texts()


def drag_first_to_last(page: Page, *, and_then: str = "drop") -> None:
    grips = page.locator("[data-grip]")
    boxes = [grips.nth(place).bounding_box() for place in (0, grips.count() - 1)]
    begin, end = [(box["x"] + 16, box["y"] + 20) for box in boxes if box]
    page.mouse.move(*begin)
    page.mouse.down()
    page.mouse.move(*end, steps=4)
    if and_then == "escape":
        page.keyboard.press("Escape")
    page.mouse.up()


@pytest.mark.parametrize("scenario", [WIDE_LIGHT], indirect=True, ids=str)
def test_a_dashboard_is_put_together_filtered_shared_and_seen_by_another(
    page: Page, sign_in: SignIn, manager: User, salesperson: User, audit: Audit
):
    Report.objects.create(owner=manager, name="Orders by channel", question={"measure": "orders", "by": "channel"})
    sign_in(page, manager)
    page.goto("/dashboards/new/")
    page.get_by_label("Name").fill("Sales")
    page.get_by_role("button", name="Make the dashboard").click()
    said = page.locator("#arranged")
    for place, name in enumerate(["Revenue by month", "Recency × frequency", "Orders by channel"], start=1):
        page.get_by_role("button", name=f"Add {name}", exact=True).click()
        expect(page.locator("[data-card]")).to_have_count(place)
    page.get_by_role("button", name="Further down: Revenue by month").press("Enter")
    expect(said).to_have_text("Revenue by month: place 2 of 3.")
    expect(page.get_by_role("button", name="Further down: Revenue by month")).to_be_focused()
    drag_first_to_last(page, and_then="escape")
    assert order_of(page) == ["Recency × frequency", "Revenue by month", "Orders by channel"]
    drag_first_to_last(page)
    expect(said).to_have_text("Recency × frequency: place 3 of 3.")
    assert order_of(page) == ["Revenue by month", "Orders by channel", "Recency × frequency"]
    page.get_by_role("button", name="Whole width: Revenue by month").click()
    expect(said).to_have_text("Revenue by month has the whole width now.")
    page.get_by_role("button", name="Remove Orders by channel").press("Enter")
    expect(said).to_have_text("The card is removed.")
    expect(page.locator("[id^=up-]").nth(1)).to_be_focused()  # of what stands there now
    page.get_by_role("button", name="Add Orders by channel").click()
    expect(said).to_have_text("Orders by channel is added as the last card.")
    assert audit(page) == []

    page.get_by_role("link", name="Name and sharing").click()
    page.get_by_label("Everybody").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".chart[data-state=drawn]")).to_have_count(3)
    page.get_by_text("For all cards: each as it is").click()
    page.get_by_label("Days", exact=True).select_option("90d")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("button", name="Save this filter with the dashboard").click()
    expect(page.locator("summary", has_text="For all cards: 19 Oct 2025 – 16 Jan 2026")).to_be_visible()
    expect(page.locator(".chart[data-state=drawn]")).to_have_count(3)
    assert audit(page) == []

    board = Dashboard.objects.get()
    for each in (board, arranging.create(owner=manager, name="Other")):
        places.pin(each, user=manager)
    page.goto("/dashboards/")
    page.get_by_role("button", name="Further to the back: Sales").press("Enter")
    expect(said).to_have_text("Sales: place 2 of 2.")
    expect(page.get_by_role("button", name="Further to the back: Sales")).to_be_focused()
    drag_first_to_last(page)
    expect(said).to_have_text("Other: place 2 of 2.")
    assert audit(page) == []
    sign_in(page, salesperson)
    page.goto(board.get_absolute_url())
    expect(page.get_by_text("A saved report is not shared with you.")).to_be_visible()
    expect(page.get_by_role("link", name="Make a copy")).to_be_visible()
    expect(page.get_by_role("link", name="Arrange")).to_have_count(0)


@pytest.mark.parametrize("scenario", [PHONE_DARK], indirect=True, ids=str)
def test_a_wall_keeps_its_last_picture_and_says_why_it_is_not_new(
    page: Page, sign_in: SignIn, manager: User, audit: Audit, watcher: Watcher
):
    report = Report.objects.create(owner=manager, name="Orders", question={"measure": "orders", "by": "channel"})
    board = arranging.create(owner=manager, name="Wall", cards=[NewCard("segments"), NewCard(report_id=report.pk)])
    address = f"**/dashboards/{board.pk}/wall/"
    sign_in(page, manager)
    page.clock.install()
    page.goto(address.removeprefix("**"))
    status, drawn = page.locator("#wall-status"), page.locator(".chart[data-state=drawn]")
    expect(status).to_have_text(re.compile(r"Asked at \d\d:\d\d"))
    expect(drawn).to_have_count(2)
    assert audit(page) == []

    watcher.expect("/wall/")  # the server that does not answer
    watcher.expect("Failed to load resource")
    page.route(address, lambda route: route.abort())
    page.clock.fast_forward(WALL_SECONDS * 1000)
    expect(status).to_contain_text("The server has not answered since")
    expect(drawn).to_have_count(2)
    page.unroute(address)
    board.cards.get(chart="segments").delete()
    page.clock.fast_forward(WALL_SECONDS * 1000)
    expect(drawn).to_have_count(1)
    expect(status).to_contain_text("Asked at")
    UserSession.objects.all().delete()
    page.clock.fast_forward(WALL_SECONDS * 1000)
    expect(status).to_contain_text("The login has ended.")
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    expect(drawn).to_have_count(1)
