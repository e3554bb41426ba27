"""A report in a browser: its charts come one by one, follow the bar above, lead to customers and leave as files."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from accounts.models import AccessRule, Role, User
from reports.catalog import charts_about
from tests.browser.scenarios import PHONE_DARK, WIDE_LIGHT
from tests.factories import create_customer
from tests.reports.facts import publish_facts
from tests.reports.runs import AS_OF

SignIn = Callable[[Page, User], None]
Audit = Callable[[Page], list[str]]
CHARTS = len(charts_about("customers"))


@pytest.fixture(autouse=True)
def _customers(settings, tmp_path) -> None:
    settings.SNAPSHOT_DIR = tmp_path
    cache.clear()
    people = [create_customer(f"fair {number}", source="fair") for number in range(6)]
    # A name is no markup, which would style the page.
    people.append(create_customer("web", source="<b>web</b>"))
    known = {"birth_year": 1980, "country": "DE", "region": "Berlin", "since_date": AS_OF, "sex": "female"}
    publish_facts(
        customer_dim=[{"customer_id": each.pk, "source": each.source, **known} for each in people],
        orders=[{"order_id": 1, "customer_id": people[0].pk, "ordered_date": AS_OF}],
    )


def open_report(page: Page) -> None:
    page.goto("/reports/about/customers/")
    expect(page.locator(".chart[data-state=drawn]")).to_have_count(CHARTS)


@pytest.mark.parametrize("scenario", [WIDE_LIGHT], indirect=True, ids=str)
def test_a_report_is_filtered_followed_to_its_customers_and_taken_out(
    page: Page, sign_in: SignIn, manager: User, audit: Audit
):
    AccessRule.objects.update_or_create(role=Role.MANAGER, defaults={"sees": "all", "edits": "all", "may_export": True})
    sign_in(page, manager)
    page.goto("/reports/")
    page.get_by_role("main").get_by_role("link", name="Customers How many").click()
    expect(page.locator(".chart[data-state=drawn]")).to_have_count(CHARTS)
    assert audit(page) == []
    page.get_by_label("Only customers with").fill("source = fair")
    page.get_by_label("Compare with").select_option("")
    page.get_by_role("button", name="Show").click()
    sources = page.locator("figure", has=page.locator("#chart-customers-source"))
    expect(sources.get_by_role("heading")).to_have_text("Customers: fair leads with 6, 100% of all")
    expect(sources.get_by_text("Not changed by: days")).to_be_visible()
    with page.expect_download() as download:
        sources.get_by_role("link", name="as CSV").click()
    assert download.value.path().read_text(encoding="utf-8-sig").splitlines() == ["Source,Customers", "fair,6"]
    bar = page.locator("#chart-customers-source .bars .point").first
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    assert box
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    page.mouse.click(*middle)
    page.wait_for_url("**/customers/?filter=*")
    expect(page.locator("#results")).to_contain_text("fair 5")
    expect(page.locator("#results")).not_to_contain_text("web")
    page.go_back()
    chart = page.locator("#chart-customers-source")
    expect(chart).to_have_attribute("role", "application")
    chart.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#chart-customers-source + [role=status]")).to_contain_text("fair: 6 (1 of 1). Enter:")
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers/?filter=*")


@pytest.mark.parametrize("scenario", [PHONE_DARK], indirect=True, ids=str)
def test_a_report_on_a_phone_in_the_dark(page: Page, sign_in: SignIn, manager: User, audit: Audit):
    sign_in(page, manager)
    open_report(page)
    assert audit(page) == []
