"""Tags of the customer pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from babel.numbers import format_currency, format_decimal
from django import template
from django.template import Context
from django.template.loader import get_template
from django.utils.html import conditional_escape

from core.countries import country_name
from core.money import minor_digits
from core.templatetags.ui import active_locale
from customers.extensions import ListColumn
from customers.models import Customer

register = template.Library()


@register.simple_tag(takes_context=True)
def list_cell(context: Context, column: ListColumn, customer: Customer) -> str:
    """A cell of the customer list: plain text at once, anything else by the column's own template."""
    value = getattr(customer, column.value, None)
    if callable(value):
        value = value()
    if not column.template:
        return "–" if value in (None, "") else conditional_escape(value)
    shown = {"value": value, "customer": customer, "organisation": context.get("organisation")}
    return get_template(column.template).render(shown)


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
