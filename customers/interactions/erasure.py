"""What an erasure takes out of notes about others, and the files that a data package brings along."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q

from customers.models import Customer, CustomerFile, Interaction, Task
from protection.erasure import File, Person, Step, registry

TEXTS = {Interaction: ("title", "text", "place"), Task: ("title", "text"), CustomerFile: ("name",)}


def register() -> None:
    """Called once, by `CustomersConfig.ready`."""
    registry.add(Step("notes about organisations", erase, files=files_of))


def erase(person: Person) -> int:
    """Of organisations that the person belongs to or speaks for, the texts lose their name, numbers and addresses.

    Rows about the person go by their classification.
    """
    organisations = Customer.objects.filter(Q(contact_people__person=person.customer_id) | Q(people=person.customer_id))
    ids = list(organisations.values_list("pk", flat=True))
    if not ids or not person.terms:
        return 0
    rows = [
        *Interaction.objects.filter(customer__in=ids),
        *Task.objects.filter(customer__in=ids),
        *CustomerFile.objects.filter(interaction__customer__in=ids),
    ]
    return sum(_redact(row, person) for row in rows)


def _redact(row: Interaction | Task | CustomerFile, person: Person) -> int:
    model = type(row)
    held = {name: getattr(row, name) for name in TEXTS[model]}
    redacted = {name: person.redacted(text) for name, text in held.items()}
    return model._default_manager.filter(pk=row.pk).update(**redacted) if redacted != held else 0


def files_of(person: Person) -> Iterator[File]:
    """One at a time: together they may be large."""
    kept = CustomerFile.objects.filter(interaction__customer=person.customer_id).order_by("pk")
    for file in kept:
        yield File(f"{file.pk}-{file.name}", bytes(file.stored.content))
