"""What Django itself keeps: notes of its administration, messages that wait in a session."""

from __future__ import annotations

from django.contrib.admin.models import LogEntry
from django.db.models import Q
from django.utils import timezone

from accounts.models import UserSession
from protection.erasure import ERASED, Person, Step, registry


def register() -> None:
    """Called once, by `PrivacyConfig.ready`."""
    registry.add(Step("administration", erase_notes))
    registry.add(Step("sessions", erase_from_sessions))


def erase_notes(person: Person) -> int:
    mentions = Q(content_type__app_label="customers", content_type__model="customer", object_id=str(person.customer_id))
    for term in person.terms:
        mentions |= Q(object_repr__icontains=term) | Q(change_message__icontains=term)
    return LogEntry.objects.filter(mentions).update(object_repr=ERASED, change_message="")


def erase_from_sessions(person: Person) -> int:
    """“… is saved.”, waiting for a page that was never opened."""
    changed = 0
    for row in UserSession.objects.filter(expire_date__gt=timezone.now()).iterator():
        content = row.get_decoded()
        redacted = person.redacted(content)
        if redacted != content:
            encoded = row.get_session_store_class()().encode(redacted)
            changed += UserSession.objects.filter(pk=row.pk).update(session_data=encoded)
    UserSession.objects.filter(expire_date__lte=timezone.now()).delete()
    return changed
