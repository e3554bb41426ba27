"""Every report on a phone in the dark: each chart drawn, filtered, followed to its customers, taken out as a file."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from accounts.models import User
from reports.catalog import CHARTS
from reports.catalog.subjects import SUBJECTS
from tests.browser.scenarios import PHONE_DARK
from tests.factories import create_customer
from tests.reports.everything import publish_everything

SignIn = Callable[[Page, User], None]
# These tell of all customers, or of none.
UNFILTERED = {"demand", "upkeep"}
LEADS_NOWHERE = {"demand", "upkeep", "organisations"}


@pytest.fixture(autouse=True)
def _published(settings, tmp_path) -> None:
    settings.SNAPSHOT_DIR = tmp_path
    cache.clear()
    publish_everything()
    for pk, source in ((1, "fair"), (2, "web"), (3, "")):
        create_customer(f"customer {pk}", pk=pk, source=source)


@pytest.mark.parametrize("scenario", [PHONE_DARK], indirect=True, ids=str)
def test_every_report_is_drawn_filtered_followed_and_taken_out(page: Page, sign_in: SignIn, admin: User):
    sign_in(page, admin)
    for subject in SUBJECTS:
        page.goto(subject.url)
        expect_drawn(page, [chart.key for chart in CHARTS if chart.subject == subject.key])
        if subject.key not in UNFILTERED:
            page.get_by_label("Only customers with").fill("not source = web")
            page.get_by_role("button", name="Show").click()
            expect(page.get_by_text("only customers with:")).to_be_visible()
            expect_settled(page)
        take_out(page)
        if subject.key not in LEADS_NOWHERE:
            follow(page)
    page.goto("/reports/explore/?measure=orders&by=month&period=12m")
    expect_drawn(page, ["explored"])
    page.get_by_label("Then by").select_option("channel")
    page.get_by_role("button", name="Show").click()
    for heading in ("Channel", "Change"):
        expect(page.get_by_role("columnheader", name=heading, exact=True)).to_have_count(1)
    expect_settled(page)
    take_out(page)
    follow(page)


def expect_drawn(page: Page, keys: list[str]) -> None:
    expect_settled(page)
    expect(page.locator(".chart[data-state=drawn]")).to_have_count(len(keys))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def expect_settled(page: Page) -> None:
    """No chart is waited for, and all that are there are drawn."""
    expect(page.locator(".chart.waiting")).to_have_count(0)
    expect(page.locator(".chart:not([data-state=drawn])")).to_have_count(0)


def take_out(page: Page) -> None:
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").first.click()
    assert len(download.value.path().read_text(encoding="utf-8-sig").splitlines()) > 1, page.url


def follow(page: Page) -> None:
    """The first row that leads to customers leads to the list that says how many they were."""
    card = page.locator("figure", has=page.locator("a[href*=of_run]")).first
    row = card.locator("a[href*=of_run]").first
    if not row.is_visible():
        card.locator("summary", has_text="Table").click()
    row.click()
    page.wait_for_url("**/customers/?filter=**")
    expect(page.get_by_text("customer then").or_(page.get_by_text("customers then"))).to_be_visible()
