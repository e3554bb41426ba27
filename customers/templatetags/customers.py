"""Tags of the customer pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from babel.numbers import format_currency, format_decimal
from django import template
from django.db.models import Model
from django.template import Context
from django.utils.html import format_html
from django.utils.translation import gettext

from accounts.models import Confidential, User
from accounts.visibility import Sight
from core.countries import country_name
from core.money import minor_digits
from core.templatetags.ui import active_locale, day
from customers import cells, page_markup
from customers.access import sight_of, user_of
from customers.bulk import bar
from customers.cells import Reader
from customers.custom_fields import CustomValue
from customers.duplicates.looking import Likely
from customers.field_rows import FieldRow
from customers.listing import CustomerListing
from customers.models import Customer, Order, Task
from customers.timeline import Shown
from customers.todo.access import may_change
from customers.unmasking import CustomSecret, Secret
from protection.masking import shown

register = template.Library()


@register.simple_tag(takes_context=True)
def customer_rows(context: Context, listing: CustomerListing) -> str:
    reader = Reader.now(currency=context["organisation"].currency, sight=listing.sight, list_query=listing.query)
    may_pick = bool(bar.buttons(user_of(context["request"])))
    return cells.rows(listing.columns, listing.page.rows, reader, may_pick=may_pick)


@register.simple_tag(takes_context=True)
def group_rows(context: Context, listing: CustomerListing, rows: Sequence[Customer]) -> str:
    """The first rows of a group."""
    reader = Reader.now(currency=context["organisation"].currency, sight=listing.sight)
    may_pick = bool(bar.buttons(user_of(context["request"])))
    return cells.rows(listing.columns, rows, reader, may_pick=may_pick)


@register.inclusion_tag("customers/bulk/_bar.html", takes_context=True)
def bulk_bar(context: Context, listing: CustomerListing) -> dict[str, Any]:
    """The form that the ticks of the list's rows belong to."""
    grouping = listing.grouping
    rows = [row for group in grouping.groups for row in group.rows] if grouping else listing.page.rows
    return {
        "listing": listing,
        # Of a list in groups there is no page to count by.
        "count": None if grouping else listing.count,
        "shown": ".".join(str(pk) for pk in dict.fromkeys(row.pk for row in rows)),
        "buttons": bar.buttons(user_of(context["request"]), is_archived=listing.shows_archived),
    }


@register.simple_tag(takes_context=True)
def may_pick(context: Context) -> bool:
    return bool(bar.buttons(user_of(context["request"])))


@register.simple_tag(takes_context=True)
def customer_link(context: Context, customer: Customer, label: str = "") -> str:
    """A customer whom this page is not about, by name (or by `label`, which the page may show anyway), leading to their
    page. Of one whom the reader may not see, neither: only that there is one."""
    if customer.deleted_at or not sight_of(context["request"]).may_see(customer):
        return format_html("<bdi>{}</bdi>", label or gettext("another customer"))
    return format_html('<a href="{}"><bdi>{}</bdi></a>', customer.get_absolute_url(), label or customer.name)


@register.filter
def may_edit(sight: Sight, customer: Customer) -> bool:
    return sight.may_edit(customer)


@register.filter
def may_merge_any(sight: Sight, likely: Sequence[Likely]) -> bool:
    return any(not each.is_deleted and sight.may_edit(each.customer) for each in likely)


@register.filter
def may_change_task(user: User, task: Task) -> bool:
    return may_change(user, task)


@register.simple_tag(takes_context=True)
def secret(context: Context, row: Model, field: str, customer: Customer) -> str:
    """A field of a row about that customer: as it is, or as dots with a button for those who may ask for it."""
    found, sight = Secret(row, field), sight_of(context["request"])
    if not found.stored and found.stored != 0:
        return cells.NOTHING
    if found.is_open_to(sight):
        value = format_html("<bdi>{}</bdi>", in_words(context, found.stored))
        way = _way_to(found)
        return format_html('<a href="{}">{}</a>', way, value) if way else value
    said = {
        "secret": found,
        "dots": shown(sight, found.kind, found.stored),
        "may_ask": found.may_be_asked_for_by(sight),
        "label": row._meta.get_field(field).verbose_name,  # type: ignore[union-attr]
        "customer": customer,
    }
    return page_markup.part(context, "customers/_secret.html", **said)


def _way_to(found: Secret) -> str:
    """Where a press writes to that address or dials that number; "" for anything else."""
    if found.kind == Confidential.EMAIL:
        return f"mailto:{quote(found.stored, safe='@+')}"
    digits = "".join(each for each in found.stored if each in "+0123456789") if found.kind == Confidential.PHONE else ""
    return digits and f"tel:{digits}"


@register.inclusion_tag("customers/_secret.html", takes_context=True)
def custom_secret(
    context: Context, value: CustomValue, customer: Customer, order: Order | None = None
) -> dict[str, Any]:
    """A hidden custom field of the customer, or of that order of theirs, as dots with a button for those who may ask
    for it."""
    found, sight = CustomSecret(order or customer, value.field.key, value.field), sight_of(context["request"])
    return {
        "secret": found,
        "dots": value.text,
        "may_ask": found.may_be_asked_for_by(sight),
        "label": value.field.label,
        "customer": customer,
    }


@register.simple_tag(takes_context=True)
def field_rows(context: Context, rows: Sequence[FieldRow]) -> str:
    return page_markup.field_rows(context, rows)


@register.simple_tag(takes_context=True)
def field_row(context: Context, row: FieldRow) -> str:
    """One field of the left column, of the page's `customer`; `is_focused` where the focus goes."""
    return page_markup.field_rows(context, [row])


@register.simple_tag(takes_context=True)
def field_edit(context: Context, row: FieldRow, name: str, label: str) -> str:
    """The way to the form of a part of a field."""
    return page_markup.field_edit(context, row, name, context["customer"].get_absolute_url(), label=label)


@register.simple_tag(takes_context=True)
def timeline_lines(context: Context, entries: Sequence[Shown]) -> str:
    return page_markup.timeline_lines(context, entries)


@register.simple_tag(takes_context=True)
def in_words(context: Context, value: Any) -> Any:
    """A day or a sum of money as the reader writes it, anything else as it is."""
    if isinstance(value, dt.date):
        return day(value)
    return amount(value, context["organisation"].currency) if isinstance(value, Decimal) else value


@register.filter
def country(code: str) -> str:
    return country_name(code, locale=active_locale())


@register.filter
def amount(value: Decimal | None, currency: str) -> str:
    """A price or line amount with its decimals as they are, but at least those of the currency: €0.001, €12.00."""
    if value is None:
        return "–"
    digits = max(minor_digits(currency), -int(value.normalize().as_tuple().exponent))
    return format_currency(
        value, currency, f"¤#,##0.{'0' * digits}" if digits else "¤#,##0", locale=active_locale(), currency_digits=False
    )


@register.filter
def quantity(value: Any) -> str:
    return format_decimal(value, format="#,##0.######", locale=active_locale())
