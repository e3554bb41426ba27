"""The privacy pages in a browser: in the look on a wide and a narrow screen, and usable by keyboard alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from customers.models import Consent, Customer, EmailAddress
from privacy import tombstones
from privacy.models import DataPackage, ErasureRequest
from tests.browser.scenarios import PHONE_DARK, WIDE_LIGHT
from tests.browser.watching import Watcher

SignIn = Callable[[Page, User], None]
two_screens = pytest.mark.parametrize("scenario", [WIDE_LIGHT, PHONE_DARK], indirect=True, ids=str)
wide = pytest.mark.parametrize("scenario", [WIDE_LIGHT], indirect=True, ids=str)


@pytest.fixture
def ada(admin: User) -> Customer:
    """With consents, an erasure that waits and a package that is made."""
    tomorrow = timezone.now() + dt.timedelta(days=1)
    ada = Customer.objects.create(name="Ada Lovelace", profiling_objected_at=timezone.now())
    EmailAddress.objects.create(customer=ada, email="ada@example.org")
    Consent.objects.create(customer=ada, purpose="email", is_given=True, source="web form", recorded_by=admin)
    ErasureRequest.objects.create(customer=Customer.objects.create(name="Bea"), requested_by=admin)
    DataPackage.objects.create(
        customer=ada, requested_by=admin, file_name="made.zip", size_bytes=12_000, expires_at=tomorrow
    )
    tombstones.bury(ada.pk, None, timezone.now(), [])
    return ada


@two_screens
def test_the_pages_are_in_the_look(page: Page, sign_in: SignIn, admin: User, ada: Customer, audit):
    sign_in(page, admin)
    below = f"/privacy/customers/{ada.pk}"
    for path in ("/privacy/", "/privacy/retention/", f"{below}/erase/", f"{below}/consents/", ada.get_absolute_url()):
        page.goto(path)
        assert audit(page) == [], path


@wide
def test_an_erasure_begins_by_keyboard_alone(page: Page, sign_in: SignIn, admin: User, ada: Customer, watcher: Watcher):
    watcher.expect("422")  # the name that is not theirs
    sign_in(page, admin)
    page.goto(f"/privacy/customers/{ada.pk}/erase/")
    page.get_by_label("Name of the customer").focus()
    page.keyboard.type("Somebody else")
    page.keyboard.press("Enter")
    expect(page.get_by_text("This is not the name of the customer.")).to_be_visible()
    page.get_by_label("Name of the customer").fill("Ada Lovelace")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("has begun")
    assert ErasureRequest.objects.filter(customer=ada, requested_by=admin).exists()
