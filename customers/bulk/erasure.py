"""Where a person stands in changes of many customers beyond what they held: by number, and in what was searched."""

from __future__ import annotations

from urllib.parse import unquote_plus

from django.db.models import F, Func, Value

from customers.models import BulkBatch, BulkChange
from protection.erasure import Person, Step, registry


def register() -> None:
    """Called once, by `CustomersConfig.ready`."""
    registry.add(Step("changes of many customers", erase))


def erase(person: Person) -> int:
    without = Func(F("customer_ids"), Value(person.customer_id), function="array_remove")
    touched = BulkBatch.objects.filter(customer_ids__contains=[person.customer_id]).update(customer_ids=without)
    for change in BulkChange.objects.exclude(selection={}):
        kept = without_person(change.selection, person)
        if kept != change.selection:
            touched += BulkChange.objects.filter(pk=change.pk).update(selection=kept)
    return touched


def without_person(selection: dict[str, object], person: Person) -> object:
    """A search for them is taken out whole: what is left of it would find others."""
    written = unquote_plus(str(selection.get("address", "")))
    if person.redacted(written) != written:
        return {}
    ids = selection.get("ids", [])
    return {**selection, "ids": [pk for pk in ids if pk != person.customer_id]} if isinstance(ids, list) else selection
