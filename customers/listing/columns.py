"""The columns that the list can show, and the choice of some of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import Confidential, User
from accounts.visibility import Sight
from core.numbers import whole_number
from customers import cells, plain_cells
from customers.extensions import Annotate, Cell, Label, ListColumn, registry
from customers.models import Address, Customer, CustomerExternalId, EmailAddress, Order, PhoneNumber, Tag
from customers.querysets import CustomerQuerySet

NARROWEST, WIDEST = 60, 800
NAME_WIDTH, OTHER_WIDTH = 260, 140


def with_owner(customers: CustomerQuerySet) -> CustomerQuerySet:
    return customers.select_related("owner")


def by_owner(customers: CustomerQuerySet) -> list[tuple[str, Q]]:
    """Those of each owner, in the order of the owners' names; in the end those of nobody."""
    has_some = Exists(customers.filter(owner=OuterRef("pk")))
    owners = User.objects.filter(has_some).order_by(Lower("name"), "pk").values_list("pk", flat=True)
    return [*((str(pk), Q(owner=pk)) for pk in owners), ("", Q(owner=None))]


def by_stage(customers: CustomerQuerySet) -> list[tuple[str, Q]]:
    return [(stage, Q(lifecycle=stage)) for stage in Customer.Lifecycle.values]


def chosen(key: str, label: Label, choices: Iterable[tuple[Any, Any]], **more: Any) -> ListColumn:
    """A field of few values, by their words."""
    return ListColumn(key, label, key, cells.word_of(choices), plain=plain_cells.word_of(choices), field=key, **more)


def related(*names: str) -> Annotate:
    return lambda customers: customers.select_related(*names)


def with_tags(customers: CustomerQuerySet) -> CustomerQuerySet:
    return customers.prefetch_related(Prefetch("tags", Tag.objects.order_by("name"), to_attr="listed_tags"))


def _first_of(details: QuerySet[Any, Any], field: str) -> Subquery:
    """Of the living details of a customer the primary one, else the oldest."""
    own = details.filter(customer=OuterRef("pk"), deleted_at=None)
    return Subquery(own.order_by("-is_primary", "pk").values(field)[:1])


def with_email(customers: CustomerQuerySet) -> CustomerQuerySet:
    return customers.annotate(list_email=_first_of(EmailAddress.objects.all(), "email"))


def with_phone(customers: CustomerQuerySet) -> CustomerQuerySet:
    return customers.annotate(list_phone=_first_of(PhoneNumber.objects.all(), "number"))


def in_address(field: str) -> Annotate:
    return lambda customers: customers.annotate(**{f"list_{field}": _first_of(Address.objects.all(), field)})


def of_address(field: str, label: Label, cell: Cell = cells.text) -> ListColumn:
    """The form of an address shows its street too."""
    return ListColumn(
        field,
        label,
        f"list_{field}",
        cell,
        annotate=in_address(field),
        field="addresses.first",
        row_field=field,
        row_masked_as=Confidential.ADDRESS,
    )


def with_external_id(customers: CustomerQuerySet) -> CustomerQuerySet:
    own = CustomerExternalId.objects.filter(customer=OuterRef("pk"), deleted_at=None)
    return customers.annotate(list_external_id=Subquery(own.order_by("pk").values("value")[:1]))


def with_last_order(customers: CustomerQuerySet) -> CustomerQuerySet:
    latest = Order.objects.sales().filter(customer=OuterRef("pk")).order_by("-ordered_at")
    return customers.annotate(
        list_last_order=Subquery(latest.values("ordered_date")[:1]),
        list_last_total=Subquery(latest.values("total_base_minor")[:1]),
    )


NAME = ListColumn(
    "name", _("Customer"), "name", cells.name, sort="sort_name", annotate=with_email, is_default=True, field="name"
)
PLAIN = (
    ListColumn(
        "owner",
        _("Owner"),
        "owner",
        sort="sort_name",
        sort_parts=by_owner,
        annotate=with_owner,
        is_default=True,
        field="owner",
    ),
    chosen("lifecycle", _("Stage"), Customer.Lifecycle.choices, sort="sort_name", sort_parts=by_stage, is_default=True),
    ListColumn(
        "since",
        _("Customer since"),
        "customer_since",
        cells.day,
        "customer_since",
        descending_first=True,
        is_default=True,
        field="customer_since",
    ),
    ListColumn("tags", _("Tags"), "listed_tags", cells.names, annotate=with_tags, field="tags"),
    ListColumn(
        "email",
        _("E-mail"),
        "list_email",
        annotate=with_email,
        masked_as=Confidential.EMAIL,
        field="emails.first",
        row_field="email",
    ),
    ListColumn(
        "phone",
        _("Phone"),
        "list_phone",
        cells.phone,
        annotate=with_phone,
        masked_as=Confidential.PHONE,
        field="phones.first",
        row_field="number",
    ),
    of_address("country", _("Country"), cells.country),
    of_address("region", _("Region")),
    of_address("city", _("City")),
    ListColumn("last_order", _("Last order"), "list_last_order", cells.day, annotate=with_last_order),
    ListColumn(
        "last_total",
        _("Amount of the last order"),
        "list_last_total",
        cells.money,
        annotate=with_last_order,
        numeric=True,
        plain=plain_cells.money,
    ),
    ListColumn("team", _("Team"), "team", annotate=related("team"), field="team"),
    chosen("kind", _("Kind"), Customer.Kind.choices),
    ListColumn(
        "organisation",
        _("Organisation"),
        "organisation",
        cells.customer,
        annotate=related("organisation"),
        field="organisation",
        plain=plain_cells.linked,
    ),
    ListColumn(
        "referred_by",
        _("Referred by"),
        "referred_by",
        cells.customer,
        annotate=related("referred_by"),
        field="referred_by",
        plain=plain_cells.linked,
    ),
    ListColumn("source", _("Source"), "source", field="source"),
    ListColumn("external_id", _("Number in another system"), "list_external_id", annotate=with_external_id),
    chosen("sex", _("Sex"), Customer.Sex.choices),
    chosen("education", _("Education"), Customer.Education.choices),
    ListColumn(
        "birth_date", _("Birth date"), "birth_date", cells.day, masked_as=Confidential.BIRTH_DATE, field="birth_date"
    ),
    ListColumn(
        "annual_income",
        _("Annual income"),
        "annual_income",
        cells.amount,
        masked_as=Confidential.INCOME,
        numeric=True,
        field="annual_income",
    ),
    ListColumn("created", _("Created"), "created_at", cells.day),
    ListColumn("changed", _("Changed"), "updated_at", cells.day),
)


def columns(sight: Sight) -> list[ListColumn]:
    """The name first, then what other apps bring, then the plain facts. What is hidden is not there to sort by."""
    every = [NAME, *registry.columns, *PLAIN]
    every += [column for provider in registry.column_providers for column in provider()]
    return [_for(sight, column) for column in every]


def _for(sight: Sight, column: ListColumn) -> ListColumn:
    if sight.masks(column.row_masked_as):
        column = replace(column, field="")
    return replace(column, sort="") if sight.masks(column.masked_as) else column


@dataclass(frozen=True)
class Shown:
    """A column as one list shows it; `width` in pixels, 0 where nobody has set one."""

    column: ListColumn
    width: int = 0

    @property
    def said(self) -> str:
        return f"{self.column.key}:{self.width}" if self.width else self.column.key


class Layout:
    """The columns of a list, in order. In an address: `name:240,segment,custom.size`."""

    def __init__(self, text: str, *, sight: Sight, sort: str = "") -> None:
        wanted = _wanted(text)
        self.known = known = self._known([*wanted, *([sort] if sort else [])], sight)
        chosen = [Shown(known[key], width) for key, width in wanted.items() if key in known]
        self.is_default = not chosen
        if not chosen:
            chosen = [Shown(column) for column in known.values() if column.is_default]
        name = next((each for each in chosen if each.column.key == NAME.key), Shown(known[NAME.key]))
        self.shown: list[Shown] = [name, *(each for each in chosen if each is not name)]

    @staticmethod
    def _known(keys: Sequence[str], sight: Sight) -> dict[str, ListColumn]:
        """By key; those that are data are read only where a key may be one of theirs."""
        fixed = {column.key: _for(sight, column) for column in (NAME, *registry.columns, *PLAIN)}
        if all(key in fixed for key in keys):
            return fixed
        return {column.key: column for column in columns(sight)}

    @property
    def columns(self) -> list[ListColumn]:
        return [each.column for each in self.shown]

    @property
    def has_widths(self) -> bool:
        return any(each.width for each in self.shown)

    @property
    def widths(self) -> list[tuple[str, int]]:
        """(key, width) of each column, once somebody has set one of them."""
        return [
            (each.column.key, each.width or (NAME_WIDTH if each.column.key == NAME.key else OTHER_WIDTH))
            for each in self.shown
        ]

    @property
    def said(self) -> str:
        return said(self.shown)


def said(shown: Iterable[Shown]) -> str:
    return ",".join(each.said for each in shown)


def _wanted(text: str) -> dict[str, int]:
    """Width by key, in order; what is written twice counts once."""
    found: dict[str, int] = {}
    for part in text.split(",")[:100]:
        key, _colon, width = part.strip().partition(":")
        if key and key not in found:
            pixels = whole_number(width)
            found[key] = min(max(pixels, NARROWEST), WIDEST) if pixels else 0
    return found
