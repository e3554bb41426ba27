"""By what a measure can be divided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Confidential, Team, User
from accounts.visibility import Sight
from analytics import segments
from core.countries import country_name
from core.formatting import locale_of
from customers.models import Category, Customer, Event, Product
from reports.semantics.periods import start_sql
from reports.semantics.subjects import Subject

Label = str | Promise
Names = Callable[[Iterable[Any]], Mapping[Any, str]]

SALES_ONLY = frozenset({Subject.SALES})
OF_DAYS = frozenset({Subject.SALES, Subject.LINES, Subject.EVENTS})
OF_PRODUCTS = frozenset({Subject.LINES, Subject.EVENTS})
EVERYTHING = frozenset(Subject)


class Of(StrEnum):
    """Whose property it is, which says what else a statement has to join."""

    DAY = "day"
    CUSTOMER = "customer"
    FACT = "fact"
    SCORES = "scores"


@dataclass(frozen=True)
class Dimension:
    """`sql` is the value of a fact `f`, of its customer `c` or of their scores `s`; NULL and '' are the same: unknown.

    names: what values are called by their readers. confidential: what it is made of; people for whom that is masked
    cannot ask for it.
    """

    key: str
    label: Label
    sql: str
    of: Of
    subjects: frozenset[Subject]
    names: Names = lambda values: {value: str(value) for value in values}
    confidential: str = ""

    @property
    def is_time(self) -> bool:
        return self.of is Of.DAY

    def sql_for(self, *, sunday_weeks: bool) -> str:
        return start_sql(self.key, "f.day", sunday_weeks=sunday_weeks) if self.is_time else self.sql

    def may_be_asked_by(self, sight: Sight) -> bool:
        return not (self.confidential and sight.masks(self.confidential))


def _choices(choices: Iterable[tuple[Any, Label]]) -> Names:
    named = dict(choices)
    return lambda values: {value: str(named.get(value, value)) for value in values}


def _people(values: Iterable[Any]) -> Mapping[Any, str]:
    return {user.pk: str(user) for user in User.objects.filter(pk__in=list(values))}


def _teams(values: Iterable[Any]) -> Mapping[Any, str]:
    return dict(Team.objects.filter(pk__in=list(values)).values_list("pk", "name"))


def _products(values: Iterable[Any]) -> Mapping[Any, str]:
    return dict(Product.objects.filter(pk__in=list(values)).values_list("pk", "name"))


def _categories(values: Iterable[Any]) -> Mapping[Any, str]:
    return dict(Category.objects.filter(pk__in=list(values)).values_list("pk", "name"))


def _segments(values: Iterable[Any]) -> Mapping[Any, str]:
    return {value: str(segments.words(value).label) for value in values}


def _countries(values: Iterable[Any]) -> Mapping[Any, str]:
    locale = locale_of(get_language() or "en")
    return {value: country_name(value, locale=locale) for value in values}


def _decades(values: Iterable[Any]) -> Mapping[Any, str]:
    return {value: gettext("born %(first)s–%(last)s") % {"first": value, "last": value + 9} for value in values}


def _of_customer(key: str, label: Label, sql: str, **more: Any) -> Dimension:
    return Dimension(key, label, sql, Of.CUSTOMER, EVERYTHING, **more)


TIMES: tuple[Dimension, ...] = tuple(
    Dimension(key, label, start_sql(key, "f.day", sunday_weeks=False), Of.DAY, OF_DAYS)
    for key, label in (
        ("day", _("Day")),
        ("week", _("Week")),
        ("month", _("Month")),
        ("quarter", _("Quarter")),
        ("year", _("Year")),
    )
)

DIMENSIONS: tuple[Dimension, ...] = (
    *TIMES,
    Dimension(
        "segment",
        _("Segment"),
        "s.segment",
        Of.SCORES,
        EVERYTHING,
        names=_segments,
    ),
    _of_customer("lifecycle", _("Stage"), "c.lifecycle", names=_choices(Customer.Lifecycle.choices)),
    _of_customer("kind", _("Kind of customer"), "c.kind", names=_choices(Customer.Kind.choices)),
    _of_customer("sex", _("Sex"), "c.sex", names=_choices(Customer.Sex.choices)),
    Dimension(
        "born",
        _("Decade of birth"),
        "c.birth_year // 10 * 10",
        Of.CUSTOMER,
        EVERYTHING,
        names=_decades,
        confidential=Confidential.BIRTH_DATE,
    ),
    _of_customer("country", _("Country"), "c.country", names=_countries),
    _of_customer("region", _("Region"), "c.region"),
    _of_customer("source", _("Source"), "c.source"),
    _of_customer("owner", _("Owner"), "c.owner_id", names=_people),
    _of_customer("team", _("Team"), "c.team_id", names=_teams),
    Dimension("channel", _("Channel"), "f.channel", Of.FACT, SALES_ONLY),
    Dimension(
        "category",
        _("Category"),
        "f.category_id",
        Of.FACT,
        OF_PRODUCTS,
        names=_categories,
    ),
    Dimension(
        "product",
        _("Product"),
        "f.product_id",
        Of.FACT,
        OF_PRODUCTS,
        names=_products,
    ),
    Dimension(
        "event",
        _("Kind of event"),
        "f.event",
        Of.FACT,
        frozenset({Subject.EVENTS}),
        names=_choices(Event.Kind.choices),
    ),
)
DIMENSION = {dimension.key: dimension for dimension in DIMENSIONS}
