"""Notes that somebody read what matters: call it before the value is shown, the file sent, the stream begun."""

from __future__ import annotations

from typing import Any

from django.db import models

from accounts.models import User
from protection.audit.actor import current_actor
from protection.audit.models import AccessLog

MODEL_OF_CUSTOMERS = "customers.Customer"


def log_access(
    what: str,
    *,
    user: User | None = None,
    obj: models.Model | None = None,
    model: type[models.Model] | None = None,
    customer_id: int | None = None,
    **detail: Any,
) -> AccessLog:
    """Add a line to the log of accesses; `what` is one of `AccessLog.What`.

    `obj` is what was read, or `model` the kind of rows; `customer_id` whom it is about (a customer given as `obj` is
    known to be that). Without a user it is whoever acts (`acting`). `detail` goes into JSON: the field, the format, the
    number of rows, never the value.

    In a transaction that is rolled back the line goes with it: call it outside of one where an answer may still be
    given after that.
    """
    actor = current_actor()
    label = obj._meta.label if obj is not None else model._meta.label if model is not None else ""
    row_id = obj.pk if obj is not None and isinstance(obj.pk, int) else None
    if label == MODEL_OF_CUSTOMERS and customer_id is None:
        customer_id = row_id
    return AccessLog.objects.create(
        what=AccessLog.What(what),
        actor_id=user.pk if user is not None else actor.user_id if actor else None,
        origin=actor.origin if actor else "",
        model=label,
        row_id=row_id,
        customer_id=customer_id,
        detail=detail,
    )
