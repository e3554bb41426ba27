"""Writing customers, one or a thousand, by the same handful of statements. The caller holds the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from accounts.models import User
from api.errors import Invalid, Problem
from api.serializers.customers import ENCRYPTED
from api.writing import details
from api.writing.checks import Record
from customers import consent
from customers.access import new_customer
from customers.assigning import tell_new_owners
from customers.models import Consent, Customer, Tag
from protection.crypto import Undecryptable
from protection.fields import Sealed

PLAIN = (
    "kind",
    "name",
    "lifecycle",
    "sex",
    "birth_date",
    "education",
    "annual_income",
    "profile_text",
    "source",
    "website",
    "customer_since",
    "custom",
)
LINKS = ("owner", "team", "organisation", "referred_by")


def blank_customer(user: User) -> Customer:
    """An unsaved one. Whoever reaches only a part of the customers gets those that they make."""
    customer = new_customer(user)
    if user.sight.edits == "all":
        customer.owner_id = customer.team_id = None
    return customer


def refuse(record: Record) -> None:
    """Raise what is wrong with a record that came alone."""
    if record.is_forbidden:
        invalid = Invalid(*record.faults)
        raise Problem("forbidden", record.faults[0][1], **invalid.members)
    if record.faults:
        raise Invalid(*record.faults)


def save(records: Sequence[Record], *, by: User) -> set[int]:
    """Write checked records; the ids of the customers that are new or other than before."""
    changed: dict[int, Customer] = {}
    columns: set[str] = set()
    given: list[Customer] = []
    for record in records:
        differing = _assign(record)
        if "owner_id" in differing or record.is_new:
            given.append(record.customer)
        if not record.is_new and differing:
            columns |= differing
            changed[record.customer.pk] = record.customer
    new = [record for record in records if record.is_new]
    Customer.objects.bulk_create([record.customer for record in new])
    is_new = frozenset(record.customer.pk for record in new)
    touched = _write_lists(records, is_new) | _write_tags(records, is_new)
    changed |= {record.customer.pk: record.customer for record in records if record.customer.pk in touched - is_new}
    _raise_versions(list(changed.values()), columns)
    tell_new_owners({customer.pk: customer.owner_id for customer in given}, by=by.pk)
    decided = _write_consents(records, by) | _write_objections(records)
    return {*is_new, *changed, *decided}


def _assign(record: Record) -> set[str]:
    """Put the wanted values into the customer; the names of the fields that differed."""
    customer, values, differing = record.customer, record.values, set()
    wanted = {name: values[name] for name in PLAIN if name in values}
    wanted |= {f"{name}_id": values[name] for name in LINKS if name in values}
    if "archived" in values and values["archived"] != (customer.archived_at is not None):
        wanted["archived_at"] = timezone.now() if values["archived"] else None
    for name, value in wanted.items():
        if getattr(customer, name) != value:
            setattr(customer, name, value)
            differing.add(name)
    for name in ENCRYPTED:
        if name in values and _revealed(getattr(customer, name)) != values[name]:
            setattr(customer, name, values[name] or None)
            differing.add(name)
    return differing


def _revealed(stored: Any) -> str | None:
    """To see whether a value is another one; what cannot be decrypted always is."""
    try:
        return stored.reveal() if isinstance(stored, Sealed) else stored or ""
    except Undecryptable:
        return None


def _raise_versions(customers: list[Customer], columns: set[str]) -> None:
    for customer in customers:
        customer.version += 1
        customer.updated_at = timezone.now()
    if customers:
        Customer.objects.bulk_update(customers, sorted(columns | {"version", "updated_at"}), batch_size=200)


def _write_lists(records: Sequence[Record], is_new: frozenset[int]) -> set[int]:
    touched: set[int] = set()
    for member in details.LISTS:
        wanted = {record.customer.pk: record.values[member] for record in records if member in record.values}
        plan = details.plan(member, wanted, is_new=is_new)
        plan.carry_out()
        touched |= plan.touched
    return touched


def _write_tags(records: Sequence[Record], is_new: frozenset[int]) -> set[int]:
    wanted = {record.customer.pk: record.values["tags"] for record in records if "tags" in record.values}
    if not wanted:
        return set()
    ids = _tag_ids({tag for tags in wanted.values() for tag in tags})
    target = {(pk, ids[tag.casefold()]) for pk, tags in wanted.items() for tag in tags}
    links = Customer.tags.through.objects
    present = {(row.customer_id, row.tag_id): row.pk for row in links.filter(customer_id__in=wanted.keys() - is_new)}
    gone = [pk for link, pk in present.items() if link not in target]
    fresh = sorted(target - present.keys())
    if gone:
        links.filter(pk__in=gone).delete()
    links.bulk_create([links.model(customer_id=customer_id, tag_id=tag_id) for customer_id, tag_id in fresh])
    return {pk for pk, _tag in fresh} | {pk for (pk, _tag), row in present.items() if row in set(gone)}


def _tag_ids(names: set[str]) -> dict[str, int]:
    """Of each name, however it is capitalised; tags that are not there are made."""
    known = {name.casefold(): pk for pk, name in Tag.objects.values_list("pk", "name")}
    missing = {name.casefold(): name for name in sorted(names) if name.casefold() not in known}
    made = Tag.objects.bulk_create([Tag(name=name) for name in missing.values()])
    return known | {tag.name.casefold(): tag.pk for tag in made}


def _write_consents(records: Sequence[Record], by: User) -> set[int]:
    told = [record for record in records if record.values.get("consents")]
    if not told:
        return set()
    newest = Consent.objects.filter(customer_id__in=[record.customer.pk for record in told])
    newest = newest.order_by("customer_id", "purpose", "-decided_at", "-id").distinct("customer_id", "purpose")
    holds = {(row.customer_id, row.purpose): row.is_given for row in newest}
    fresh = [
        Consent(customer_id=record.customer.pk, recorded_by=by, **decision)
        for record in told
        for decision in record.values["consents"]
        if holds.get((record.customer.pk, decision["purpose"])) != decision["is_given"]
    ]
    Consent.objects.bulk_create(fresh)
    return {row.customer_id for row in fresh}


def _write_objections(records: Sequence[Record]) -> set[int]:
    """One by one: an objection also takes the customer out of the scores that are shown."""
    changed = set()
    for record in records:
        objects = record.values.get("objects_to_profiling")
        if objects is None or objects == (record.customer.profiling_objected_at is not None):
            continue
        act = consent.object_to_profiling if objects else consent.withdraw_objection
        act(customer=record.customer)
        changed.add(record.customer.pk)
    return changed
