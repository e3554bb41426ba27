"""What two records can have in common, and how much that says."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ALMOST_CERTAIN, PROBABLE = 0.9, 0.7


class Reason(models.TextChoices):
    EXTERNAL_ID = "external_id", _("same number in another system")
    IDENTITY = "identity", _("same identity number")
    EMAIL = "email", _("same e-mail")
    PHONE = "phone", _("same phone")
    PHONE_ENDING = "phone_ending", _("same last digits of the phone")
    NAME = "name", _("same name")
    SIMILAR_NAME = "similar_name", _("similar name")
    WEBSITE = "website", _("same website")
    BIRTH_DATE = "birth_date", _("same birth date")
    ADDRESS = "address", _("same or similar address")


# How likely two records that have this in common, and of which nothing else is known, are of one customer.
WEIGHTS: dict[str, float] = {
    Reason.EXTERNAL_ID: 0.99,
    Reason.IDENTITY: 0.97,
    Reason.EMAIL: 0.9,
    Reason.PHONE: 0.85,
    Reason.PHONE_ENDING: 0.7,
    Reason.NAME: 0.6,
    Reason.WEBSITE: 0.6,
}


def probability(reasons: Iterable[str]) -> float:
    """Each reason counts by itself (a noisy “or”). The phone counts once, however it was found."""
    held = set(reasons)
    if Reason.PHONE in held:
        held.discard(Reason.PHONE_ENDING)
    return 1 - prod(1 - WEIGHTS[reason] for reason in held)


def strength(score: float) -> tuple[str | Promise, str]:
    """In words, and the look of its badge."""
    if score >= ALMOST_CERTAIN:
        return _("almost certain"), "bad"
    return (_("probable"), "warn") if score >= PROBABLE else (_("possible"), "neutral")
