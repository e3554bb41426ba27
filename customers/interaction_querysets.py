"""Reads of interactions and tasks. Who sees the customer sees them; of a deleted customer nobody does."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import models

from accounts.visibility import Sight

if TYPE_CHECKING:
    from customers.models import Interaction, Task  # noqa: F401  # named in the generic bases below


class InteractionQuerySet(models.QuerySet["Interaction"]):
    def live(self) -> InteractionQuerySet:
        return self.filter(deleted_at=None)

    def visible_to(self, sight: Sight) -> InteractionQuerySet:
        return self.filter(sight.visible("customer__"), deleted_at=None, customer__deleted_at=None)

    def contacts(self) -> InteractionQuerySet:
        """Calls that reached somebody, meetings and e-mails."""
        return self.filter(deleted_at=None, is_contact=True)


class TaskQuerySet(models.QuerySet["Task"]):
    def live(self) -> TaskQuerySet:
        return self.filter(deleted_at=None)

    def visible_to(self, sight: Sight) -> TaskQuerySet:
        return self.filter(sight.visible("customer__"), deleted_at=None, customer__deleted_at=None)

    def still_open(self) -> TaskQuerySet:
        return self.filter(done_at=None, deleted_at=None)

    def due_before(self, moment: dt.datetime) -> TaskQuerySet:
        return self.filter(due_at__lt=moment)
