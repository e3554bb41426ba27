"""What is hidden from a role is in none of its answers; whom it does not see is named in none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from itertools import chain

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from accounts.models import AccessRule, Confidential, Role, User
from customers.extensions import registry
from customers.listing import columns
from customers.models import ContactPerson, Customer, Tag
from jobs.models import Job
from protection.audit.models import AccessLog
from reports.catalog import CHARTS
from tests.analytics.sample_runs import create_run
from tests.api.conftest import issue
from tests.customers.test_edit import form_data
from tests.factories import create_order, create_product, create_refund
from tests.permissions.api_matrix import CALLS
from tests.permissions.canaries import Canary, hidden_fields, plant, traces_in
from tests.permissions.cast import World, undone
from tests.permissions.matrix import MATRIX
from tests.permissions.rules import OTHER, OWN, Entry
from tests.reports.runs import publish_days, publish_scores

pytestmark = pytest.mark.django_db
Answers = Iterator[tuple[str, HttpResponseBase]]
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def world() -> World:
    return World.create()


@pytest.fixture
def canaries(world) -> list[Canary]:
    own = world.customers[OWN]
    make_busy(own)
    return plant(own)


def make_busy(customer: Customer) -> None:
    """Gives the customer something on every page there is."""
    order = create_order(customer, products=[create_product("Flask")])
    create_refund(customer, order=order, on=dt.date(2026, 6, 2), amount="1.00")
    publish_scores([(customer.pk, 3, 9, 90_000, 5, 5, "champions")])
    publish_days()
    create_run("kmeans", is_current=True)
    create_run("recommendations", is_current=True)


def become(user: User, role: Role, *, masked: list[Confidential] | None = None) -> Client:
    """The user in that role, from whom (if `masked` is given) that is hidden by an admin's rule."""
    User.objects.filter(pk=user.pk).update(role=role)
    user.refresh_from_db()
    user.__dict__.pop("sight", None)
    if masked is not None:
        AccessRule.objects.create(role=role, sees="all", edits="all", masked=masked, may_export=True)
    client = Client()
    client.force_login(user)
    return client


def pages(client: Client, world: World) -> Answers:
    """Every address of the matrix, as a page and as a fragment, and what else a query makes of them."""
    yield from pages_about(client, world, OWN)
    for name, entry in MATRIX.items():
        if entry.get and name != "accounts:login" and not is_about_a_customer(world, entry):
            yield name, world.request(client, name, entry, "GET")
    yield "fragment of the list", client.get(reverse("customers:list"), headers=FRAGMENT)
    for column in columns(world.me.sight):
        yield f"sorted by {column.key}", client.get(reverse("customers:list"), {"sort": f"-{column.key}"})
    for each in registry.filters:
        yield f"filtered by {each.key}", client.get(reverse("customers:list"), {each.key: "1"})
    for chart in CHARTS:
        yield f"chart {chart.key}", client.get(reverse("reports:chart", args=[chart.key]))
        yield f"card {chart.key}", client.get(reverse("reports:card", args=[chart.key]), headers=FRAGMENT)
        yield f"table {chart.key}", client.get(reverse("reports:table", args=[chart.key, "csv"]))


def pages_about(client: Client, world: World, whose: str) -> Answers:
    """Those that show one customer."""
    for name, entry in MATRIX.items():
        if entry.get and is_about_a_customer(world, entry):
            yield name, world.request(client, name, entry, "GET", whose)
    detail = reverse("customers:detail", args=[world.customers[whose].pk])
    for address in (detail, f"{detail}orders/"):
        yield f"fragment {address}", client.get(address, headers=FRAGMENT)


def is_about_a_customer(world: World, entry: Entry) -> bool:
    return len(world.owners(entry)) > 1


def api_answers(world: World, *, whose: str = OWN) -> Answers:
    """Every address of the API that reads, with a token of the same person; of another customer those about them."""
    headers = {"Authorization": f"Bearer {issue(world.me)}"}
    known = {**world.arguments, "customer": world.customers[whose].pk}
    for call in CALLS:
        if call.method == "GET" and set(call.args) <= set(known) and (whose == OWN or "customer" in call.args):
            address = reverse(f"api:v1:{call.name}", args=[known[each] for each in call.args])
            yield f"api {call.name}", Client(raise_request_exception=False).get(address, headers=headers)


def forms(client: Client, world: World) -> Answers:
    """Answers to what is sent: with nothing, with something wrong, with an older version, and as it should be."""
    own = world.customers[OWN]
    edit = reverse("customers:edit", args=[own.pk])
    sent: dict[str, Callable[[], HttpResponseBase]] = {
        "wrong": lambda: client.post(edit, form_data(own, name="")),
        "of an older version": lambda: client.post(edit, form_data(own, version="0", name="Another")),
        "right": lambda: client.post(edit, form_data(own), follow=True),
        "archived": lambda: client.post(reverse("customers:archive", args=[own.pk]), follow=True),
    }
    for name, send in sent.items():
        with undone():
            yield f"form {name}", send()
    for name, entry in MATRIX.items():
        if entry.post and name != "accounts:logout":
            with undone():
                yield f"POST {name}", world.request(client, name, entry, "POST")


def assert_nothing_betrays(answers: Answers, canaries: list[Canary]) -> None:
    found = {}
    count = 0
    for name, response in answers:
        count += 1
        assert response.status_code < 500, name
        if traces := traces_in(response, canaries):
            found[name] = traces
    assert found == {}
    assert count > 1


def test_there_is_a_canary_in_every_field_that_can_be_hidden(canaries):
    assert {canary.where for canary in canaries} >= {
        "Customer.birth_date",
        "Customer.annual_income",
        "Customer.identity_number",
        "EmailAddress.email",
        "PhoneNumber.number",
        "Address.street",
        "ContactPerson.phone",
    }
    assert len(canaries) == len(list(hidden_fields())) + len(Confidential)


def test_a_viewer_meets_no_canary(world, canaries):
    client = become(world.me, Role.VIEWER)
    assert_nothing_betrays(pages(client, world), canaries)
    assert_nothing_betrays(api_answers(world), canaries)
    assert_nothing_betrays(forms(client, world), canaries)


def test_an_editor_from_whom_all_is_hidden_meets_no_canary(world, canaries):
    client = become(world.me, Role.MANAGER, masked=list(Confidential))
    assert_nothing_betrays(pages(client, world), canaries)
    assert_nothing_betrays(api_answers(world), canaries)
    assert_nothing_betrays(forms(client, world), canaries)


def test_the_search_for_canaries_finds_what_is_shown(world, canaries):
    """The control: to somebody from whom less is hidden the same pages show the rest, and never what is encrypted."""
    client = become(world.me, Role.MANAGER)
    seen = {trace.split(":")[0] for _, response in pages(client, world) for trace in traces_in(response, canaries)}
    encrypted = {f"Customer.{name}" for name in ("identity_number", "tax_number", "bank_account")} | {
        "custom.sensitive"
    }
    assert seen == {canary.where for canary in canaries} - encrypted


# --- counts ---------------------------------------------------------------------------------------------------------


def count_of(client: Client, **query: str) -> int:
    return client.get(reverse("customers:list"), query).context["listing"].count[0]


def parts_of(text: str) -> Iterator[str]:
    """Beginnings, ends and middles, the whole with one character more or less."""
    for length in {2, 3, len(text) // 2, len(text) - 1}:
        yield text[:length]
        yield text[-length:]
    yield text[1:-1]
    yield f"{text}0"


def bare(text: str) -> str:
    """As a search compares numbers."""
    return "".join(filter(str.isalnum, text)).lower()


def test_no_part_of_a_hidden_value_is_found(world, canaries):
    """A search for it counts those whose name it is in, as it would if nobody had that value."""
    client = become(world.me, Role.VIEWER)
    names = [customer.name.lower() for customer in world.customers.values()]
    whole = {bare(str(canary.value)) for canary in canaries}
    for canary in canaries:
        for part in parts_of(str(canary.value)):
            if bare(part) not in whole:
                named = sum(part.strip().lower() in name for name in names)
                assert count_of(client, q=part) == named, f"{canary.where}: {part}"


WHOLE = {
    "EmailAddress.email",
    "PhoneNumber.number",
    *(f"Customer.{name}" for name in ("identity_number", "tax_number")),
}


def test_a_whole_hidden_value_is_found_on_the_record(world, canaries):
    client = become(world.me, Role.VIEWER)
    for canary in canaries:
        if canary.where in WHOLE:
            before = AccessLog.objects.filter(what="search_masked").count()
            assert count_of(client, q=str(canary.value)) == 1, canary.where
            assert AccessLog.objects.filter(what="search_masked").count() > before, canary.where


@pytest.mark.parametrize("key", ["birth_date", "annual_income", "emails__email", "identity_number", "birth_date__lt"])
def test_sorting_and_filtering_by_what_is_hidden_is_passed_over(world, canaries, key):
    client = become(world.me, Role.VIEWER)

    def names(**query: str) -> list[str]:
        return [customer.name for customer in client.get(reverse("customers:list"), query).context["listing"].page.rows]

    assert names(sort=key) == names(sort=f"-{key}") == names(**{key: "1911-03-01"}) == names()


# --- whom one does not see ------------------------------------------------------------------------------------------


def test_a_stranger_is_named_nowhere(world):
    stranger, own = world.customers[OTHER], world.customers[OWN]
    Customer.objects.filter(pk=stranger.pk).update(name="Zyxqanary Stranger", kind="organisation")
    make_busy(stranger)
    Customer.objects.filter(pk=own.pk).update(referred_by=stranger, organisation=stranger)
    ContactPerson.objects.create(customer=own, name="Pat", person=stranger)
    stranger.tags.add(Tag.objects.create(name="shared"))
    Job.objects.create(kind="recompute", params_hash="c", params={"reason": "Zyxqanary"}, scope="Zyxqanary")
    canary = [Canary("Customer.name", "Zyxqanary Stranger", ("zyxqanary",))]
    client = become(world.me, Role.SALES)
    assert_nothing_betrays(pages(client, world), canary)
    assert_nothing_betrays(api_answers(world), canary)
    assert_nothing_betrays(chain(pages_about(client, world, OTHER), api_answers(world, whose=OTHER)), canary)
    assert_nothing_betrays(forms(client, world), canary)
    searches = [
        (f"search {text}", client.get(reverse("customers:list"), {"tag": text})) for text in ("shared", "x", "")
    ]
    suggested = client.get(reverse("customers:suggestions"), {"organisation": "zyxq"})
    assert_nothing_betrays(iter([*searches, ("suggestions", suggested)]), canary)
    assert count_of(client, q="zyxqanary") == 0
