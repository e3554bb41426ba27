"""Customers by the thousand, known by their numbers in another system."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from accounts.models import User
from api.errors import Fault, pointed
from api.serializers.customers_writing import KeyedCustomerWriting
from api.serializers.strict import unknown_members
from api.writing.checks import Record, check
from api.writing.customers import blank_customer, save
from api.writing.entries import CREATED, FAILED, UNCHANGED, UPDATED, counted
from customers.models import Customer, CustomerExternalId

Key = tuple[str, str]


def upsert(contents: Sequence[Any], *, by: User) -> dict[str, Any]:
    """What became of each record, and how many of each outcome."""
    read = _read(contents)
    with transaction.atomic():
        records = _match(read, by)
        check([record for record in records if not record.faults], by.sight)
        good = [record for record in records if not record.faults]
        new = {id(record) for record in good if record.is_new}
        changed = save(good, by=by)
        ids = [record.customer.pk for record in good]
        versions = dict(Customer.objects.filter(pk__in=ids).values_list("pk", "version"))
    return counted([_outcome(record, id(record) in new, changed, versions) for record in records])


def _read(contents: Sequence[Any]) -> list[tuple[dict[str, Any], list[Fault]]]:
    serializer = KeyedCustomerWriting()
    read: list[tuple[dict[str, Any], list[Fault]]] = []
    for content in contents:
        try:
            values = dict(serializer.run_validation(content))
        except ValidationError as error:
            read.append(({}, [*pointed(error.detail), *unknown_members(serializer, content)]))
        else:
            read.append((values, list(unknown_members(serializer, content))))
    _refuse_repeats(read)
    return read


def _refuse_repeats(read: list[tuple[dict[str, Any], list[Fault]]]) -> None:
    seen: set[Key] = set()
    for values, faults in read:
        if not faults:
            key = _key(values)
            if key in seen:
                faults.append(("/external_id", _("An earlier record of this batch is about the same customer.")))
            seen.add(key)


def _key(values: dict[str, Any]) -> Key:
    return values["external_id"]["source"], values["external_id"]["value"]


def _match(read: list[tuple[dict[str, Any], list[Fault]]], by: User) -> list[Record]:
    """The customers whom the records are about, locked in the order of their ids, or new ones."""
    keys = {_key(values) for values, faults in read if not faults}
    known = CustomerExternalId.objects.filter(deleted_at=None, value__in={value for _source, value in keys})
    owners = {(row.source, row.value): row.customer_id for row in known if (row.source, row.value) in keys}
    locked = Customer.objects.filter(pk__in=set(owners.values())).order_by("pk").select_for_update(of=("self",))
    customers = {customer.pk: customer for customer in locked}
    taken: set[int] = set()
    records = []
    for values, faults in read:
        pk = None if faults else owners.get(_key(values))
        customer = customers[pk] if pk is not None else blank_customer(by)
        record = Record(customer, values, faults=faults)
        if pk is not None:
            _refuse_strangers(record, by, taken)
        _keep_number(record)
        records.append(record)
    return records


def _refuse_strangers(record: Record, by: User, taken: set[int]) -> None:
    customer = record.customer
    if not by.sight.may_see(customer):
        record.faults.append(("/external_id", _("This number belongs to another customer.")))
    elif not by.sight.may_edit(customer):
        record.faults.append(("/external_id", _("You may read this customer, and not change it.")))
    elif customer.pk in taken:
        record.faults.append(("/external_id", _("An earlier record of this batch is about the same customer.")))
    taken.add(customer.pk)


def _keep_number(record: Record) -> None:
    """The number that a record goes by is one of its customer's, whatever list it brings."""
    if record.faults:
        return
    number = record.values.pop("external_id")
    if record.is_new or "external_ids" in record.values:
        others = [each for each in record.values.get("external_ids", []) if each != number]
        record.values["external_ids"] = [number, *others]


def _outcome(record: Record, is_new: bool, changed: set[int], versions: dict[int, int]) -> dict[str, Any]:
    if record.faults:
        errors = [{"pointer": pointer, "detail": detail} for pointer, detail in record.faults]
        return {"status": FAILED, "id": None, "version": None, "errors": errors}
    pk = record.customer.pk
    status = CREATED if is_new else UPDATED if pk in changed else UNCHANGED
    return {"status": status, "id": pk, "version": versions[pk], "errors": []}
