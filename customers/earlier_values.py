"""What a field or a row of a customer held before a change in the trail, as its form sends it to have it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from core.numbers import whole_number
from customers import field_rows
from customers.custom_fields import definitions
from customers.custom_forms import PREFIX
from customers.field_forms import NEW, is_row
from customers.forms import PARTS
from customers.models import Customer, CustomField, Tag
from protection.audit.models import Change
from protection.fields import MASK, EncryptedTextField

Action = Change.Action


def changes_of(changes: QuerySet[Change], name: str) -> QuerySet[Change]:
    """Those of one field or row, named as in `customers.field_forms`; of a row that is still to come those of all rows
    of its kind. Raises Http404 where there is no such field."""
    if is_row(name):
        part, _dot, number = name.partition(".")
        if part not in PARTS or not (number == NEW or whole_number(number)):
            raise Http404
        changes = changes.filter(table_name=PARTS[part][0]._meta.db_table)
        return changes if number == NEW else changes.filter(row_id=whole_number(number))
    if name == "tags":
        return changes.filter(table_name=Customer.tags.through._meta.db_table)
    table = Customer._meta.db_table
    return changes.filter(table_name=table, action=Action.UPDATE, changes__has_key=_column(name))


def keep_only(change: Change, name: str) -> bool:
    """Leaves of a change what it did to this field; whether that is anything."""
    if name == "tags":
        return True
    if is_row(name):  # a row that goes and comes back with its customer stays as it is
        shown = PARTS[field_rows.shown_as(name)][2]
        return change.action != Action.UPDATE or any(each in change.changes for each in shown)
    before, after = change.changes[_column(name)]
    if name.startswith(PREFIX) and MASK not in (before, after):
        key = name.removeprefix(PREFIX)
        before, after = ({key: (values or {})[key]} if key in (values or {}) else {} for values in (before, after))
    change.changes = {_column(name): [before, after]}
    return bool(before != after) or MASK in (before, after)


def _column(name: str) -> str:
    if name.startswith(PREFIX):
        return "custom"
    if name not in field_rows.ABOUT:
        raise Http404
    return str(Customer._meta.get_field(name).attname)  # type: ignore[union-attr]


def is_restorable(name: str) -> bool:
    """Of what is encrypted the trail keeps no value that could be read."""
    if is_row(name) or name == "tags":
        return True
    if name.startswith(PREFIX):
        sealed = {field.key for field in definitions(CustomField.Record.CUSTOMER) if field.is_encrypted}
        return name.removeprefix(PREFIX) not in sealed
    return not isinstance(Customer._meta.get_field(name), EncryptedTextField)


def row_of(change: Change) -> str:
    """The name of the row, or of the tags, whose own history has the way back from this change; "" where none has."""
    for part, (model, _shape, _fields) in PARTS.items():
        if change.table_name == model._meta.db_table and change.row_id:
            return f"{part}.{change.row_id}"
    return "tags" if change.table_name == Customer.tags.through._meta.db_table else ""


def value_before(customer: Customer, name: str, change_pk: str) -> str | Sequence[str] | Mapping[str, Any]:
    """Raises Http404 where the trail does not know it."""
    known = changes_of(Change.objects.filter(customer_id=customer.pk), name)
    change = known.filter(pk=whole_number(change_pk)).first()
    if change is None or not keep_only(change, name) or not is_restorable(name):
        raise Http404
    if is_row(name):
        return _row_before(customer, name.partition(".")[0], change)
    if name == "tags":
        return _tags_before(customer, change)
    [[before, _after]] = change.changes.values()
    if name.startswith(PREFIX):
        before = (before or {}).get(name.removeprefix(PREFIX))
    return _as_sent(name, _known(before))


def _known(value: Any) -> Any:
    if value == MASK:
        raise Http404(_("This value has been erased, or was never kept in the trail."))
    return value


def _row_before(customer: Customer, part: str, change: Change) -> Mapping[str, Any]:
    """What the change left alone is as it stands, or as it was when the row was removed."""
    model, _shape, fields = PARTS[part]
    if change.action == Action.INSERT:
        raise Http404
    if row := model.objects.filter(customer=customer, pk=change.row_id).first():
        values = {name: getattr(row, name) for name in fields}
    else:
        rows = Change.objects.filter(customer_id=customer.pk, table_name=change.table_name, row_id=change.row_id)
        values = _before(rows.filter(action=Action.DELETE).latest("pk"), fields)
    values |= _before(change, fields)
    return {
        name: _as_sent(name, _known(value)) if not isinstance(value, bool) else ["on"] * value
        for name, value in values.items()
    }


def _before(change: Change, fields: Sequence[str]) -> dict[str, Any]:
    return {name: change.changes[name][0] for name in fields if name in change.changes}


def _tags_before(customer: Customer, change: Change) -> str:
    """The tags as they are but for the one that was added, or taken away."""
    before, after = change.changes["tag_id"]
    tag = Tag.objects.filter(pk=before or after).first()
    if tag is None:
        raise Http404(_("This tag is gone."))
    names = {each.name for each in customer.tags.all()}
    return ", ".join(sorted(names | {tag.name} if before else names - {tag.name}))


def _as_sent(name: str, value: Any) -> str | Sequence[str]:
    if isinstance(value, list):
        return [str(each) for each in value]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return ""
    return f"#{value}" if name in {"organisation", "referred_by"} else str(value)
