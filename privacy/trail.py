"""Where a person stands in the audit trail. That something was done, by whom and when, stays; what it said goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from customers.models import ContactPerson
from protection.audit.models import Change
from protection.erasure import Person, Step, registry


def register() -> None:
    """Called once, by `PrivacyConfig.ready`."""
    registry.add(Step("audit trail of others", erase_from_rows_of_others))


@contextmanager
def forgetting() -> Iterator[None]:
    """Inside, in a transaction, the trail notes what happens without any value, and lets old lines be blanked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('crm.erasing', 'on', true)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('crm.erasing', 'off', true)")


def erase_from_rows_of_others(person: Person) -> int:
    """Lines about an organisation's people to talk to. Those about the customer go by their classification."""
    mentions = Q(pk__in=[])
    for term in person.terms:
        mentions |= Q(written__icontains=term)
    lines = Change.objects.filter(table_name=ContactPerson._meta.db_table)
    written = lines.annotate(written=Cast("changes", TextField())).filter(mentions)
    return Change.objects.filter(pk__in=list(written.values_list("pk", flat=True))).update(changes={})
