"""Records with rows in every table that points at a customer, made of small numbers that a test draws."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.apps import apps
from django.db import connection
from hypothesis import strategies as st

from customers.models import (
    Address,
    Consent,
    ContactPerson,
    Customer,
    CustomerExternalId,
    CustomField,
    EmailAddress,
    PhoneNumber,
    Tag,
)
from surveys.models import Answer, Invitation, Question, Questionnaire
from tests.factories import create_customer, create_event, create_order, create_refund

DAY = dt.date(2026, 3, 1)
MOMENT = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
SMALL = st.integers(0, 3)

# What each record has: small numbers, so that two records often have the same.
RECORDS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["Ada", "Ada Example", "A. Example"]),
        "website": st.sampled_from(["", "https://ada.example", "https://example.org"]),
        "birth_date": st.sampled_from([None, dt.date(1990, 5, 17), dt.date(1980, 1, 1)]),
        "tax_number": st.sampled_from(["", "DE 1", "DE 2"]),
        "lifecycle": st.sampled_from(["lead", "customer"]),
        "objects": st.booleans(),
        "custom": st.dictionaries(st.sampled_from(["shoe", "plan"]), st.sampled_from(["a", "b"])),
        "emails": st.lists(SMALL, unique=True, max_size=3),
        "phones": st.lists(SMALL, unique=True, max_size=2),
        "addresses": st.lists(SMALL, unique=True, max_size=2),
        "tags": st.lists(SMALL, unique=True, max_size=3),
        "external_ids": st.integers(0, 2),
        "consents": st.lists(st.tuples(st.sampled_from(["email", "phone"]), st.booleans()), max_size=3),
        "orders": st.integers(0, 2),
        "events": st.integers(0, 2),
        "people": st.integers(0, 2),
        "answers": st.dictionaries(st.integers(0, 1), st.booleans(), max_size=2),
        "referrals": st.integers(0, 1),
        "referred_by": st.one_of(st.none(), st.integers(0, 2)),
    }
)


def surroundings() -> dict[str, Any]:
    CustomField.objects.bulk_create(
        [CustomField(key=key, label=key.title()) for key in ("shoe", "plan")], ignore_conflicts=True
    )
    questions = []
    for number in range(2):
        questionnaire = Questionnaire.objects.create(title=f"Q{number}", status="open")
        questions.append(
            Question.objects.create(
                questionnaire=questionnaire, position=1, text="?", kind="scale", lowest=1, highest=5
            )
        )
    return {
        "questions": questions,
        "tags": [Tag.objects.get_or_create(name=f"tag {number}")[0] for number in range(4)],
        "company": create_customer("Company", kind="organisation"),
    }


def create_record(drawn: dict[str, Any], around: dict[str, Any]) -> Customer:
    plain = {name: drawn[name] for name in ("name", "website", "birth_date", "tax_number", "lifecycle", "custom")}
    customer = create_customer(**plain, profiling_objected_at=MOMENT if drawn["objects"] else None)
    for position, number in enumerate(drawn["emails"]):
        EmailAddress.objects.create(customer=customer, email=f"e{number}@example.org", is_primary=not position)
    for position, number in enumerate(drawn["phones"]):
        PhoneNumber.objects.create(customer=customer, number=f"+49 30 {number}00000", is_primary=not position)
    for position, number in enumerate(drawn["addresses"]):
        Address.objects.create(customer=customer, city=f"City {number}", is_primary=not position)
    customer.tags.set([around["tags"][number] for number in drawn["tags"]])
    for number in range(drawn["external_ids"]):
        CustomerExternalId.objects.create(customer=customer, source="shop", value=f"{customer.pk}-{number}")
    for purpose, is_given in drawn["consents"]:
        Consent.objects.create(customer=customer, purpose=purpose, is_given=is_given)
    for _number in range(drawn["orders"]):
        create_refund(order=create_order(customer, on=DAY), on=DAY)
    for _number in range(drawn["events"]):
        create_event(customer, on=DAY)
    for number in range(drawn["people"]):
        ContactPerson.objects.create(customer=customer, name=f"P{number}", is_primary=not number)
        ContactPerson.objects.create(customer=around["company"], person=customer, name=customer.name)
    for number, has_answered in drawn["answers"].items():
        invite(customer, around["questions"][number], has_answered=has_answered)
    for number in range(drawn["referrals"]):
        create_customer(f"Friend {number}", referred_by=customer)
    return customer


def invite(customer: Customer, question: Question, *, has_answered: bool) -> Invitation:
    invitation = Invitation.objects.create(
        questionnaire=question.questionnaire, customer=customer, answered_at=MOMENT if has_answered else None
    )
    if has_answered:
        Answer.objects.create(invitation=invitation, question=question, number=4, answered_at=MOMENT)
    return invitation


# What a merge and its undo count and stamp.
COUNTERS = {"version", "updated_at"}
OWN_NOTES = {
    "customers_merge",
    "customers_mergedrows",
    "protection_change",
    "protection_accesslog",
    "analytics_changemark",
    "customers_unsurecontactday",
    "customers_unsurepurchaseday",
}


def everything() -> dict[str, list[Any]]:
    """Every row of every table but the notes of merges."""
    rows = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            table = model._meta.db_table
            if not model._meta.managed or table in OWN_NOTES:
                continue
            columns = ", ".join(f'"{each.column}"' for each in model._meta.local_fields if each.column not in COUNTERS)
            cursor.execute(f'SELECT {columns} FROM "{table}" ORDER BY 1')
            rows[table] = cursor.fetchall()
    return rows
