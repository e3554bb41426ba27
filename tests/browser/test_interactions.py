"""A salesperson's day in a browser: a note that mentions a colleague, a task done and taken back, the bell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from notifications.models import Notification
from tests.browser.scenarios import PHONE_DARK, WIDE_LIGHT
from tests.factories import create_customer, create_interaction, create_task

SignIn = Callable[[Page, User], None]
two_screens = pytest.mark.parametrize("scenario", [WIDE_LIGHT, PHONE_DARK], indirect=True, ids=str)


@two_screens
def test_a_note_with_a_mention_a_task_done_and_a_day_at_a_glance(
    page: Page, sign_in: SignIn, salesperson: User, manager: User, audit
):
    today = timezone.localdate()
    ada = create_customer("Ada Example", owner=salesperson, orders=2)
    for number in range(3):
        create_interaction(create_customer(f"Silent {number}", owner=salesperson), "email", title="Offer")
    create_task(ada, "Send the offer", owner=salesperson, due=today - dt.timedelta(days=3), priority=1)
    create_task(ada, "Call about tea", owner=salesperson, due=today, time=dt.time(23, 59))
    create_interaction(ada, "meeting", at=timezone.now(), author=salesperson, title="Autumn range", place="Berlin")
    sign_in(page, salesperson)

    page.goto(ada.get_absolute_url())
    note = page.get_by_label("text", exact=False).first
    note.fill("Ask ")
    note.press_sequentially("@Mia")
    page.get_by_role("option", name="Mia Manager").wait_for()
    note.press("Enter")
    expect(note).to_have_value("Ask @Mia Manager ")
    for kind in ("Call", "Note"):  # what is typed goes along
        page.locator("#quick-add").get_by_role("link", name=kind).click()
        expect(page.get_by_role("button", name=f"Add: {kind}")).to_be_visible()
        expect(page.locator("#quick-add textarea")).to_have_value("Ask @Mia Manager ")
    page.get_by_role("button", name="Add: Note").click()
    expect(page.locator("#timeline").get_by_text("Ask @Mia Manager")).to_be_visible()
    expect(page.locator("#quick-add textarea")).to_have_value("")
    page.locator("#quick-add").get_by_role("link", name="Meeting").click()
    expect(page.get_by_role("button", name="Add: Meeting")).to_be_visible()
    assert audit(page) == []
    assert Notification.objects.get().recipient == manager
    page.locator("#quick-add").get_by_role("link", name="Task").click()
    expect(page.get_by_label("What is to be done")).to_be_focused()
    page.get_by_label("What is to be done").fill("Ring back")
    page.get_by_role("button", name="Add: Task").click()
    expect(page.get_by_role("region", name="Tasks")).to_contain_text("Ring back")

    page.goto("/my-day/")
    expect(page.get_by_role("heading", name="Overdue")).to_be_visible()
    assert audit(page) == []
    page.locator(".task summary").first.click()
    expect(page.locator("details[open] > .menu-panel")).to_be_in_viewport(ratio=0.99)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Done: Send the offer").click()
    expect(page.get_by_role("heading", name="Overdue")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Overdue")).to_be_visible()

    page.context.clear_cookies()
    sign_in(page, manager)
    page.goto("/notifications/")
    expect(page.get_by_role("button", name="Sam Seller mentions you at Ada Example.")).to_be_visible()
    assert audit(page) == []
    page.get_by_role("button", name="Sam Seller mentions you at Ada Example.").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada Example")
