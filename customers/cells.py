"""How the cells of the customer list are written.

Functions, not templates: a page has some four hundred cells, and that many small templates take longer than all the
rest of the answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.visibility import Sight
from core import formatting
from core.countries import country_name
from core.money import minor_digits
from core.templatetags.ui import active_locale
from protection.masking import shown

if TYPE_CHECKING:
    from customers.extensions import ListColumn
    from customers.models import Customer

NOTHING = "–"
EMPTY = SafeString("")
NUMERIC = SafeString(' class="num"')


@dataclass(frozen=True)
class Reader:
    """Who reads the page: how they write numbers and days, and what is hidden from them. `list_query` is the list that
    they read, which a customer's page is told, so that it leads to the next of them."""

    locale: str
    zone: dt.tzinfo
    currency: str
    sight: Sight
    # What stands before and behind its id in the address of a customer: asking for each takes longer than its row.
    before: str
    behind: str
    list_query: str = ""

    @classmethod
    def now(cls, *, currency: str, sight: Sight, list_query: str = "") -> Reader:
        before, behind = reverse("customers:detail", args=[0]).split("0")
        told = f"?{urlencode({'list': list_query})}" if list_query else ""
        return cls(active_locale(), timezone.get_current_timezone(), currency, sight, before, behind, told)

    def page_of(self, customer: Customer) -> str:
        return f"{self.before}{customer.pk}{self.behind}"

    def address_of(self, customer: Customer) -> str:
        """Of their page, told which list it is opened from."""
        return self.page_of(customer) + self.list_query


def rows(
    columns: Sequence[ListColumn], customers: Iterable[Customer], reader: Reader, *, may_pick: bool = False
) -> SafeString:
    """The rows of the list's table. A cell carries its column's name, for screens too narrow for a table."""
    opened = [(_opening(each, is_first=not number), each, _edit_label(each)) for number, each in enumerate(columns)]
    instead = _instead(columns)
    parts: list[str] = []
    for customer in customers:
        may_edit = reader.sight.may_edit(customer)
        parts += ("<tr>", tick(customer)) if may_pick else ("<tr>",)
        for opening, column, label in opened:
            content = instead.get(column.key) or _cell(column, customer, reader, label if may_edit else "")
            parts += (opening, conditional_escape(content), "</td>")
        parts.append("</tr>")
    return markup("".join(parts))


def _instead(columns: Sequence[ListColumn]) -> dict[str, SafeString]:
    """By column what stands in each of its cells, where nothing can be known."""
    origins = {column.as_of: column.as_of() for column in columns if column.as_of}
    said = {column.key: origins[column.as_of].instead for column in columns if column.as_of}
    return {key: format_html('<span class="dim">{}</span>', words) for key, words in said.items() if words}


def markup(text: str) -> SafeString:
    """Text of constants of ours and of what is escaped. `format_html` takes as long for each cell as the rest of it,
    and so does Django's `escape`, which is made for lazy texts too."""
    return SafeString(text)  # nosec B703  # see above


def tick(customer: Customer) -> SafeString:
    """Of the form that acts on many (`customers.bulk`)."""
    return markup(
        f'<td><input type="checkbox" form="bulk" name="customer" value="{customer.pk}"'
        f' aria-label="{escape(customer.name)}"></td>'
    )


def cell_id(column: ListColumn, customer: Customer) -> str:
    return f"cell-{customer.pk}-{column.key.replace('.', '-')}"


def one(column: ListColumn, customer: Customer, reader: Reader) -> SafeString:
    """One cell by itself, by which a page replaces that which stands there."""
    opening = _opening(column, is_first=column.key == "name", pk=cell_id(column, customer))
    content = _cell(column, customer, reader, _edit_label(column) if reader.sight.may_edit(customer) else "")
    return format_html("{}{}</td>", opening, content)


def _opening(column: ListColumn, *, is_first: bool, pk: str = "") -> SafeString:
    label = EMPTY if is_first else format_html(' data-label="{}"', column.label)
    identity = format_html(' id="{}"', pk) if pk else EMPTY
    return format_html("<td{}{}{}>", identity, label, NUMERIC if column.numeric else EMPTY)


def _cell(column: ListColumn, customer: Customer, reader: Reader, edit_label: str) -> str:
    value = getattr(customer, column.value, None)
    if callable(value):
        value = value()
    if column.masked_as and reader.sight.masks(column.masked_as):
        return text(shown(reader.sight, column.masked_as, value), customer, reader)
    content = column.cell(value, customer, reader)
    return _editable(content, column, reader.page_of(customer), edit_label) if edit_label else content


def _edit_label(column: ListColumn) -> str:
    """Of a column that is edited in its cells; of another "". Asked for once a page."""
    return escape(_("Edit: %(field)s") % {"field": column.label}) if column.field else ""


def _editable(content: str, column: ListColumn, page: str, label: str) -> SafeString:
    """With the way to the form of the field, which `cells.js` opens in the cell. Beside what is a link itself stands a
    pencil."""
    target = f'href="{page}fields/{escape(column.field)}/" data-cell="{escape(column.key)}"'
    content = conditional_escape(content)
    if "<a " not in content:
        return markup(f'<a class="cell" {target}>{content}</a>')
    return markup(f'{content}<a class="cell pencil" {target} aria-label="{label}"></a>')


def text(value: Any, customer: Customer, reader: Reader) -> str:
    return NOTHING if value in (None, "") else markup(f"<bdi>{conditional_escape(value)}</bdi>")


def phone(value: Any, customer: Customer, reader: Reader) -> str:
    return NOTHING if value in (None, "") else markup(f'<bdi class="nowrap">{conditional_escape(value)}</bdi>')


def word_of(choices: Iterable[tuple[Any, Any]]) -> Callable[[Any, Customer, Reader], str]:
    """Writes a value out of a list of choices. Django's `get_…_display` translates all of them for each cell."""
    words = dict(choices)

    @lru_cache(maxsize=formatting.KEPT_TEXTS)
    def written(value: Any, locale: str) -> str:
        """In the language of that locale, which is the active one."""
        return NOTHING if value in (None, "") else markup(f"<bdi>{escape(str(words.get(value, value)))}</bdi>")

    return lambda value, customer, reader: written(value, reader.locale)


def day(value: dt.date | None, customer: Customer, reader: Reader) -> str:
    if not value:
        return NOTHING
    return markup(
        f'<span class="nowrap">{escape(formatting.day(value, locale=reader.locale, zone=reader.zone))}</span>'
    )


def names(value: Iterable[Any] | None, customer: Customer, reader: Reader) -> str:
    """Several things by name, as badges."""
    return format_html_join(
        " ", '<span class="badge neutral"><bdi>{}</bdi></span>', ((each,) for each in value or [])
    ) or (NOTHING)


def country(value: str | None, customer: Customer, reader: Reader) -> str:
    return country_name(value, locale=reader.locale) if value else NOTHING


def money(minor: int | None, customer: Customer, reader: Reader) -> str:
    return NOTHING if minor is None else formatting.money(minor, reader.currency, locale=reader.locale)


def amount(value: Decimal | None, customer: Customer, reader: Reader) -> str:
    """In whole units of the organisation's currency."""
    return NOTHING if value is None else money(round(value.scaleb(minor_digits(reader.currency))), customer, reader)


def customer(value: Customer | None, customer: Customer, reader: Reader) -> str:
    """Another customer, by name to those who see them."""
    if value is None or value.deleted_at or not reader.sight.may_see(value):
        return NOTHING
    return format_html('<a href="{}"><bdi>{}</bdi></a>', reader.page_of(value), value.name)


def name(value: str, customer: Customer, reader: Reader) -> str:
    """The name with initials before it and the first e-mail address below."""
    first = getattr(customer, "list_email", None)
    email = f"<small>{escape(shown(reader.sight, 'email', first))}</small>" if first else ""
    kind = " organisation" if customer.kind == customer.Kind.ORGANISATION else ""
    return markup(
        f'<a class="who" href="{escape(reader.address_of(customer))}">'
        f'<span class="avatar{kind}" aria-hidden="true">{escape(formatting.initials(value))}</span>'
        f'<span class="who-text"><bdi>{escape(value)}</bdi>{email}</span></a>'
    )
