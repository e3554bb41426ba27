"""The filter builder as forms, without scripts; and the typed form beside it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.http import QueryDict

from accounts.models import Role
from accounts.visibility import EVERYTHING
from customers.filters import building, parse, registry
from customers.models import Category, Tag
from tests.customers.filters.samples import leaves_of
from tests.factories import create_customer, create_product, create_team, create_user

pytestmark = pytest.mark.django_db
URL = "/customers/filter/"


@pytest.fixture
def sales(client):
    user = create_user("sales")
    client.force_login(user)
    return user


class FormReader(HTMLParser):
    """The fields of the builder's form as a browser sends them, but for its buttons."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self._is_inside = self._is_multiple = False
        self._select = self._textarea = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_inside = given.get("action") == URL
        if not self._is_inside:
            return
        if tag == "input" and (given.get("type") != "checkbox" or "checked" in given):
            self.fields.append((given["name"], given.get("value", "on")))
        elif tag == "select":
            self._select, self._is_multiple = given["name"], "multiple" in given
        elif tag == "option" and self._select:
            is_first = not self._is_multiple and all(name != self._select for name, _value in self.fields)
            if "selected" in given and not self._is_multiple:
                self.fields = [field for field in self.fields if field[0] != self._select]
            if is_first or "selected" in given:
                self.fields.append((self._select, given["value"]))
        elif tag == "textarea":
            self._textarea = given["name"]
            self.fields.append((self._textarea, ""))

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.fields[-1] = (self._textarea, self.fields[-1][1] + data)

    def handle_endtag(self, tag: str) -> None:
        if tag in {"select", "textarea"}:
            self._select = self._textarea = ""


def fields_of(response) -> list[tuple[str, str]]:
    fields = FormReader(response.content.decode()).fields
    return [(name, value) for name, value in fields if name != "csrfmiddlewaretoken"]


def press(client, response, do: str, **changes: Any):
    fields = [(name, value) for name, value in fields_of(response) if name not in changes]
    fields += [
        (name, each) for name, value in changes.items() for each in (value if isinstance(value, list) else [value])
    ]
    form = urlencode([*fields, ("do", do)])
    return client.post(URL, form, content_type="application/x-www-form-urlencoded")


def asked(response) -> dict[str, Any]:
    query = parse_qs(urlsplit(response.url).query)
    return json.loads(query["filter"][0])


def test_a_filter_is_built_row_by_row(client, sales):
    page = client.get(URL, {"sort": "-name"})
    page = press(client, page, "refresh", **{"0.0-what": "lifecycle"})
    page = press(client, page, "add:0", **{"0.0-value": "customer"})
    page = press(client, page, "refresh", **{"0.1-what": "no_contact_for"})
    page = press(client, page, "group:0", **{"0.1-days": "90"})
    page = press(client, page, "refresh", **{"0.2.0-what": "customer_since"})
    page = press(client, page, "refresh", **{"0.2.0-op": "between"})
    page = press(
        client, page, "add:0.2", **{"0.2.0-value": "2025-01-01", "0.2.0-last": "30 days ago", "0.2.0-not": "on"}
    )
    page = press(client, page, "remove:0.2.1")
    done = press(client, page, "apply")
    assert parse_qs(urlsplit(done.url).query)["sort"] == ["-name"]
    between = {"field": "customer_since", "op": "between", "value": ["2025-01-01", {"days_ago": 30}]}
    assert asked(done) == {
        "and": [
            {"field": "lifecycle", "op": "is", "value": "customer"},
            {"no_contact_for": {"days": 90}},
            {"or": [{"not": between}]},
        ]
    }
    opened = client.get(URL, {"filter": json.dumps(asked(done))})
    assert asked(press(client, opened, "apply")) == asked(done)
    assert "lifecycle = customer and no contact for 90 days" in opened.content.decode()


def test_what_is_wrong_stands_at_its_row_and_nothing_typed_is_lost(client, sales):
    page = client.get(URL, {"filter": json.dumps({"field": "age", "op": ">", "value": 3})})
    page = press(client, page, "apply", **{"0.0-value": "old"})
    assert page.status_code == 422
    assert [row.leaf.error for row in page.context["form"].root.parts] == ["This must be a whole number."]
    assert ("0.0-value", "old") in fields_of(page)
    blank = press(client, press(client, page, "add:0", **{"0.0-value": "40"}), "apply")
    assert [bool(row.leaf.error) for row in blank.context["form"].root.parts] == [False, True]


def test_typing_applies_or_shows_rows_and_an_error_points_at_its_place(client, sales):
    page = client.get(URL)
    assert asked(press(client, page, "read", text="stage = lead")) == {
        "field": "lifecycle",
        "op": "is",
        "value": "lead",
    }
    shown = press(client, page, "show", text="stage = lead or stage = former")
    assert [row.leaf.said["value"] for row in shown.context["form"].root.parts] == [["lead"], ["former"]]
    wrong = press(client, page, "read", text="stage = king")
    assert wrong.status_code == 422
    assert "stage = <mark>king</mark>" in wrong.content.decode()
    assert ("text", "stage = king") in fields_of(wrong)


def test_every_comparison_of_every_field_comes_through_the_form():
    """Through its inputs, as the page names them."""
    tag, lamp = Tag.objects.create(name="VIP"), create_product("Lamp")
    sofas = Category.objects.create(name="Sofas")
    leaves = [leaf for field in registry.fields() for leaf in leaves_of(field)]
    leaves += [
        {"field": "tags", "op": "has", "value": tag.pk},
        {"bought": {"product": lamp.pk, "at_least": 2, "since": {"days_ago": 30}}},
        {"bought": {"category": sofas.pk, "at_least": 1, "until": "2026-01-31"}},
        {"bought": {"at_least": 1}},
        {"did": {"event": "visit", "product": lamp.pk, "at_least": 3}},
    ]
    for leaf in leaves:
        expression = parse({"not": {"or": [leaf, {"not": leaf}]}})
        form = QueryDict(mutable=True)
        for part in building.from_expression(expression, EVERYTHING).every():
            said = (
                {"join": [part.joint]}
                if isinstance(part, building.Group)
                else {"what": [part.what], "op": [part.op], **part.said}
            )
            for name, values in {**said, **({"not": ["on"]} if part.is_negated else {})}.items():
                form.setlist(f"{part.path}-{name}", values)
        group = building.from_form(form)
        found = building.expression_of(group, EVERYTHING)
        assert found is not None, [(leaf, part.error) for part in group.every()]
        assert found == expression, leaf


def test_what_is_masked_is_not_offered(client):
    client.force_login(create_user(Role.VIEWER))
    page = client.get(URL)
    offered = {key for _label, options in page.context["form"].subjects for key, _name in options}
    assert {"email", "lifecycle", "rfm.segment"} <= offered
    assert not offered & {"age", "birth_date", "annual_income", "postal_code"}
    forged = client.post(URL, {"0-join": "and", "0.0-what": "age", "0.0-op": ">", "0.0-value": "3", "do": "apply"})
    assert forged.status_code == 422
    assert "hidden from you" in forged.content.decode()


def test_names_are_offered_of_what_the_person_sees(client, sales):
    create_product("Lamp")
    create_customer("Huaxin", kind="organisation", owner=create_user("sales"))
    assert "Lamp" in client.get(URL + "names/", {"of": "product", "x": "lam"}).content.decode()
    assert "Huaxin" not in client.get(URL + "names/", {"of": "organisation", "x": "hua"}).content.decode()
    assert client.get(URL + "names/", {"of": "nonsense", "x": "\x00"}).status_code == 200


def test_colleagues_and_teams_are_offered_to_those_who_may_see_their_customers(client):
    north, south = create_team("Norland"), create_team("Norsouth")
    seller = create_user("sales", name="Norma", team=north)
    for name, team in (("Norbert", north), ("Nora", south)):
        create_user("sales", name=name, team=team)

    def offered(of: str) -> set[str]:
        page = client.get(URL + "names/", {"of": of, "x": "nor"}).content.decode()
        return {name for name in ("Norma", "Norbert", "Nora", "Norland", "Norsouth") if re.search(rf"\b{name}\b", page)}

    client.force_login(seller)
    assert offered("owner") == {"Norma", "Norbert"}
    assert offered("team") == {"Norland"}
    client.force_login(create_user(Role.MANAGER))
    assert offered("owner") == {"Norma", "Norbert", "Nora"}
    assert offered("team") == {"Norland", "Norsouth"}


def test_a_filter_that_can_no_longer_be_read_is_built_anew(client, sales):
    page = client.get(URL, {"filter": '{"field": "custom.gone", "op": "is", "value": 1}'})
    assert page.status_code == 200
    assert "no field “custom.gone”" in page.content.decode()


@pytest.mark.parametrize("do", ["", "add:9", "remove:0", "remove:x", "nonsense", "add:0.0.0"])
def test_any_deed_on_any_form_is_survived(client, sales, do):
    odd = {"0-join": "xor", "0.5-what": "nonsense", "0.5-op": "is", "0.1.7-value": "x", "0.2-join": "or", "do": do}
    assert client.post(URL, odd).status_code == 200
