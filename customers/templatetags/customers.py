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

from accounts.visibility import Sight
from core.countries import country_name
from core.icons import icon_svg
from core.money import minor_digits
from core.templatetags.ui import active_locale, day
from customers import cells
from customers.access import sight_of, user_of
from customers.bulk import bar
from customers.cells import Reader
from customers.custom_fields import CustomValue
from customers.field_rows import FieldRow
from customers.listing import CustomerListing
from customers.models import Customer, Order
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


@register.inclusion_tag("customers/_secret.html", takes_context=True)
def secret(context: Context, row: Model, field: str, customer: Customer) -> dict[str, Any]:
    """A field of a row about that customer: as it is, or as dots with a button for those who may ask for it."""
    found, sight = Secret(row, field), sight_of(context["request"])
    return {
        "secret": found,
        "dots": shown(sight, found.kind, found.stored),
        "is_open": found.is_open_to(sight),
        "may_ask": found.may_be_asked_for_by(sight),
        "label": row._meta.get_field(field).verbose_name,  # type: ignore[union-attr]
        "customer": customer,
        "organisation": context.get("organisation"),
    }


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
        "is_open": False,
        "may_ask": found.may_be_asked_for_by(sight),
        "label": value.field.label,
        "customer": customer,
    }


@register.simple_tag(takes_context=True)
def field_edit(context: Context, row: FieldRow, name: str, label: str = "", icon: str = "pencil") -> str:
    """The way to the form of a field, or of one of its parts. No template: a customer's page has some thirty."""
    if not row.may_edit:
        return ""
    label = label or (gettext("Add: %(field)s") if row.is_list else gettext("Edit: %(field)s")) % {"field": row.label}
    return format_html(
        '<a class="edit" href="{url}" hx-get="{url}" hx-target="#{slot}" hx-swap="outerHTML" aria-label="{label}"'
        ' title="{label}"{focus}>{icon}</a>',
        url=f"{context['customer'].get_absolute_url()}fields/{quote(name)}/",
        slot=row.slot,
        label=label,
        focus=" autofocus" if context.get("is_focused") else "",
        icon=icon_svg(icon, size=14),
    )


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
