"""The customer pages in a browser: hostile names do nothing, hidden values are shown one at a time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, expect

from accounts.models import User
from customers.models import Customer, EmailAddress, PhoneNumber, Tag
from protection.audit.models import AccessLog
from tests.browser.scenarios import PHONE_DARK, WIDE_LIGHT

SignIn = Callable[[Page, User], None]
two_screens = pytest.mark.parametrize("scenario", [WIDE_LIGHT, PHONE_DARK], indirect=True, ids=str)
wide = pytest.mark.parametrize("scenario", [WIDE_LIGHT], indirect=True, ids=str)

HOSTILE = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(2)><svg onload=alert(3)>",
    "javascript:alert(4)",
    "\u202egpj.exe",
    "M" * 200,
)


@pytest.fixture
def ada() -> Customer:
    ada = Customer.objects.create(name="Ada", identity_number="X-774411", birth_date="1990-05-17", annual_income=54_321)
    EmailAddress.objects.create(customer=ada, email="ada@secret.example")
    PhoneNumber.objects.create(customer=ada, number="+49 30 1234567")
    return ada


@two_screens
def test_hostile_names_do_nothing(page: Page, sign_in: SignIn, admin: User, audit):
    dialogs: list[Dialog] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog))  # a built-in can't be registered
    for name in HOSTILE:
        customer = Customer.objects.create(name=name, source=name[:60], profile_text=name, referred_by=None)
        customer.tags.add(Tag.objects.create(name=name[:60]))
    sign_in(page, admin)
    page.goto("/customers/")
    assert audit(page) == []
    for customer in Customer.objects.all():
        page.goto(customer.get_absolute_url())
        expect(page.get_by_role("heading", level=1)).to_have_text(customer.name)
        page.goto(f"{customer.get_absolute_url()}edit/")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status")).to_contain_text("is saved")
    assert audit(page) == []
    assert dialogs == []


@two_screens
def test_a_hidden_value_is_shown_when_asked_for(page: Page, sign_in: SignIn, salesperson: User, ada: Customer, audit):
    sign_in(page, salesperson)
    page.goto(ada.get_absolute_url())
    expect(page.get_by_text("X-774411")).to_have_count(0)
    assert audit(page) == []
    page.get_by_role("button", name="Show: identity number").click()
    expect(page.get_by_text("X-774411")).to_be_visible()
    expect(page).to_have_url(ada.get_absolute_url())
    assert AccessLog.objects.filter(what="unmask", customer_id=ada.pk, actor=salesperson).count() == 1


@wide
def test_a_reader_sees_dots_and_no_buttons(page: Page, sign_in: SignIn, ada: Customer, audit):
    sign_in(page, User.objects.create_user("vera@example.com", "correct horse", name="Vera", role="viewer"))
    page.goto("/customers/")
    expect(page.get_by_text("•••@•••")).to_be_visible()
    page.get_by_role("link", name="Ada").click()
    expect(page.get_by_role("button", name="Show")).to_have_count(0)
    expect(page.get_by_role("link", name="Edit")).to_have_count(0)
    expect(page.get_by_text("••••-••-••")).to_be_visible()
    assert audit(page) == []
