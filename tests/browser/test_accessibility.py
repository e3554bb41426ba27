"""axe-core on every page there is: those of the permission matrix, so that nobody has to remember a new one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Error, Page

from accounts.models import Role, User
from tests.browser.axe import serious_in_both_themes
from tests.browser.scenarios import WIDE_LIGHT
from tests.browser.watching import Watcher
from tests.permissions.cast import World
from tests.permissions.matrix import MATRIX
from tests.permissions.rules import anybody

pytestmark = pytest.mark.parametrize("scenario", [WIDE_LIGHT], indirect=True, ids=str)
SignIn = Callable[[Page, User], None]

# What a browser says of a file, and of an answer without a content.
NO_PAGE = ("Download is starting", "net::ERR_ABORTED")


def walk(page: Page, names: list[str], world: World) -> dict[str, list[str]]:
    """What is wrong with each page that is one; a fragment has no language and is seen on its page."""
    found = {}
    for name in names:
        try:
            page.goto(world.path(name, MATRIX[name]))
        except Error as error:
            if not any(no_page in str(error) for no_page in NO_PAGE):
                raise
            continue
        if page.locator("html[lang]").count():
            found[name] = serious_in_both_themes(page)
    return found


def opened(page: Page) -> dict[str, list[str]]:
    """What stands above a page, and a form that was refused."""
    found = {}
    page.goto("/customers/")
    page.keyboard.press("Control+k")
    page.get_by_role("option").first.wait_for()
    found["the palette"] = serious_in_both_themes(page)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    found["the shortcuts"] = serious_in_both_themes(page)
    page.goto("/customers/new/")
    page.get_by_role("button", name="Save").click()
    page.locator(".errorlist").first.wait_for()
    found["a refused form"] = serious_in_both_themes(page)
    return found


def test_nothing_serious_on_any_page(page: Page, sign_in: SignIn, watcher: Watcher):
    watcher.expect("status 4")  # pages of wrong links are pages too
    watcher.expect("console error: Failed to load resource")
    world = World.create()
    pages = [name for name, entry in MATRIX.items() if entry.get]
    before_login = [name for name in pages if MATRIX[name].get is anybody]
    found = walk(page, before_login, world)
    User.objects.filter(pk=world.me.pk).update(role=Role.ADMIN)
    sign_in(page, User.objects.get(pk=world.me.pk))
    found |= walk(page, [name for name in pages if name not in before_login], world)
    found |= opened(page)
    assert len(found) > 40
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
