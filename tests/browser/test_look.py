"""Every component in light and dark, wide and on a phone."""

from __future__ import annotations

from collections.abc import Callable

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
    assert audit(page) == []
