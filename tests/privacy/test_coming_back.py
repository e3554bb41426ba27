"""Whoever was erased on their request does not come back by an import, a form or the administration."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse

from customers.models import Customer, CustomerExternalId, EmailAddress, Event, Order, PhoneNumber
from imports.importing import Request, run_import
from imports.models import Import, RowProblem
from jobs.errors import JobError
from privacy.erasing import erase, request_erasure
from protection import suppression
from tests.factories import create_customer
from tests.imports.conftest import ImportFile, claimed
from tests.imports.conftest import euros as euros
from tests.imports.conftest import import_file as import_file

pytestmark = pytest.mark.django_db

HEADER = "id,name,email,phone,referred_by\n"
ADA = "A-17,Ada Lovelace,ada@example.org,+49 171 2345678,\n"
EVE = "E-5,Eve Moneypenny,eve@example.org,+49 30 7654321,A-17\n"


@pytest.fixture
def erased(import_file: ImportFile) -> Customer:
    """Ada came with a file of the shop, and was erased on her request."""
    import_file(HEADER + ADA, kind="customers")
    ada: Customer = Customer.objects.get(name="Ada Lovelace")
    erase(request_erasure(customer=ada))
    return ada


def kept_problems() -> list[tuple[object, ...]]:
    newest = Import.objects.latest("pk")
    return list(RowProblem.objects.filter(file_import=newest).values_list("row_number", "reason", "value", "cells"))


def test_the_same_file_does_not_bring_her_back(erased, import_file):
    summary = import_file(HEADER + ADA + EVE, kind="customers")
    assert (summary["inserted"], summary["rejected"]["count"]) == (1, 1)
    assert "must not come back" in summary["rejected"]["reasons"][0]["reason"]
    assert list(Customer.objects.filter(deleted_at=None).values_list("name", flat=True)) == ["Eve Moneypenny"]
    # Not even that Eve was referred by her is written down.
    assert kept_problems() == [(2, "erased", "", None), (3, "unknown_customer", "", None)]


@pytest.mark.parametrize(
    "row",
    ["B-1,Ada King,ADA@example.org,,\n", "B-1,Ada King,,0171 2345678,\n", "A-17,,,,\n"],
    ids=["by e-mail", "by phone", "by number"],
)
def test_she_is_known_by_any_one_of_her_identities(erased, import_file, row):
    summary = import_file(HEADER + row, kind="customers")
    assert summary["rejected"]["count"] == 1
    assert not Customer.objects.filter(deleted_at=None).exists()


def test_her_number_in_another_system_is_somebody_elses(erased, import_file):
    import_file("id,name\nA-17,Somebody\n", kind="customers", source="other")
    assert Customer.objects.filter(deleted_at=None, name="Somebody").exists()


def test_her_orders_are_refused_and_those_of_others_come_in(erased, import_file):
    orders = (
        "number,date,customer,email,sku,quantity,price\n"
        "1,2026-05-01,A-17,,L,1,10\n"
        "2,2026-05-02,N-9,ada@example.org,L,1,10\n"
        "3,2026-05-03,N-9,,L,1,10\n"
        "4,2026-05-04,E-5,eve@example.org,L,1,10\n"
    )
    summary = import_file(orders)
    assert summary["rejected"]["count"] == 3
    assert list(Order.objects.values_list("external_id", flat=True)) == ["4"]
    assert kept_problems() == [(row, "erased", "", None) for row in (2, 3, 4)]


def test_her_events_are_refused(erased, import_file):
    import_file("kind,date,customer\nvisit,2026-05-01,A-17\nvisit,2026-05-01,E-5\n", kind="events")
    assert [event.customer.name for event in Event.objects.all()] == ["Customer E-5"]


def test_a_damaged_row_about_her_is_not_kept_either(erased, import_file):
    import_file(HEADER + "A-17,Ada,ada@example.org\nE-5,Eve,eve@example.org\n", kind="customers")
    ada, eve = kept_problems()
    assert ada == (2, "erased", "", None)
    assert eve[3] == ["E-5", "Eve", "eve@example.org"]


def test_an_import_that_has_read_her_already_ends(erased, tmp_path: Path, euros, monkeypatch):
    """She is erased between the check of the rows and their commit."""
    from imports import importing

    path = tmp_path / "late.csv"
    path.write_text(HEADER + EVE)
    commit = importing._Work.commit

    def erase_first(work, counts):
        suppression.suppress([suppression.email("eve@example.org")])
        return commit(work, counts)

    monkeypatch.setattr(importing._Work, "commit", erase_first)
    with pytest.raises(JobError, match="Start the import again"):
        run_import(claimed(Request(path=str(path), kind="customers", source="shop")))
    assert not Customer.objects.filter(deleted_at=None).exists()


def test_what_another_customer_uses_too_is_not_kept_out(import_file):
    ada = create_customer("Ada", email="home@example.org")
    PhoneNumber.objects.create(customer=ada, number="+49 30 1111111")
    CustomerExternalId.objects.create(customer=ada, source="shop", value="A-1")
    partner = create_customer("Bob", email="HOME@example.org")
    PhoneNumber.objects.create(customer=partner, number="030/1111111")
    erase(request_erasure(customer=ada))
    assert not suppression.suppressed([suppression.email("home@example.org"), suppression.phone("+49 30 1111111")])
    assert suppression.suppressed([suppression.external_id("shop", "A-1")])


def test_who_was_erased_by_a_rule_may_come_back():
    ada = create_customer("Ada", email="ada@example.org")
    erase(request_erasure(customer=ada, ground="retention", keeps_out=False))
    assert suppression.size() == 0


def test_the_form_refuses_her_in_words(erased, client, admin):
    client.force_login(admin)
    page = client.post(reverse("customers:create"), form_of(email="ada@example.org", phone="0171/2345678"))
    assert page.status_code == 422
    assert page.content.decode().count("erased on their request") == 2
    assert not EmailAddress.objects.exists()
    assert client.post(reverse("customers:create"), form_of(email="eve@example.org", phone="")).status_code == 302


def form_of(*, email: str, phone: str) -> dict[str, str]:
    data = {"kind": "person", "name": "Ada King", "lifecycle": "lead"}
    for part in ("emails", "phones", "addresses", "contact_people"):
        data |= {f"{part}-TOTAL_FORMS": "0", f"{part}-INITIAL_FORMS": "0"}
    if email:
        data |= {"emails-TOTAL_FORMS": "1", "emails-0-email": email}
    if phone:
        data |= {"phones-TOTAL_FORMS": "1", "phones-0-number": phone, "phones-0-kind": "mobile"}
    return data
