"""Every component in light and dark, wide and on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from accounts.models import User
from tests.browser.scenarios import WIDE_AND_PHONE


@pytest.fixture(autouse=True)
def _gallery_urls(settings) -> None:
    settings.ROOT_URLCONF = "tests.browser.gallery"


@pytest.mark.parametrize("scenario", WIDE_AND_PHONE, indirect=True, ids=str)
def test_components_are_readable_named_and_fit_the_screen(
    page: Page, sign_in: Callable[[Page, User], None], admin: User, audit_in_both_themes: Callable[[Page], list[str]]
):
    sign_in(page, admin)
    page.goto("/gallery/")
    assert audit_in_both_themes(page) == []
