"""The search over the whole base, and the page of what it found."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.models import AccessRule, Role
from customers.actions import delete_customer
from customers.duplicates.finding import LARGEST_BLOCK, NEIGHBOURS, pairs_of
from customers.duplicates.scoring import LIKELY, Profile, match
from customers.models import Address, Customer, DuplicatePair, PhoneNumber
from jobs.actions import enqueue
from jobs.execution import run_job
from tests.factories import create_customer, create_team, create_user

BORN = dt.date(1990, 5, 17)


def search() -> set[tuple[str, str]]:
    run_job(enqueue(kind="find_duplicates", params={}).pk)
    pairs = DuplicatePair.objects.filter(dismissed_at=None).select_related("first", "second")
    return {(pair.first.name, pair.second.name) for pair in pairs}


@pytest.mark.django_db(transaction=True)
def test_it_finds_records_of_one_customer_and_remembers_what_was_dismissed():
    firm, branch = create_customer("Acme GmbH", kind="organisation"), create_customer("ACME", kind="organisation")
    create_customer("Ada Lovelace", birth_date=BORN, email="ada@example.org")
    create_customer("Lovelace, Ada", birth_date=BORN)
    create_customer("Bea Miller", email="family@example.org")
    create_customer("Carl Smith", email="family@example.org")
    create_customer("Wang Wei")
    create_customer("Wang Wei")
    dora, deleted = (create_customer("Dora Example", tax_number="1", identity_number="ID 77") for _times in range(2))
    for customer in (dora, deleted):
        PhoneNumber.objects.create(customer=customer, number="+49 30 1234567")
        Address.objects.create(customer=customer, street="Long Lane 1", postal_code="10115")
    assert search() == {
        ("Acme GmbH", "ACME"),
        ("Ada Lovelace", "Lovelace, Ada"),
        ("Dora Example", "Dora Example"),
    }
    pair = DuplicatePair.objects.get(first=dora)
    assert pair.reasons == ["identity", "phone", "name", "address"]
    assert pair.score > 0.99
    DuplicatePair.objects.filter(first=firm).update(dismissed_at=dt.datetime.now(dt.UTC))
    delete_customer(customer=deleted)
    Customer.objects.filter(name="Lovelace, Ada").update(birth_date=dt.date(1950, 1, 1))
    assert search() == set()
    assert DuplicatePair.objects.get().second == branch


def test_a_large_block_is_compared_with_neighbours_only():
    block = [Profile(number, False, "wang wei") for number in range(5000)]
    pairs = sum(1 for _pair in pairs_of(block))
    assert pairs <= LARGEST_BLOCK**2 + 5000 * NEIGHBOURS
    small = block[:10]
    assert sum(1 for _pair in pairs_of(small)) == 45


def test_one_strong_sign_is_not_enough_against_a_different_name():
    family = frozenset({"FAMILY@EXAMPLE.ORG"})
    bea, carl = Profile(1, False, "bea miller", emails=family), Profile(2, False, "carl smith", emails=family)
    assert match(bea, carl)[0] < LIKELY
    assert match(bea, Profile(3, False, "beate miller", emails=family))[0] > LIKELY
    assert match(bea, Profile(4, True, "bea miller", emails=family)) == (0.0, [])


@pytest.mark.django_db
def test_the_page_shows_pairs_whose_both_records_are_seen(client, django_assert_max_num_queries):
    north, south = create_team("North"), create_team("South")
    ada, double, hidden = (
        create_customer("Ada", team=north),
        create_customer("ADA", team=north),
        create_customer("Secret", team=south),
    )
    pair = DuplicatePair.objects.create(first=ada, second=double, score=0.97, reasons=["name", "email"])
    DuplicatePair.objects.create(first=ada, second=hidden, score=0.99)
    AccessRule.objects.create(role=Role.MANAGER, sees="team", edits="team", masked=[])
    client.force_login(create_user(Role.MANAGER, team=north))
    page = client.get("/customers/duplicates/").content.decode()
    assert f"/customers/merge/?ids={ada.pk},{double.pk}" in page
    assert "same e-mail" in page
    assert "Secret" not in page
    assert client.post(f"/customers/duplicates/{pair.pk}/dismiss/").url == "/customers/duplicates/"
    assert "Not searched yet" in client.get("/customers/duplicates/").content.decode()
    client.post(f"/customers/duplicates/{pair.pk}/dismiss/", {"dismissed": "no"})
    for number in range(30):
        other = create_customer(f"Other {number}", team=north)
        DuplicatePair.objects.create(first=ada, second=other, score=0.6)
    with django_assert_max_num_queries(12):
        page = client.get("/customers/duplicates/").content.decode()
    assert page.count("No duplicate<") == 25
    assert "?cursor=" in page
