"""A browser, a running server, and a page that fails its test on any console error, failed request or blocked resource.

A test of a page takes `page` (all four scenarios: light and dark, wide and phone) or marks one of them:
`@pytest.mark.parametrize("scenario", [PHONE_LIGHT], indirect=True)`. `sign_in(page, somebody)` skips the login form.
With MERIDIAN_PICTURES set to a folder, each test leaves a picture of its last screen there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role, User
from tests.browser.programs import CHROMIUM_ARGUMENTS, DEBIANS_CHROMIUM, chromium_path
from tests.browser.scenarios import SCENARIOS, THEMES, Scenario
from tests.browser.watching import Watcher

HERE = Path(__file__).parent
# A busy machine draws six charts slowly; nothing waits this long unless it fails.
PATIENCE_MS = 30_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
            # Rows that migrations made come back after each test's flush.
            item.add_marker(pytest.mark.django_db(transaction=True, serialized_rollback=True))


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Package-wide and no wider: while it lives, this thread runs an event loop, which Django takes for async code."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        with sync_playwright() as driver:
            expect.set_options(timeout=PATIENCE_MS)
            yield driver
    finally:
        if before is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    chromium = chromium_path(playwright)
    if chromium is None:
        pytest.skip(f"no browser: install Debian's chromium ({DEBIANS_CHROMIUM}) or run `playwright install chromium`")
    running = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
    yield running
    running.close()


@pytest.fixture(params=SCENARIOS, ids=str)
def scenario(request: pytest.FixtureRequest) -> Scenario:
    return request.param


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()


@pytest.fixture
def page(
    browser: Browser, live_server: LiveServer, scenario: Scenario, watcher: Watcher, request: pytest.FixtureRequest
) -> Iterator[Page]:
    context = browser.new_context(
        base_url=live_server.url,
        viewport={"width": scenario.width, "height": scenario.height},
        color_scheme=scenario.theme,
        locale="en-GB",
        has_touch=scenario.is_phone,
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    watcher.attach(context)
    page = context.new_page()
    yield page
    if folder := os.environ.get("MERIDIAN_PICTURES"):
        page.screenshot(path=Path(folder) / f"{request.node.name}.png")
    context.close()
    assert watcher.unexpected() == []


@pytest.fixture
def sign_in(live_server: LiveServer) -> Callable[[Page, User], None]:
    def sign_in(page: Page, user: User) -> None:
        client = Client()
        client.force_login(user)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])

    return sign_in


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Settings) -> None:
    """The real hash costs half a second for each user, on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def admin() -> User:
    return User.objects.create_user("ada@example.com", "correct horse", name="Ada Lovelace", role=Role.ADMIN)


@pytest.fixture
def manager() -> User:
    return User.objects.create_user("mia@example.com", "correct horse", name="Mia Manager", role=Role.MANAGER)


@pytest.fixture
def salesperson() -> User:
    return User.objects.create_user("sam@example.com", "correct horse", name="Sam Seller", role=Role.SALES)


@pytest.fixture(scope="session")
def audit() -> Callable[[Page], list[str]]:
    """Contrast, names, structure and width of the page as it stands; a list of what is wrong.

    Quick enough for every state that a walk passes, on each screen; it sees what axe-core does not look for, such as a
    page that scrolls sideways. axe-core goes over every page once (`test_accessibility`)."""
    script = (HERE / "audit.js").read_text()
    return lambda page: page.evaluate(script)


@pytest.fixture(scope="session")
def audit_in_both_themes(audit: Callable[[Page], list[str]]) -> Callable[[Page], list[str]]:
    """Of a page that follows the device; loading it is what takes time. For tests of `WIDE_AND_PHONE`."""

    def in_both(page: Page) -> list[str]:
        found = []
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            found += [f"{theme}: {sentence}" for sentence in audit(page)]
        return found

    return in_both
