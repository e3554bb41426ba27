"""Django's admin, page by page: it is there for admins only, and hides from them what their rule says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.urls import NoReverseMatch, URLPattern, URLResolver, reverse

from accounts.models import AccessRule, Confidential, Role
from customers.models import EmailAddress
from tests.permissions.cast import World, answer_of, playing, rows_written, undone
from tests.permissions.rules import ACTORS, Answer

pytestmark = pytest.mark.django_db

# Leads on to the login of the product, or says 403 to those who are in.
LOGIN = "login"
OBJECT_ID = 10**9


def names(patterns: list[Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(name, arguments) of each page."""
    for entry in patterns:
        if isinstance(entry, URLResolver):
            yield from names(entry.url_patterns)
        elif isinstance(entry, URLPattern) and entry.name:
            yield entry.name, tuple(entry.pattern.converters)


PAGES = sorted(set(names(admin.site.get_urls())) - {(LOGIN, ())})
ARGUMENTS = {"object_id": str(OBJECT_ID), "content_type_id": "1", "id": "1", "app_label": "customers", "url": "x/"}
OUTSIDERS = [actor for actor in ACTORS if actor.role != "admin"]


def address(name: str, arguments: tuple[str, ...]) -> str:
    given = [ARGUMENTS.get(each, "customers") for each in arguments]
    try:
        return reverse(f"admin:{name}", args=given)
    except NoReverseMatch:  # the list of an app names the apps it knows
        return reverse(f"admin:{name}", kwargs={"app_label": "customers"})


def test_the_pages_are_found():
    assert len(PAGES) > 80
    assert ("customers_customer_change", ("object_id",)) in PAGES


@pytest.mark.parametrize("actor", OUTSIDERS, ids=str)
def test_nobody_but_an_admin_gets_in_or_changes_anything(actor):
    world = World.create()
    with playing(actor, world) as client:
        before = rows_written()
        for name, arguments in PAGES:
            for method in ("get", "post"):
                response = getattr(client, method)(address(name, arguments))
                case = f"{method} admin:{name}, {actor}"
                if name != "logout":
                    assert answer_of(response) in {Answer.LOGIN, Answer.FORBIDDEN, Answer.MISSING} or (
                        response.status_code == 302 and response.url.startswith(reverse("admin:login"))
                    ), case
                after = rows_written()
                assert after == before or name == "logout", case
                before = after


def test_an_admin_sees_dots_in_place_of_encrypted_numbers_and_nothing_that_the_rule_hides():
    world = World.create()
    own = world.customers["own"]
    own.identity_number = "X-774411"
    own.save()
    EmailAddress.objects.create(customer=own, email="canary@hidden.example")
    pages = [
        reverse("admin:customers_customer_changelist"),
        reverse("admin:customers_customer_change", args=[own.pk]),
        reverse("admin:customers_customer_delete", args=[own.pk]),
        reverse("admin:customers_emailaddress_changelist"),
        reverse("admin:customers_emailaddress_change", args=[own.emails.get().pk]),
    ]
    with playing(ACTORS[-1], world) as client:
        shown = "".join(client.get(page).content.decode() for page in pages)
        assert "X-774411" not in shown
        assert "canary@hidden.example" in shown
    AccessRule.objects.create(role=Role.ADMIN, sees="all", edits="all", masked=list(Confidential))
    with playing(ACTORS[-1], world) as client:
        shown = "".join(client.get(page).content.decode() for page in pages)
        assert "canary" not in shown
        assert re.search(r"\b1990\b", shown) is None


def test_the_admin_replaces_an_encrypted_number_and_keeps_it_when_left_alone():
    world = World.create()
    own = world.customers["own"]
    own.identity_number = "X-774411"
    own.save()
    page = reverse("admin:customers_customer_change", args=[own.pk])
    parts = ("emails", "phones", "addresses", "contact_people", "external_ids")
    data = {f"{part}-{count}": "0" for part in parts for count in ("TOTAL_FORMS", "INITIAL_FORMS")}
    data |= {"kind": "person", "name": "Ada", "lifecycle": "lead"}
    with playing(ACTORS[-1], world) as client:
        for typed, kept in (("", "X-774411"), ("Y-1", "Y-1")):
            with undone():
                assert client.post(page, {**data, "identity_number": typed}).status_code == 302
                own.refresh_from_db()
                assert own.identity_number.reveal() == kept
