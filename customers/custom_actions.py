"""What an admin does with the definitions of custom fields."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from customers import custom_indexes
from customers.custom_definitions import CustomFieldForm, has_values
from customers.custom_fields import definitions
from customers.models import CustomField

# A change of these changes which indexes there should be.
DECIDE_INDEXES = {"is_indexed", "kind", "confidential"}


class StillUsed(Exception):
    """The field has values, so it can be retired and not deleted."""


def save_definition(*, form: CustomFieldForm, by: User) -> CustomField:
    """Saves a checked form; a new field comes after those that there are."""
    with transaction.atomic():
        field: CustomField = form.instance
        if field.pk is None:
            others = CustomField.objects.filter(applies_to=field.applies_to)
            field.position = 1 + (others.aggregate(last=Max("position"))["last"] or 0)
        form.save()
        if DECIDE_INDEXES & set(form.changed_data):
            custom_indexes.request_synchronisation(by=by)
    return field


def retire(*, field: CustomField, by: User) -> None:
    """Takes the field out of every page, list and file. Its values stay with its key, and come back with it."""
    _set_archived(field, True, by)


def bring_back(*, field: CustomField, by: User) -> None:
    """Without its index where others have taken the last one meanwhile."""
    if custom_indexes.are_used_up(field.applies_to):
        CustomField.objects.filter(pk=field.pk).update(is_indexed=False)
    _set_archived(field, False, by)


def _set_archived(field: CustomField, archived: bool, by: User) -> None:
    with transaction.atomic():
        moment = timezone.now() if archived else None
        CustomField.objects.filter(pk=field.pk).update(archived_at=moment)
        if field.is_indexed:
            custom_indexes.request_synchronisation(by=by)


def delete_unused(*, field: CustomField) -> None:
    """For a field made by mistake. Raises StillUsed: with values left behind its key would mean something else then."""
    if field.is_indexed or has_values(field):
        raise StillUsed
    field.delete()


def move(*, field: CustomField, by: int) -> None:
    """Moves the field so many places down among those of its record (up, if negative), and numbers them anew."""
    with transaction.atomic():
        rows = CustomField.objects.select_for_update().filter(applies_to=field.applies_to, archived_at=None)
        fields = list(rows.order_by("position", "label", "pk"))
        place = next((place for place, each in enumerate(fields) if each.pk == field.pk), None)
        if place is None:
            return
        fields.insert(max(place + by, 0), fields.pop(place))
        for position, each in enumerate(fields, start=1):
            if each.position != position:
                CustomField.objects.filter(pk=each.pk).update(position=position)


def by_record() -> list[tuple[str, str, list[CustomField], list[CustomField]]]:
    """(key, label, fields in use, retired ones) of each kind of record."""
    retired = list(CustomField.objects.exclude(archived_at=None))
    return [
        (record.value, str(record.label), definitions(record), [each for each in retired if each.applies_to == record])
        for record in CustomField.Record
    ]
