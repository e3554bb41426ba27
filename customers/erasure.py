"""Where a person stands in rows about somebody else: as somebody to talk to at an organisation."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from customers.models import ContactPerson
from protection.erasure import Person, Section, Step, registry


def register() -> None:
    """Called once, by `CustomersConfig.ready`."""
    registry.add(Step("contact people", erase, collect))


def erase(person: Person) -> int:
    return ContactPerson.objects.filter(person_id=person.customer_id).delete()[0]


def collect(person: Person) -> Iterable[Section]:
    roles = ContactPerson.objects.filter(person_id=person.customer_id).select_related("customer")
    yield Section(
        "customers.contact_roles",
        _("Contact person of"),
        [
            {
                _("organisation"): role.customer.name,
                _("name"): role.name,
                _("job title"): role.job_title,
                _("e-mail"): role.email,
                _("phone"): role.phone,
            }
            for role in roles
        ],
    )
