"""What the classification does not say: where a person stands in rows about somebody else; custom fields in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from customers import custom_fields
from customers.models import ContactPerson, Customer, CustomField, DuplicatePair, Order
from customers.recent import forget
from protection.crypto import Undecryptable
from protection.erasure import Person, Row, Section, Step, registry


def register() -> None:
    """Called once, by `CustomersConfig.ready`."""
    registry.add(Step("contact people", erase, collect))
    registry.add(Step("recently opened", lambda person: forget(person.customer_id)))


def erase(person: Person) -> int:
    pairs = DuplicatePair.objects.filter(second=person.customer_id).delete()[0]
    return pairs + ContactPerson.objects.filter(person_id=person.customer_id).delete()[0]


def collect(person: Person) -> Iterable[Section]:
    yield Section("customers.contact_roles", _("Contact person of"), list(_roles(person)))
    yield Section("customers.custom_fields", _("Custom fields"), list(_custom_values(person)))


def secrets_of(customer: Customer) -> Iterator[str]:
    """What stands encrypted in the customer's own custom fields; what cannot be read any more is left out."""
    for field, stored in _stored(CustomField.Record.CUSTOMER, customer.custom):
        if field.is_encrypted:
            try:
                yield custom_fields.reveal(field, stored)
            except Undecryptable:
                continue


def _roles(person: Person) -> Iterator[Row]:
    for role in ContactPerson.objects.filter(person_id=person.customer_id).select_related("customer"):
        yield {
            _("organisation"): role.customer.name,
            _("name"): role.name,
            _("job title"): role.job_title,
            _("e-mail"): role.email,
            _("phone"): role.phone,
        }


def _custom_values(person: Person) -> Iterator[Row]:
    """Of the customer and of their orders, in words."""
    customer = Customer.objects.get(pk=person.customer_id)
    yield from _in_words(str(customer), CustomField.Record.CUSTOMER, customer.custom)
    for order in Order.objects.filter(customer=customer).exclude(custom={}).order_by("pk"):
        yield from _in_words(str(order), CustomField.Record.ORDER, order.custom)


def _in_words(owner: str, record: str, custom: Mapping[str, Any]) -> Iterator[Row]:
    for field, stored in _stored(record, custom):
        try:
            value = custom_fields.reveal(field, stored) if field.is_encrypted else custom_fields.in_words(field, stored)
        except Undecryptable as lost:
            value = str(lost)
        yield {_("of"): owner, _("field"): field.label, _("value"): value}


def _stored(record: str, custom: Mapping[str, Any]) -> Iterator[tuple[CustomField, Any]]:
    """Archived fields keep their values, so they count."""
    for field in CustomField.objects.filter(applies_to=record):
        if custom.get(field.key) is not None:
            yield field, custom[field.key]
