"""Names that try to be more than names, in every place that takes one: every page shows them as text, no more."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.contrib import admin
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from accounts.models import Role, Team, User
from core.spreadsheets import plain_text
from core.text import isolated
from customers.models import (
    Address,
    Category,
    ContactPerson,
    Customer,
    CustomerExternalId,
    EmailAddress,
    Order,
    PhoneNumber,
    Product,
    Tag,
)
from surveys.models import Questionnaire
from tests.customers.test_edit import form_data
from tests.factories import create_customer, create_order, create_product, create_refund, create_user
from tests.permissions.cast import World
from tests.permissions.rules import OWN
from tests.permissions.test_canaries import become, make_busy, pages

pytestmark = pytest.mark.django_db

SCRIPT = "<script>alert(1)</script>"
IMAGE = "\"'><img src=x onerror=alert(2)>"
TEMPLATE = "{{ request.user.password }}{% now 'Y' %}"
OVERRIDE = "\u202egpj.exe"
ISOLATE = "\u2067rtl"
FORMULA = '=HYPERLINK("http://evil.example","x")'
FORMULAS = (FORMULA, "+1+1", "-2+3", "@SUM(A1)", "\tTAB", "\rCR", "＝1+1")
NAMES = (SCRIPT, IMAGE, TEMPLATE, OVERRIDE, ISOLATE, FORMULA, "Ω" * 200)


def plant(world: World) -> None:
    """Every name in everything that has one, all of it about the actor's own customer where it can be."""
    own = world.customers[OWN]
    for number, name in enumerate(NAMES):
        category = Category.objects.create(name=name[:120])
        product = create_product(name, category=category, sku=f"{number}{name}"[:80])
        order = create_order(own, products=[product], external_id=f"{number}{name}"[:120], channel=name[:40])
        create_refund(own, on=dt.date(2026, 6, 2), reason=name)
        create_refund(own, order=order, on=dt.date(2026, 6, 2), amount="1.00")
        own.tags.add(Tag.objects.create(name=name[:60]))
        CustomerExternalId.objects.create(customer=own, source=name[:60], value=name)
        ContactPerson.objects.create(customer=own, name=name, job_title=name[:120])
        Address.objects.create(customer=own, street=name, postal_code=name[:20], city=name[:120], region=name[:120])
        PhoneNumber.objects.create(customer=own, number=f"{number} {name}"[:40])
        Questionnaire.objects.create(title=name)
        team = Team.objects.create(name=name[:80])
        owner = create_user("sales", name=name[:120], team=team)
        create_customer(name, owner=owner, team=team, source=name[:60], referred_by=own)
    Customer.objects.filter(pk=own.pk).update(
        name=SCRIPT, source=IMAGE, profile_text=OVERRIDE, kind="organisation", owner=User.objects.get(name=SCRIPT)
    )
    make_busy(own)


class Inspector(HTMLParser):
    """What the browser would make of a page: its scripts, handlers, and text of right-to-left that nothing holds."""

    # What keeps a name to itself that stands in it alone: by the standard, and by static/css/base.css.
    isolating = {
        "title",
        "option",
        "textarea",
        "td",
        "th",
        "h1",
        "h2",
        "p",
        "li",
        "dd",
        "dt",
        "a",
        "b",
        "span",
        "small",
    }
    void = {"br", "hr", "img", "input", "link", "meta", "path", "rect", "source"}

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.found.append("inline script")
        if tag == "img" and given.get("src") == "x":
            self.found.append("image of a name")
        self.found += [f"handler {name}" for name in given if name.startswith("on")]
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        element = self.open[-1] if self.open else ""
        is_alone = element in self.isolating and data.strip() == OVERRIDE
        if OVERRIDE[0] in data and element != "bdi" and not is_alone:
            self.found.append(f"override beside other text in <{element}>: {data.strip()[:40]!r}")


def findings(response: HttpResponseBase) -> list[str]:
    kind = response.headers.get("Content-Type", "")
    content = b"".join(response) if response.streaming else response.content  # type: ignore[attr-defined]
    if kind.startswith("text/html"):
        inspector = Inspector()
        inspector.feed(content.decode())
        return inspector.found
    if kind.startswith("text/csv"):
        cells = [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row]
        return [f"formula {cell!r}" for cell in cells if cell[:1] in set("=+@\t\r") or re.match(r"-\D", cell)]
    return []


def test_every_page_shows_hostile_names_as_text():
    world = World.create()
    plant(world)
    client = become(world.me, Role.ADMIN)
    found = {name: problems for name, response in pages(client, world) if (problems := findings(response))}
    assert found == {}


def test_django_s_admin_shows_hostile_names_as_text():
    world = World.create()
    plant(world)
    client = become(world.me, Role.ADMIN)
    found = {}
    for model in (Customer, Product, Category, Tag, Order, EmailAddress, Team, User, Questionnaire):
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        assert admin.site.is_registered(model)
        newest = model._default_manager.order_by("-pk").first()
        addresses = [reverse(f"admin:{name}_changelist")]
        addresses += [reverse(f"admin:{name}_{page}", args=[newest.pk]) for page in ("change", "delete") if newest]
        for address in addresses:
            inspector = Inspector()
            inspector.feed(client.get(address).content.decode())
            # Django's own pages have scripts of their own, kept in by the content policy; a name's have no address.
            if bad := [each for each in inspector.found if "override" not in each and each != "inline script"]:
                found[address] = bad
    assert found == {}


def test_controls_of_direction_are_taken_out_of_what_is_entered(client):
    user = create_user("sales")
    client.force_login(user)
    data = form_data(name=f"Ada {OVERRIDE}", source=ISOLATE, tags=OVERRIDE, profile_text=f"a{OVERRIDE}")
    data |= {"addresses-TOTAL_FORMS": "1", "addresses-0-kind": "home", "addresses-0-city": OVERRIDE}
    assert client.post("/customers/new/", data).status_code == 302
    made = Customer.objects.get()
    assert (made.name, made.source, made.profile_text) == ("Ada gpj.exe", "rtl", "agpj.exe")
    assert (made.tags.get().name, made.addresses.get().city) == ("gpj.exe", "gpj.exe")


def test_a_name_that_could_turn_a_sentence_round_is_kept_to_itself():
    assert isolated("Ada") == "Ada"
    assert isolated("אדה") == "\u2068אדה\u2069"
    assert isolated(OVERRIDE) == "\u2068gpj.exe\u2069"


TOO_MUCH = {"NUL": "a\x00b", "10,000 characters": "x" * 10_000}


@pytest.mark.parametrize("text", TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_cannot_be_stored_is_refused_in_words(client, text):
    user = create_user("admin")
    client.force_login(user)
    parts = {"emails": "email", "phones": "number", "addresses": "city", "contact_people": "name"}
    fields = ["name", "source", "tags", "organisation", "identity_number"]
    cases = [{field: text} for field in fields]
    cases += [{f"{part}-TOTAL_FORMS": "1", f"{part}-0-{field}": text} for part, field in parts.items()]
    for case in cases:
        answer = client.post("/customers/new/", form_data(**case))
        assert answer.status_code == 422, case.keys()
        assert "errorlist" in answer.content.decode(), case.keys()
    assert not Customer.objects.exists()


@pytest.mark.parametrize("text", [*NAMES, *TOO_MUCH.values(), *FORMULAS, "%", "_"])
def test_any_text_in_an_address_is_answered(client, text):
    client.force_login(create_user("admin"))
    for address, key in addresses_with_a_query():
        response = client.get(address, {key: text})
        assert response.status_code in {200, 302, 404}, (address, key)
        assert findings(response) == [], (address, key)


def addresses_with_a_query() -> Iterator[tuple[str, str]]:
    for key in ("q", "sort", "owner", "tag", "segment", "group", "cursor"):
        yield reverse("customers:list"), key
    yield reverse("customers:suggestions"), "organisation"
    yield reverse("jobs:list"), "kind"
    yield reverse("analytics:runs"), "analysis"


def test_exports_neutralise_formulas(client):
    """The control of `findings`: a formula that is left alone is seen."""
    for formula in FORMULAS:
        assert plain_text(formula) == f"'{formula}"
    response = Client().get("/healthz")
    response.headers["Content-Type"] = "text/csv"
    response.content = FORMULA.encode()
    assert findings(response)
