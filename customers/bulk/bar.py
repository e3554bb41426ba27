"""What the list offers to do with the customers who are ticked in it."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.visibility import NONE
from customers.bulk.targets import ARCHIVE, BRING_BACK, DELETE
from customers.extensions import Label, registry
from customers.models import CustomField


@dataclass(frozen=True)
class Button:
    label: Label
    icon: str
    url: str
    target: str = ""


def buttons(user: User, *, is_archived: bool = False) -> list[Button]:
    """Asks the database nothing: it is asked for on every page of the list."""
    url = reverse("customers:bulk")
    own = [Button(_("Edit"), "pencil", url)]
    if is_archived:
        own.append(Button(_("Bring back"), "archive-restore", url, BRING_BACK))
    else:
        own.append(Button(_("Archive"), "archive", url, ARCHIVE))
    if user.is_admin:
        own.append(Button(_("Delete"), "trash-2", url, DELETE))
    brought = [
        Button(action.label, action.icon, reverse(action.url_name))
        for action in registry.list_actions
        if action.records == CustomField.Record.CUSTOMER and action.is_offered(user)
    ]
    return [*own, *brought] if user.sight.edits != NONE else brought
