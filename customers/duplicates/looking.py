"""Who is there already that a record being typed may be: by indexes alone, among those whom the reader may see."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_
from typing import Any

from django.db.models import BooleanField, Case, F, Prefetch, Q, QuerySet, Value, When
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.functional import Promise

from accounts.models import Confidential, User
from accounts.visibility import Sight
from core.models import OrganisationSettings
from customers.duplicates.evidence import Reason, probability, strength
from customers.duplicates.phones import Dialled, dialled
from customers.keys import NameKey, PhoneEnding, WebsiteHost
from customers.models import Address, Customer, CustomerExternalId, EmailAddress, PhoneNumber
from protection.audit import log_access
from protection.audit.models import AccessLog

MOST_SHOWN = 8
# Of a name or a switchboard that hundreds share, so many are looked at.
MOST_OF_A_REASON = 50
RECENTLY = dt.timedelta(days=90)
SHORTEST_NAME = 3
MOST_VALUES = 20
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z")
_PART = re.compile(r"(emails|phones|addresses)-\d+-(email|number|country)\Z")


@dataclass(frozen=True)
class Typed:
    """What is known of a record; `besides` is itself, where it is there already."""

    name: str = ""
    website: str = ""
    emails: Sequence[str] = ()
    phones: Sequence[str] = ()
    external_ids: Sequence[tuple[str, str]] = ()
    country: str = ""
    besides: int | None = None

    @classmethod
    def of_form(cls, data: Mapping[str, Any], *, besides: int | None = None) -> Typed:
        """From the fields of the customer's form, however many rows its lists have."""
        parts: dict[str, list[str]] = {"email": [], "number": [], "country": []}
        for key, value in data.items():
            if (found := _PART.match(key)) and str(value).strip():
                parts[found[2]].append(_plain(value))
        return cls(
            name=_plain(data.get("name", "")),
            website=_plain(data.get("website", "")),
            emails=parts["email"][:MOST_VALUES],
            phones=parts["number"][:MOST_VALUES],
            country=next(iter(parts["country"]), ""),
            besides=besides,
        )

    @property
    def whole_emails(self) -> list[str]:
        return [email for email in self.emails if _EMAIL.match(email)]

    @cached_property
    def dialled(self) -> Dialled:
        home = OrganisationSettings.current().country if self.phones and not self.country else ""
        numbers = [dialled(number, country=self.country, home=home) for number in self.phones]
        return Dialled(
            frozenset().union(*(each.exact for each in numbers)),
            frozenset().union(*(each.national for each in numbers)),
        )


def _plain(value: Any) -> str:
    return str(value).replace("\x00", "").strip()[:254]


@dataclass
class Likely:
    """A record that may be of the same customer. `is_deleted`: it could be restored instead."""

    customer: Customer
    reasons: list[str] = field(default_factory=list)

    @property
    def score(self) -> float:
        return probability(self.reasons)

    @property
    def strength(self) -> tuple[str | Promise, str]:
        return strength(self.score)

    @property
    def reason_labels(self) -> list[str]:
        return [str(Reason(reason).label) for reason in self.reasons]

    @property
    def is_deleted(self) -> bool:
        return self.customer.deleted_at is not None

    @property
    def city(self) -> str:
        addresses: list[Address] = self.customer.cities  # type: ignore[attr-defined]
        return next((address.city for address in addresses if address.city), "")


def likely_duplicates(typed: Typed, *, user: User) -> list[Likely]:
    """At most `MOST_SHOWN`, the likeliest first. Nobody learns of a record that they may not see; of one that was
    deleted of late only whoever may restore it."""
    sight = user.sight
    found: dict[int, set[str]] = {}
    ways = list(_ways(typed, sight, with_deleted=user.is_admin))
    if ways:
        rows = ways[0].union(*ways[1:], all=True) if len(ways) > 1 else ways[0]
        for customer_id, reason in rows:
            found.setdefault(customer_id, set()).add(reason)
    _log(typed, user, len(found))
    likely = [Likely(customer, _sorted({*found[customer.pk], *_alike(customer)})) for customer in _load(found, typed)]
    return sorted(likely, key=lambda each: (each.is_deleted, -each.score, each.customer.pk))[:MOST_SHOWN]


def _ways(typed: Typed, sight: Sight, *, with_deleted: bool) -> Iterable[QuerySet[Any, Any]]:
    """(id, reason) by each key, each by itself, so that each uses its own index."""
    numbers = typed.dialled
    if emails := typed.whole_emails:
        same = reduce(or_, (Q(email__iexact=email) for email in emails))
        yield _details(EmailAddress.objects.filter(same), Reason.EMAIL, typed, sight, with_deleted)
    if numbers.exact:
        rows: QuerySet[Any, Any] = PhoneNumber.objects.filter(digits__in=numbers.exact)
        yield _details(rows, Reason.PHONE, typed, sight, with_deleted)
        rows = PhoneNumber.objects.alias(ending=PhoneEnding("digits")).filter(ending__in=numbers.endings)
        yield _details(rows, Reason.PHONE_ENDING, typed, sight, with_deleted)
    if numbers.national:
        rows = PhoneNumber.objects.filter(digits__in=numbers.national)
        yield _details(rows, Reason.PHONE_ENDING, typed, sight, with_deleted)
    if typed.external_ids:
        pairs = reduce(or_, (Q(source=source, value=value) for source, value in typed.external_ids))
        yield _details(CustomerExternalId.objects.filter(pairs), Reason.EXTERNAL_ID, typed, sight, with_deleted)
    if len(typed.name) >= SHORTEST_NAME or any(ord(letter) >= 0x2E80 for letter in typed.name):
        named = Customer.objects.alias(key=NameKey(F("name"))).filter(key=NameKey(Value(typed.name)))
        yield _themselves(named, Reason.NAME, typed, sight, with_deleted)
    if "." in typed.website:
        hosted = Customer.objects.exclude(website="").alias(host=WebsiteHost(F("website")))
        yield _themselves(
            hosted.filter(host=WebsiteHost(Value(typed.website))), Reason.WEBSITE, typed, sight, with_deleted
        )


def _details(
    rows: QuerySet[Any, Any], reason: Reason, typed: Typed, sight: Sight, with_deleted: bool
) -> QuerySet[Any, Any]:
    present = Q(deleted_at=None, customer__deleted_at=None)
    if with_deleted:
        present |= Q(deleted_at=F("customer__deleted_at")) & _deleted_of_late("customer__")
    rows = rows.filter(present, sight.visible("customer__")).exclude(customer_id=typed.besides or 0)
    return rows.order_by().values_list("customer_id", Value(reason.value))[:MOST_OF_A_REASON]


def _themselves(
    rows: QuerySet[Any, Any], reason: Reason, typed: Typed, sight: Sight, with_deleted: bool
) -> QuerySet[Any, Any]:
    present = Q(deleted_at=None) | _deleted_of_late("") if with_deleted else Q(deleted_at=None)
    rows = rows.filter(present, sight.visible()).exclude(pk=typed.besides or 0)
    return rows.order_by().values_list("pk", Value(reason.value))[:MOST_OF_A_REASON]


def _deleted_of_late(path: str) -> Q:
    return Q(**{f"{path}deleted_at__gte": timezone.now() - RECENTLY, f"{path}merged_into": None})


def _load(found: Iterable[int], typed: Typed) -> QuerySet[Customer]:
    """Also asks of each whether the name and the website are the same: a common name was not looked through wholly."""
    cities = Prefetch("addresses", Address.objects.order_by("-is_primary", "pk"), to_attr="cities")
    rows: QuerySet[Customer] = Customer.objects.filter(pk__in=list(found)).select_related("owner")
    return rows.prefetch_related(cities).annotate(
        has_that_name=_is(Exact(NameKey(F("name")), NameKey(Value(typed.name)))),
        has_that_website=_is(
            Q(~Q(website=""), Exact(WebsiteHost(F("website")), WebsiteHost(Value(typed.website or "-"))))
        ),
    )


def _is(condition: Any) -> Case:
    return Case(When(condition, then=True), default=False, output_field=BooleanField())


def _alike(customer: Any) -> Iterable[str]:
    if customer.has_that_name:
        yield Reason.NAME
    if customer.has_that_website:
        yield Reason.WEBSITE


def _sorted(reasons: Iterable[str]) -> list[str]:
    order = list(Reason.values)
    held = set(map(str, reasons))
    if Reason.PHONE in held:
        held.discard(Reason.PHONE_ENDING)
    return sorted(held, key=order.index)


def _log(typed: Typed, user: User, found: int) -> None:
    """Whoever is not shown e-mails or phones, and is told that one is known, has had it confirmed."""
    asked = {Confidential.EMAIL: typed.whole_emails, Confidential.PHONE: typed.dialled.exact}
    for kind, values in asked.items():
        if values and user.sight.masks(kind):
            log_access(AccessLog.What.SEARCH_MASKED, user=user, model=Customer, kind=str(kind), found=found)
