"""What cannot be known from a record alone: whom it names, what its writer may, what the database would refuse.

Each check looks at all records at once, so that a thousand cost as many queries as one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext as _

from accounts.visibility import Sight
from api.errors import Fault, escaped
from api.serializers.customers import ENCRYPTED, MASKABLE
from customers import plausible_days
from customers.access import assignable_people, assignable_teams
from customers.custom_fields import InvalidValues, clean, definitions, merged
from customers.models import Customer, CustomerExternalId
from protection import suppression
from protection.masking import is_masked

LONGEST_SORT_KEY = 400
SORT_KEYS = "SELECT name, length(crm_sort_key(name)) FROM unnest(%s::text[]) AS name"


@dataclass
class Record:
    """A customer, new or locked, and what somebody wants of them. `faults` are why they cannot have it.

    With `replaces` custom fields that are not named are blanked, else they stay.
    """

    customer: Customer
    values: dict[str, Any]
    replaces: bool = False
    faults: list[Fault] = field(default_factory=list)
    is_forbidden: bool = False

    @property
    def is_new(self) -> bool:
        return self.customer.pk is None

    def wanted(self, name: str) -> Any:
        """The value that the customer would have afterwards."""
        return self.values[name] if name in self.values else getattr(self.customer, _ATTRIBUTES.get(name, name))


_ATTRIBUTES = {
    "owner": "owner_id",
    "team": "team_id",
    "organisation": "organisation_id",
    "referred_by": "referred_by_id",
}


def check(records: Sequence[Record], sight: Sight) -> None:
    """Note on each record what is wrong with it."""
    _hidden(records, sight)
    _links(records, sight)
    _rules(records)
    _days(records)
    _custom(records, sight)
    _names(records)
    _external_ids(records)
    _erased(records)


def _hidden(records: Iterable[Record], sight: Sight) -> None:
    """What somebody cannot see they cannot change; what is encrypted they can replace unseen."""
    hidden = [
        name
        for name, (model, fields) in MASKABLE.items()
        if name not in ENCRYPTED and any(is_masked(sight, model, each) for each in fields)
    ]
    for record in records:
        refused = [] if record.is_new else [name for name in hidden if name in record.values]
        record.faults += [(f"/{name}", _("This is hidden from you, so you cannot change it.")) for name in refused]
        record.is_forbidden |= bool(refused)


def _links(records: Sequence[Record], sight: Sight) -> None:
    """A customer is given to people and teams that the writer knows, and linked to customers whom they see."""
    choices: dict[str, Any] = {
        "owner": assignable_people(sight),
        "team": assignable_teams(sight),
        "organisation": Customer.objects.filter(deleted_at=None).visible_to(sight),
        "referred_by": Customer.objects.filter(deleted_at=None).visible_to(sight),
    }
    for name, known in choices.items():
        named = {pk for record in records if (pk := record.values.get(name)) is not None}
        found = set(known.filter(pk__in=named).values_list("pk", flat=True)) if named else set()
        for record in records:
            pk = record.values.get(name)
            stays = pk == getattr(record.customer, _ATTRIBUTES[name])
            if pk is not None and pk not in found and not stays:
                record.faults.append((f"/{name}", _("There is none with this id, or not for you to see.")))


def _rules(records: Iterable[Record]) -> None:
    for record in records:
        if record.is_new and not record.values.get("name"):
            record.faults.append(("/name", _("A new customer needs a name.")))
        if record.wanted("kind") == Customer.Kind.ORGANISATION and record.wanted("organisation"):
            record.faults.append(("/organisation", _("Only a person can be part of an organisation.")))
        for name in ("organisation", "referred_by"):
            if not record.is_new and record.values.get(name) == record.customer.pk:
                record.faults.append((f"/{name}", _("A customer cannot point to themselves.")))


def _days(records: Iterable[Record]) -> None:
    """As in the forms. What is hidden from somebody is not compared with what they guess."""
    for record in (each for each in records if not each.is_forbidden):
        for name, check_day in plausible_days.CHECKS.items():
            day = record.values.get(name)
            if day is None or day == getattr(record.customer, name):
                continue
            try:
                check_day(day)
            except ValidationError as wrong:
                record.faults.append((f"/{name}", str(wrong.message)))


def _custom(records: Sequence[Record], sight: Sight) -> None:
    """The values of custom fields as they are kept, together with those that stay."""
    fields = definitions("customer")
    hidden = {
        each.key for each in fields if each.confidential and not each.is_encrypted and sight.masks(each.confidential)
    }
    stays = {each.key for each in fields if each.is_encrypted} | hidden
    for record in records:
        raw = record.values.get("custom", {})
        if not record.is_new and "custom" not in record.values:
            continue
        refused = sorted(hidden & raw.keys()) if not record.is_new else []
        if refused:
            words = _("This is hidden from you, so you cannot change it.")
            record.faults += [(f"/custom/{key}", words) for key in refused]
            record.is_forbidden = True
        elif record.replaces:
            raw = {**{each.key: None for each in fields if each.key not in stays}, **raw}
        try:
            cleaned = clean("customer", raw, partial=not record.is_new, fields=fields)
        except InvalidValues as invalid:
            record.faults += [(f"/custom/{escaped(key)}", words) for key, words in invalid.errors.items()]
        else:
            record.values["custom"] = merged(record.customer.custom, cleaned)


def _names(records: Iterable[Record]) -> None:
    """Some characters are sorted as whole words, or as nothing at all."""
    named = {record.values["name"]: record for record in records if "name" in record.values}
    if not named:
        return
    with connection.cursor() as cursor:
        cursor.execute(SORT_KEYS, [list(named)])
        lengths = dict(cursor.fetchall())
    for record in records:
        if "name" in record.values and not 1 <= lengths[record.values["name"]] <= LONGEST_SORT_KEY:
            record.faults.append(("/name", _("This name cannot be sorted: write it with other characters.")))


def _external_ids(records: Sequence[Record]) -> None:
    """A number of another system leads to one customer."""
    numbers = [(record, position, number) for record in records for position, number in _numbers(record)]
    if not numbers:
        return
    values = {value for _record, _position, (_source, value) in numbers}
    known = CustomerExternalId.objects.filter(deleted_at=None, value__in=values)
    taken = {(row.source, row.value): row.customer_id for row in known}
    times = Counter(number for _record, _position, number in numbers)
    for record, position, number in numbers:
        if times[number] > 1 or taken.get(number, record.customer.pk) != record.customer.pk:
            record.faults.append((f"/external_ids/{position}", _("This number belongs to another customer.")))


def _numbers(record: Record) -> Iterator[tuple[int, tuple[str, str]]]:
    for position, entry in enumerate(record.values.get("external_ids", [])):
        yield position, (entry["source"], entry["value"])


def _erased(records: Sequence[Record]) -> None:
    """Nobody who was erased on their request comes back this way."""
    told = [(record, pointer, identity) for record in records for pointer, identity in _identities(record)]
    erased = suppression.suppressed(identity for _record, _pointer, identity in told)
    for record, pointer, identity in told:
        if identity in erased:
            record.faults.append((pointer, suppression.refusal()))


def _identities(record: Record) -> Iterator[tuple[str, suppression.Identity]]:
    for position, entry in enumerate(record.values.get("emails", [])):
        yield f"/emails/{position}/email", suppression.email(entry["email"])
    for position, entry in enumerate(record.values.get("phones", [])):
        yield f"/phones/{position}/number", suppression.phone(entry["number"])
    for position, (source, value) in _numbers(record):
        yield f"/external_ids/{position}", suppression.external_id(source, value)
