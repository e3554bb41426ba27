"""Who a customer is: all that they are known by, in whichever app it stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from django.db.models import Q

from customers.erasure import secrets_of
from customers.models import ContactPerson, Customer, CustomerExternalId, EmailAddress, PhoneNumber
from privacy.rows import placeholder_name
from protection.crypto import Undecryptable
from protection.erasure import Person, phone_ending
from protection.fields import EncryptedTextField, Sealed
from protection.suppression import Identity, identities_of


def person_of(customer: Customer) -> Person:
    roles = list(ContactPerson.objects.filter(person=customer))
    names = {customer.name, *(role.name for role in roles)} - {placeholder_name(customer.pk)}
    return Person(
        customer_id=customer.pk,
        names=frozenset(filter(None, names)),
        emails=frozenset(filter(None, [*_values(EmailAddress, "email", customer), *(role.email for role in roles)])),
        phones=frozenset(filter(None, [*_values(PhoneNumber, "number", customer), *(role.phone for role in roles)])),
        external_ids=frozenset(CustomerExternalId.objects.filter(customer=customer).values_list("source", "value")),
        numbers=frozenset([*_revealed(customer), *secrets_of(customer)]),
    )


def _values(model: type[EmailAddress] | type[PhoneNumber], name: str, customer: Customer) -> Iterable[str]:
    """Of those that are marked as deleted too: they are theirs still."""
    return model._default_manager.filter(customer=customer).values_list(name, flat=True)


def _revealed(customer: Customer) -> Iterator[str]:
    for field in Customer._meta.concrete_fields:
        value = getattr(customer, field.attname)
        if isinstance(field, EncryptedTextField) and isinstance(value, Sealed):
            try:
                yield value.reveal()
            except Undecryptable:  # then nobody finds it in a text either
                continue


def identities_of_this_one_alone(person: Person, *, records: Collection[int]) -> set[Identity]:
    """What no living other customer is known by: the mailbox of a family or a company's switchboard stays usable.

    `records` are all that are of this customer."""
    others = ~Q(customer_id__in=records)
    addresses = Q(pk__in=[])
    for address in person.emails:
        addresses |= Q(email__iexact=address)
    emails = EmailAddress.objects.filter(others & addresses, deleted_at=None)
    endings = Q(pk__in=[])
    for ending in person.phone_endings:
        endings |= Q(digits__endswith=ending)
    numbers = PhoneNumber.objects.filter(others & endings, deleted_at=None)
    shared = Person(
        customer_id=person.customer_id,
        emails=frozenset(emails.values_list("email", flat=True)),
        phones=frozenset(number for number in numbers.values_list("number", flat=True) if phone_ending(number)),
    )
    return identities_of(person) - identities_of(shared)
