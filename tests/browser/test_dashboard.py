"""The dashboard in a browser: charts that are drawn, follow the theme and the width, and lead somewhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from accounts.models import User
from tests.browser.scenarios import PHONE_LIGHT, WIDE_LIGHT
from tests.browser.watching import Watcher
from tests.reports.runs import AS_OF, SCORES, drop_partitions, publish_days, publish_scores

SignIn = Callable[[Page, User], None]
CHARTS = 6

on_wide = pytest.mark.parametrize("scenario", [WIDE_LIGHT], indirect=True, ids=str)
on_phone = pytest.mark.parametrize("scenario", [PHONE_LIGHT], indirect=True, ids=str)


@pytest.fixture(autouse=True)
def _two_years_of_figures() -> Iterator[None]:
    every_third_day = [AS_OF - dt.timedelta(days=days) for days in range(0, 800, 3)]
    publish_days([(day, 4, 4, 1, 3, 90_000 + 100 * day.day, 2_000) for day in every_third_day])
    publish_scores([(1, 3, 9, 90_000, 4, 4, "loyal"), *SCORES[1:]], as_of=dt.date(2026, 1, 1))
    publish_scores()
    yield
    drop_partitions()


def open_dashboard(page: Page) -> None:
    page.goto("/")
    expect(page.locator(".chart[data-state]")).to_have_count(CHARTS)


def colour_of(mark: Locator) -> str:
    colour: str = mark.evaluate("(mark) => getComputedStyle(mark).fill")
    return colour


def top_of(mark: Locator) -> float:
    box = mark.bounding_box()
    assert box
    return round(box["y"])


def test_every_chart_is_drawn_and_the_page_is_readable(
    page: Page, sign_in: SignIn, manager: User, audit: Callable[[Page], list[str]]
):
    sign_in(page, manager)
    open_dashboard(page)
    expect(page.locator(".chart[data-state=drawn] .main-svg").first).to_be_visible()
    assert page.locator(".chart[data-state=drawn]").count() == CHARTS
    assert audit(page) == []


@on_wide
def test_a_bar_leads_to_the_customers_of_its_segment(page: Page, sign_in: SignIn, manager: User):
    sign_in(page, manager)
    open_dashboard(page)
    bar = page.locator("#chart-segments .bars .point").nth(2)
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    assert box
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    page.mouse.click(*middle)
    page.wait_for_url("**/customers/?filter=*at_risk*")


@on_wide
def test_charts_follow_the_theme(page: Page, sign_in: SignIn, manager: User):
    sign_in(page, manager)
    open_dashboard(page)
    bar = page.locator("#chart-revenue .bars path").first
    light = colour_of(bar)
    page.emulate_media(color_scheme="dark")
    expect(bar).not_to_have_css("fill", light)
    dark = colour_of(bar)
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    expect(bar).to_have_css("fill", light)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    expect(bar).to_have_css("fill", dark)


@on_phone
def test_panels_stand_below_each_other_on_a_phone_and_side_by_side_after_turning(
    page: Page, sign_in: SignIn, manager: User
):
    sign_in(page, manager)
    open_dashboard(page)
    panels = page.locator("#chart-distributions .nsewdrag")
    first, last = panels.first, panels.last
    assert top_of(last) > top_of(first) + 200
    page.set_viewport_size({"width": 844, "height": 390})
    # The figure is as high as its place again once it has been drawn anew.
    expect(page.locator("#chart-distributions .main-svg").first).to_have_attribute("height", "320")
    assert top_of(last) == top_of(first)


@on_wide
def test_a_picture_can_be_saved(page: Page, sign_in: SignIn, manager: User):
    sign_in(page, manager)
    open_dashboard(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Recency × frequency as PNG").click()
    assert download.value.suggested_filename == "recency-frequency-2026-01-16.png"
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    with page.expect_download() as download:
        page.get_by_role("button", name="Recency × frequency as SVG").click()
    assert b"<svg" in download.value.path().read_bytes()
    page.get_by_role("button", name="Recency × frequency in full screen").click()
    page.wait_for_function("document.fullscreenElement !== null")


@on_phone
def test_the_numbers_can_be_read_as_a_table(page: Page, sign_in: SignIn, manager: User):
    sign_in(page, manager)
    open_dashboard(page)
    card = page.locator("figure", has=page.locator("#chart-segments"))
    card.get_by_text("Table", exact=True).click()
    expect(card.get_by_role("row", name="Champions 1 20% €900.00 64.3%")).to_be_visible()
    card.get_by_text("What is counted").click()
    expect(card.get_by_text("Each customer stands in the one segment")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE_LIGHT.width


@on_wide
def test_a_chart_that_cannot_be_drawn_says_so_in_words(page: Page, sign_in: SignIn, manager: User, watcher: Watcher):
    watcher.expect("plotly.min.js")
    watcher.expect("Plotly is not here")
    page.route("**/plotly.min.js", lambda route: route.abort())
    sign_in(page, manager)
    open_dashboard(page)
    expect(page.locator(".chart.failed").first).to_contain_text("The picture could not be drawn.")
    expect(page.get_by_role("button", name="Revenue by month as PNG")).to_be_hidden()


@on_wide
def test_a_chart_can_be_fetched_from_its_own_address(page: Page, sign_in: SignIn, manager: User, watcher: Watcher):
    def without_figures(route: Route) -> None:
        response = route.fetch()
        markup = response.text().replace('data-figure="chart-segments-figure"', 'data-chart-url="/reports/segments/"')
        markup = markup.replace('data-figure="chart-buyers-figure"', 'data-chart-url="/reports/nonsense/"')
        route.fulfill(response=response, body=markup)

    watcher.expect("/reports/nonsense/")
    watcher.expect("chart chart-buyers: status 404")
    page.route("**/", without_figures)
    sign_in(page, manager)
    open_dashboard(page)
    expect(page.locator("#chart-segments[data-state=drawn] .bars .point")).to_have_count(5)
    expect(page.locator("#chart-buyers.failed")).to_be_visible()
