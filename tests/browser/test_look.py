"""Every component in light and dark, wide and on a phone."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from accounts.models import User


@pytest.fixture(autouse=True)
def _gallery_urls(settings) -> None:
    settings.ROOT_URLCONF = "tests.browser.gallery"


def test_components_are_readable_named_and_fit_the_screen(
    page: Page, sign_in: Callable[[Page, User], None], admin: User, audit: Callable[[Page], list[str]], scenario
):
    sign_in(page, admin)
    page.goto("/gallery/")
    found = audit(page)
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=str(Path(folder) / f"gallery-{scenario}.png"), full_page=True)
        for part in (0, 1, 2, 3):
            page.evaluate("top => window.scrollTo(0, top)", part * scenario.height * 0.8)
            page.screenshot(path=str(Path(folder) / f"part{part}-{scenario}.png"))
    assert found == []
