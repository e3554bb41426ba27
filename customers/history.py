"""What became of one customer, change by change; of one of their fields, with the way back to an older value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.visibility import Sight
from core.numbers import whole_number
from core.paging import Order, Page, keyset_page
from customers import field_rows
from customers.access import sight_of, visible_customer
from customers.custom_forms import PREFIX
from customers.field_forms import field_form, is_row, opened_on
from customers.forms import PARTS
from customers.merging.following import absorbed_by, following_merges
from customers.models import Customer
from protection.audit.models import Change
from protection.audit.reading import Deed, deeds, who
from protection.fields import MASK, EncryptedTextField

CHANGES_A_PAGE = 50
NEWEST_FIRST = Order("pk", descending=True)


@dataclass(frozen=True)
class History:
    page: Page[Change]
    deeds: list[Deed]


def history_of(customer: Customer, *, sight: Sight, cursor: str = "", field: str = "") -> History:
    """All changes of a customer, or those of one field or row (named as in `customers.field_forms`); among all also
    those of records that were merged into theirs."""
    whose = [customer.pk] if field else [customer.pk, *absorbed_by(customer.pk)]
    changes = Change.objects.filter(customer_id__in=whose).select_related("actor")
    if field:
        changes = _of_field(changes, field)
    page = keyset_page(changes, order=NEWEST_FIRST, cursor=cursor, size=CHANGES_A_PAGE)
    shown = [change for change in page.rows if not field or _only(change, field)]
    return History(page, deeds(shown, sight=sight))


@dataclass(frozen=True)
class LastChange:
    by: str
    at: dt.datetime
    is_own: bool


def last_change(customer: Customer, *, reader: User, field: str = "") -> LastChange | None:
    """Who changed the customer last, or one field of theirs: for the reader, who finds it changed."""
    changes = Change.objects.filter(customer_id=customer.pk).select_related("actor").order_by("-pk")
    if field:
        changes = _of_field(changes, field)
    change = next((change for change in changes[:CHANGES_A_PAGE] if not field or _only(change, field)), None)
    return LastChange(who(change), change.at, change.actor_id == reader.pk) if change else None


def value_before(customer: Customer, name: str, change_pk: str) -> str | Sequence[str]:
    """What the field held before that change, as its form sends it. Raises Http404 where the trail does not know it."""
    known = _of_field(Change.objects.filter(customer_id=customer.pk), name)
    change = known.filter(pk=whole_number(change_pk)).first()
    if change is None or not _only(change, name) or not is_restorable(name):
        raise Http404
    [[before, _after]] = change.changes.values()
    if name.startswith(PREFIX):
        before = (before or {}).get(name.removeprefix(PREFIX))
    if before == MASK:
        raise Http404(_("This value has been erased, or was never kept in the trail."))
    return _as_sent(name, before)


def is_restorable(name: str) -> bool:
    """A row comes back by being written anew; of what is encrypted the trail keeps no value."""
    if is_row(name) or name == "tags":
        return False
    return name.startswith(PREFIX) or not isinstance(Customer._meta.get_field(name), EncryptedTextField)


def _as_sent(name: str, value: Any) -> str | Sequence[str]:
    if isinstance(value, list):
        return [str(each) for each in value]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return ""
    return f"#{value}" if name in {"organisation", "referred_by"} else str(value)


def _of_field(changes: QuerySet[Change], name: str) -> QuerySet[Change]:
    table = Customer._meta.db_table
    if is_row(name):
        part, _dot, number = name.partition(".")
        if part not in PARTS or not (row_id := whole_number(number)):
            raise Http404
        return changes.filter(table_name=PARTS[part][0]._meta.db_table, row_id=row_id)
    if name == "tags":
        return changes.filter(table_name=Customer.tags.through._meta.db_table)
    return changes.filter(table_name=table, action=Change.Action.UPDATE, changes__has_key=_column(name))


def _column(name: str) -> str:
    if name.startswith(PREFIX):
        return "custom"
    if name not in field_rows.ABOUT:
        raise Http404
    return str(Customer._meta.get_field(name).attname)  # type: ignore[union-attr]


def _only(change: Change, name: str) -> bool:
    """Leaves of a change what it did to this field; whether that is anything."""
    if is_row(name) or name == "tags":
        return True
    before, after = change.changes[_column(name)]
    if name.startswith(PREFIX) and MASK not in (before, after):
        key = name.removeprefix(PREFIX)
        before, after = ({key: (values or {})[key]} if key in (values or {}) else {} for values in (before, after))
    change.changes = {_column(name): [before, after]}
    return bool(before != after) or MASK in (before, after)


@require_GET
@following_merges
def customer_history(request: HttpRequest, pk: int) -> HttpResponse:
    sight, field = sight_of(request), request.GET.get("field", "")
    customer = visible_customer(sight, pk)
    history = history_of(customer, sight=sight, cursor=request.GET.get("cursor", ""), field=field)
    context = {"customer": customer, "history": history, "field": field}
    if field:
        context |= {"label": field_rows.label_of(field), "opened": _opened(customer, field, sight)}
    else:
        context["restorable"] = {name for name in field_rows.ABOUT if _may_restore(customer, name, sight)}
    template = "customers/history.html#deeds" if request.htmx else "customers/history.html"  # type: ignore[attr-defined]
    return render(request, template, context)


def _opened(customer: Customer, field: str, sight: Sight) -> str:
    """For the buttons that put a value back; "" for somebody who may not."""
    if not _may_restore(customer, field, sight):
        return ""
    return str(opened_on(customer, field_form(customer, field, sight=sight), field))


def _may_restore(customer: Customer, field: str, sight: Sight) -> bool:
    return is_restorable(field) and sight.may_edit(customer) and field_rows.is_open(field, sight)
