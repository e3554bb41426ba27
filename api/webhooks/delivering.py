"""Sending what is due, again and again with growing patience, and giving up on a webhook that never answers."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from api.models import TEST, Delivery, Webhook
from api.webhooks.sending import Answer, send

logger = logging.getLogger(__name__)

FIRST_WAIT = dt.timedelta(seconds=30)
MOST_ATTEMPTS = 8  # the last one some two hours after the first
MOST_FAILURES = 50  # in a row, of whichever deliveries: then the webhook is switched off
# How long a delivery that is being sent is left alone, should whoever sends it die.
CLAIMED_FOR = dt.timedelta(minutes=2)
KEPT_FOR = dt.timedelta(days=30)


def deliver_due(*, most: int = 200) -> int:
    """Send what is due, in the order it happened; how many were sent."""
    sent = 0
    while sent < most and (delivery := _claim()) is not None:
        settle(delivery, send(delivery))
        sent += 1
    return sent


def due() -> QuerySet[Delivery]:
    return Delivery.objects.filter(
        delivered_at=None, given_up_at=None, next_attempt_at__lte=timezone.now(), webhook__is_active=True
    )


def _claim() -> Delivery | None:
    """The next that is due, put off so that nobody else sends it at the same time."""
    with transaction.atomic():
        delivery = due().order_by("next_attempt_at", "id").select_for_update(of=("self",), skip_locked=True).first()
        if delivery is not None:
            delivery.next_attempt_at = timezone.now() + CLAIMED_FOR
            delivery.attempts += 1
            delivery.save(update_fields=["next_attempt_at", "attempts"])
    return delivery


def settle(delivery: Delivery, answer: Answer) -> None:
    """Note how an attempt ended, when the next one is, and how the webhook does."""
    now = timezone.now()
    delivery.response_status, delivery.error = answer.status, answer.error[:200]
    if answer.is_good:
        delivery.delivered_at = now
    elif delivery.attempts >= MOST_ATTEMPTS or delivery.occasion == TEST:
        delivery.given_up_at = now
    else:
        delivery.next_attempt_at = now + FIRST_WAIT * 2 ** (delivery.attempts - 1)
    delivery.save()
    webhooks = Webhook.objects.filter(pk=delivery.webhook_id)
    if answer.is_good:
        webhooks.exclude(failures=0).update(failures=0)
    else:
        webhooks.update(failures=F("failures") + 1)
        _leave_alone(delivery, until=max(delivery.next_attempt_at, now + FIRST_WAIT))
        if webhooks.filter(failures__gte=MOST_FAILURES, is_active=True).update(is_active=False):
            logger.warning("Webhook %s is switched off after %s failures", delivery.webhook_id, MOST_FAILURES)


def _leave_alone(delivery: Delivery, *, until: dt.datetime) -> None:
    """What else waits for the same receiver waits as well: a thousand deliveries must not each run into the limit."""
    waiting = Delivery.objects.filter(webhook_id=delivery.webhook_id, delivered_at=None, given_up_at=None)
    waiting.filter(next_attempt_at__lt=until).update(next_attempt_at=until)


def send_test(webhook: Webhook) -> Delivery:
    """Call the webhook here and now, once, whether it is active or not, and keep how it went."""
    payload: dict[str, Any] = {"type": TEST, "at": timezone.now().isoformat(), "data": {}}
    delivery = Delivery.objects.create(webhook=webhook, occasion=TEST, payload=payload, attempts=1, uid=uuid.uuid4())
    settle(delivery, send(delivery))
    return delivery


def purge() -> int:
    """Remove what ended long ago."""
    over = Delivery.objects.filter(created_at__lt=timezone.now() - KEPT_FOR)
    return over.exclude(delivered_at=None, given_up_at=None).delete()[0]
