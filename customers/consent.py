"""What customers agreed to, and whether they may be profiled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from customers.models import Consent, Customer

# Whoever objects and whoever publishes scores take turns: one of them sees what the other wrote.
_TURN = "SELECT pg_advisory_xact_lock(hashtext('meridian profiling'))"


@dataclass
class Profiling:
    """What apps above keep of an evaluation of people. Each takes given customers out of it, and says of how many rows;
    it is called in the transaction in which they object."""

    stops: dict[str, Callable[[Sequence[int]], int]] = field(default_factory=dict)

    def add(self, name: str, stop: Callable[[Sequence[int]], int]) -> None:
        if name in self.stops:
            raise ValueError(f"{name!r} is registered twice")
        self.stops[name] = stop

    def stop(self, customer_ids: Sequence[int]) -> None:
        for stop in self.stops.values():
            stop(customer_ids)


profiling = Profiling()


def take_turn() -> None:
    """Until the end of the transaction nobody else objects, or publishes."""
    with connection.cursor() as cursor:
        cursor.execute(_TURN)


def record_decision(
    *, customer: Customer, purpose: str, is_given: bool, source: str = "", by: User | None = None
) -> Consent:
    """Add what the customer decided; earlier decisions stay, to prove what held when."""
    consent: Consent = Consent.objects.create(
        customer=customer, purpose=purpose, is_given=is_given, source=source, recorded_by=by
    )
    return consent


def current_decisions(customer: Customer) -> dict[str, Consent | None]:
    """The decision that holds for each purpose, None where there is none: then nothing is allowed."""
    newest = Consent.objects.filter(customer=customer).order_by("purpose", "-decided_at", "-id").distinct("purpose")
    decided = {consent.purpose: consent for consent in newest.select_related("recorded_by")}
    return {purpose: decided.get(purpose) for purpose in Consent.Purpose.values}


def object_to_profiling(*, customer: Customer) -> None:
    """From now on nothing scores this customer, and what scored them so far is gone."""
    with transaction.atomic():
        take_turn()
        _set_objection(customer, timezone.now())
        profiling.stop([customer.pk])


def withdraw_objection(*, customer: Customer) -> None:
    """The next run scores the customer again."""
    _set_objection(customer, None)


def _set_objection(customer: Customer, moment: object) -> None:
    Customer.objects.filter(pk=customer.pk).update(
        profiling_objected_at=moment, updated_at=Now(), version=F("version") + 1
    )
