"""Pictures of the running demo for the README: `python -m tests.browser.pictures ADDRESS docs/pictures`."""

from __future__ import annotations

import argparse
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.programs import CHROMIUM_ARGUMENTS, chromium_path
from tests.browser.scenarios import PHONE_DARK, PHONE_LIGHT, WIDE_DARK, WIDE_LIGHT, Scenario

PAGES = {
    "dashboard": "/",
    "customers": "/customers/",
    "customer": "/customers/?segment=champions",  # and the first of them
    "transactions": "/reports/about/transactions/",
    "explorer": "/reports/explore/?measure=revenue&by=month&split=channel&compare=",
    "runs": "/analytics/",
    "jobs": "/jobs/",
}
WANTED = [
    ("dashboard", WIDE_LIGHT),
    ("dashboard", WIDE_DARK),
    ("dashboard", PHONE_LIGHT),
    ("customers", WIDE_LIGHT),
    ("customers", PHONE_DARK),
    ("customer", WIDE_LIGHT),
    ("transactions", WIDE_LIGHT),
    ("explorer", WIDE_DARK),
    ("runs", WIDE_LIGHT),
    ("jobs", WIDE_DARK),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", help="where the product runs, as http://127.0.0.1:8000")
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--email", default="admin@meridian.example")
    parser.add_argument("--password", default="explore-the-demo")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium_path(driver), args=CHROMIUM_ARGUMENTS)
        for name, scenario in WANTED:
            page = open_page(browser, scenario, options.address)
            log_in(page, options.email, options.password)
            page.goto(PAGES[name])
            if name == "customer":
                page.locator("tbody a").first.click()
            page.wait_for_load_state("networkidle")
            page.screenshot(path=options.folder / f"{name}-{scenario}.png")
            page.context.close()
        browser.close()


def open_page(browser: Browser, scenario: Scenario, address: str) -> Page:
    context = browser.new_context(
        base_url=address,
        viewport={"width": scenario.width, "height": scenario.height},
        color_scheme=scenario.theme,
        locale="en-GB",
        reduced_motion="reduce",
    )
    return context.new_page()


def log_in(page: Page, email: str, password: str) -> None:
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill(password)
    page.locator("main [type=submit]").click()
    page.wait_for_url("**/")


if __name__ == "__main__":
    main()
