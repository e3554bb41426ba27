"""The fields that customers have of themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models import Value as Constant
from django.db.models.functions import Upper
from django.db.models.lookups import GreaterThan, LessThanOrEqual
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Confidential
from core.countries import country_choices
from core.formatting import locale_of
from core.id_sets import Member, Members
from customers.filters import kinds
from customers.filters.conditions import Bought, Did, NoContactFor
from customers.filters.custom import custom_fields
from customers.filters.expression import Moment, Value
from customers.filters.kinds import BOOLEAN, CHOICE, CHOICES, DATE, INTEGER, MONEY, REFERENCE, REFERENCES, TEXT
from customers.filters.profiles import ProfileText
from customers.filters.purchases import DayOfPurchase, PurchaseCount, sales
from customers.filters.registry import Field, Registry
from customers.filters.repeated_texts import RepeatedText, SharedText
from customers.filters.sources import (
    NO_ROW,
    Column,
    InstantColumn,
    Rows,
    SetColumn,
    TextColumn,
    any_of,
    customers_who,
    none_of,
    ordered,
)
from customers.filters.things import CUSTOMERS, PEOPLE, TAGS, TEAMS
from customers.keys import SortKey
from customers.models import Address, Consent, Customer, CustomerExternalId, EmailAddress, Order, PhoneNumber
from protection.fields import holding


def live_addresses(moment: Moment) -> QuerySet[Address, Address]:
    return Address.objects.filter(deleted_at=None)


def main_addresses(moment: Moment) -> QuerySet[Address, Address]:
    """Of each customer the address that the snapshot and the charts speak of: the primary one, of which there is one at
    most, else the oldest. Only of those that are not primary are the others asked."""
    live = live_addresses(moment)
    others = live.filter(customer=OuterRef("customer"))
    before = others.filter(Q(is_primary=True) | Q(pk__lt=OuterRef("pk")))
    return live.filter(Q(is_primary=True) | ~Exists(before))


def live_emails(moment: Moment) -> QuerySet[EmailAddress, EmailAddress]:
    return EmailAddress.objects.filter(deleted_at=None)


def live_phones(moment: Moment) -> QuerySet[PhoneNumber, PhoneNumber]:
    return PhoneNumber.objects.filter(deleted_at=None)


def external_ids(moment: Moment) -> QuerySet[CustomerExternalId, CustomerExternalId]:
    return CustomerExternalId.objects.filter(deleted_at=None)


def orders_by_now(moment: Moment) -> QuerySet[Order, Order]:
    return sales(moment.today)


def tag_rows(moment: Moment) -> QuerySet[Any, Any]:
    return Customer.tags.through.objects.all()


def consents_in_force(moment: Moment) -> QuerySet[Consent, Consent]:
    """The newest decision of each purpose, where it was to agree."""
    same = Consent.objects.filter(customer=OuterRef("customer"), purpose=OuterRef("purpose"))
    newest = same.order_by("-decided_at", "-pk").values("pk")[:1]
    return Consent.objects.filter(is_given=True, pk=Subquery(newest))


@dataclass(frozen=True)
class EmailColumn(Column):
    """Compared without case, through the index by which e-mails are searched."""

    def indexed_text(self, op: str, value: Value) -> Any:
        # What nearly all hold is sooner found in the table, which is in the order of the customers.
        is_telling = op == kinds.CONTAINS and isinstance(value, str) and len(value) > 2
        return Upper(self.expression) if is_telling else None

    def _compare(self, op: str, value: Any) -> Q:
        if op == kinds.IS_NOT:
            return ~self._compare(kinds.IS, value)
        if op == kinds.IN:
            return any_of(self._compare(kinds.IS, each) for each in value)
        lookup = {kinds.IS: "iexact", kinds.STARTS_WITH: "istartswith", kinds.CONTAINS: "icontains"}[op]
        return Q(**{f"{self.name}__{lookup}": value})


@dataclass(frozen=True)
class NumberElsewhere(TextColumn):
    """Of another system, with an index of the folded ones."""

    def indexed_text(self, op: str, value: Value) -> Any:
        return SortKey(self.expression) if op in {kinds.CONTAINS, kinds.IS_NOT} else None


@dataclass(frozen=True)
class PhoneColumn(Column):
    """Compared by its digits, however the number is written."""

    def _compare(self, op: str, value: Any) -> Q:
        digits = "".join(filter(str.isdecimal, value))
        if not digits:
            return NO_ROW
        return Q(**{self.name if op == kinds.IS else f"{self.name}__startswith": digits})


@dataclass(frozen=True)
class EncryptedColumn:
    """Searched by its blind index."""

    name: str
    is_total: bool = False

    def compare(self, op: str, value: Any, moment: Moment) -> Q:
        return holding(Customer, self.name, value)

    def missing(self, moment: Moment) -> Q:
        return Q(**{f"{self.name}__isnull": True})

    def customers_of(self, op: str, value: Any, moment: Moment) -> Member:
        if op == kinds.EMPTY:
            return customers_who(~self.missing(moment), is_negated=True, may_be_dead=True)
        return customers_who(self.compare(op, value, moment), may_be_dead=True)


@dataclass(frozen=True)
class Flag:
    """True where an instant says since when."""

    name: str
    is_total: bool = True

    def compare(self, op: str, value: Any, moment: Moment) -> Q:
        return Q(**{f"{self.name}__isnull": not value})

    def missing(self, moment: Moment) -> Q:
        return NO_ROW

    def customers_of(self, op: str, value: Any, moment: Moment) -> Member:
        if op == kinds.EMPTY:
            return customers_who(NO_ROW)
        return customers_who(self.compare(kinds.IS, True, moment), is_negated=not value, may_be_dead=True)


@dataclass(frozen=True)
class Age:
    """Full years today, by the birth date."""

    is_total: bool = False

    def compare(self, op: str, value: Any, moment: Moment) -> Q:
        least, most = value if op == kinds.BETWEEN else (value, value)
        # Not `Q(birth_date__lte=…)`: under ~ that would be true of those without a birth date.
        begins = Q(LessThanOrEqual(F("birth_date"), Constant(years_before(moment.today, least))))
        ends = Q(GreaterThan(F("birth_date"), Constant(years_before(moment.today, most + 1))))
        return begins & ends if op == kinds.BETWEEN else ordered(op, begins, ends)

    def missing(self, moment: Moment) -> Q:
        return Q(birth_date__isnull=True)

    def customers_of(self, op: str, value: Any, moment: Moment) -> Member | Members:
        if op == kinds.EMPTY:
            return customers_who(self.missing(moment))
        if op == kinds.IS_NOT:
            return none_of(customers_who(self.missing(moment)), customers_who(self.compare(kinds.IS, value, moment)))
        return customers_who(self.compare(op, value, moment))


def years_before(day: dt.date, years: int) -> dt.date:
    """The last birthday of those who are that many years old; of the 29 February the day before 1 March."""
    year = day.year - years
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        return dt.date.min if year < dt.MINYEAR else dt.date.max
    try:
        return day.replace(year=year)
    except ValueError:
        return dt.date(year, 2, 28)


def countries() -> Sequence[tuple[str, str | Promise]]:
    return country_choices(locale_of(translation.get_language() or "en"))


def _choice(key: str, label: Promise, choices: Any) -> Field:
    return Field(key, label, CHOICE, Column(key, blank=True), choices=lambda: choices.choices)


def _sensitive(key: str, label: Promise) -> Field:
    return Field(
        key,
        label,
        kinds.EXACT,
        EncryptedColumn(key),
        confidential=Confidential.SENSITIVE,
        exact_when_masked=True,
    )


def _of_main_address(column: Column) -> Rows:
    return Rows(main_addresses, column, is_single=True, others=live_addresses)


FIELDS = (
    Field("name", _("Name"), TEXT, TextColumn("sort_name", blank=False, folded=True)),
    _choice("kind", _("Kind"), Customer.Kind),
    _choice("lifecycle", _("Stage"), Customer.Lifecycle),
    Field("customer_since", _("Customer since"), DATE, Column("customer_since")),
    Field("created", _("Created"), DATE, InstantColumn("created_at")),
    Field("changed", _("Changed"), DATE, InstantColumn("updated_at")),
    Field("owner", _("Owner"), REFERENCE, Column("owner_id", index_has_dead=True), things=PEOPLE),
    Field("team", _("Team"), REFERENCE, Column("team_id", index_has_dead=True), things=TEAMS),
    Field("source", _("Source"), TEXT, SharedText("source")),
    Field("website", _("Website"), TEXT, TextColumn("website", is_seldom=True)),
    Field("tags", _("Tags"), REFERENCES, Rows(tag_rows, SetColumn("tag_id")), things=TAGS),
    Field("external_id", _("Number in another system"), TEXT, Rows(external_ids, NumberElsewhere("value"))),
    _choice("sex", _("Sex"), Customer.Sex),
    Field("birth_date", _("Birth date"), DATE, Column("birth_date"), confidential=Confidential.BIRTH_DATE),
    Field("age", _("Age"), INTEGER, Age(), confidential=Confidential.BIRTH_DATE),
    _choice("education", _("Education"), Customer.Education),
    Field("annual_income", _("Annual income"), MONEY, Column("annual_income"), confidential=Confidential.INCOME),
    Field("profile_text", _("Profile"), TEXT, ProfileText("profile_text"), ops=(kinds.CONTAINS, kinds.EMPTY)),
    Field(
        "email",
        _("E-mail"),
        TEXT,
        Rows(live_emails, EmailColumn("email")),
        confidential=Confidential.EMAIL,
        exact_when_masked=True,
    ),
    Field(
        "phone",
        _("Phone"),
        TEXT,
        Rows(live_phones, PhoneColumn("digits")),
        confidential=Confidential.PHONE,
        exact_when_masked=True,
        ops=(kinds.IS, kinds.STARTS_WITH, kinds.EMPTY),
    ),
    Field("country", _("Country"), CHOICE, _of_main_address(Column("country", blank=True)), choices=countries),
    Field("region", _("Region"), TEXT, _of_main_address(RepeatedText("region"))),
    Field("city", _("City"), TEXT, _of_main_address(RepeatedText("city"))),
    Field(
        "postal_code",
        _("Postal code"),
        TEXT,
        _of_main_address(RepeatedText("postal_code")),
        confidential=Confidential.ADDRESS,
    ),
    _sensitive("identity_number", _("Identity number")),
    _sensitive("tax_number", _("Tax number")),
    _sensitive("bank_account", _("Bank account")),
    Field(
        "organisation",
        _("Organisation"),
        REFERENCE,
        Column("organisation_id", index_has_dead=True, is_seldom=True),
        things=CUSTOMERS,
    ),
    Field(
        "referred_by",
        _("Referred by"),
        REFERENCE,
        Column("referred_by_id", index_has_dead=True, is_seldom=True),
        things=CUSTOMERS,
    ),
    Field(
        "consents",
        _("Agreed to"),
        CHOICES,
        Rows(consents_in_force, SetColumn("purpose")),
        choices=lambda: Consent.Purpose.choices,
    ),
    Field("objected_to_profiling", _("Objected to profiling"), BOOLEAN, Flag("profiling_objected_at")),
    Field("first_order", _("First order"), DATE, DayOfPurchase(is_last=False)),
    Field("last_order", _("Last order"), DATE, DayOfPurchase(is_last=True)),
    Field("orders", _("Number of orders"), INTEGER, PurchaseCount()),
    # As it is written: to fold the channels of ten million orders takes ten times as long as to compare them.
    Field(
        "channel",
        _("Channel of an order"),
        TEXT,
        Rows(orders_by_now, Column("channel", blank=True)),
        ops=(kinds.IS, kinds.IS_NOT, kinds.IN, kinds.EMPTY),
    ),
)


def register(registry: Registry) -> None:
    """Called once, by `CustomersConfig.ready`."""
    registry.add(*FIELDS, Bought, Did, NoContactFor)
    registry.add_provider(custom_fields)
