"""What became of one customer, change by change; of one of their fields, with the way back to an older value."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.visibility import Sight
from core.paging import Order, Page, keyset_page
from customers import field_rows
from customers.access import sight_of, visible_customer
from customers.custom_fields import definitions
from customers.custom_forms import PREFIX
from customers.earlier_values import changes_of, is_restorable, keep_only, row_of
from customers.field_forms import NEW, field_form, is_row, opened_on
from customers.merging.following import absorbed_by, following_merges
from customers.models import Customer, CustomField
from protection.audit.models import Change
from protection.audit.reading import Deed, deeds, who

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
        changes = changes_of(changes, field)
    page = keyset_page(changes, order=NEWEST_FIRST, cursor=cursor, size=CHANGES_A_PAGE)
    shown = [change for change in page.rows if not field or keep_only(change, field)]
    for change in shown if not field else ():
        change.row_name = row_of(change) if change.customer_id == customer.pk else ""  # type: ignore[attr-defined]
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
        changes = changes_of(changes, field)
    change = next((change for change in changes[:CHANGES_A_PAGE] if not field or keep_only(change, field)), None)
    return LastChange(who(change), change.at, change.actor_id == reader.pk) if change else None


@require_GET
@following_merges
def customer_history(request: HttpRequest, pk: int) -> HttpResponse:
    sight, field = sight_of(request), request.GET.get("field", "")
    customer = visible_customer(sight, pk)
    history = history_of(customer, sight=sight, cursor=request.GET.get("cursor", ""), field=field)
    context = {"customer": customer, "history": history, "field": field}
    if field:
        put_back_as, opened = _way_back(customer, field, sight)
        context |= {"label": field_rows.label_of(field), "put_back_as": put_back_as, "opened": opened}
        context["is_row"] = is_row(field) or field == "tags"
    else:
        names = (*field_rows.ABOUT, *(f"{PREFIX}{each.key}" for each in definitions(CustomField.Record.CUSTOMER)))
        context["restorable"] = {name for name in names if _may_restore(customer, name, sight)}
    template = "customers/history.html#deeds" if request.htmx else "customers/history.html"  # type: ignore[attr-defined]
    return render(request, template, context)


def _way_back(customer: Customer, field: str, sight: Sight) -> tuple[str, str]:
    """For the buttons that put a value back: the field whose form does it, a new row in place of one that was removed,
    and what that was opened on. Both "" for somebody who may not."""
    if not _may_restore(customer, field, sight):
        return "", ""
    try:
        form = field_form(customer, field, sight=sight)
    except PermissionDenied:
        return "", ""
    except Http404:
        if not is_row(field):
            raise
        field = f"{field_rows.shown_as(field)}.{NEW}"
        form = field_form(customer, field, sight=sight)
    return field, str(opened_on(customer, form, field))


def _may_restore(customer: Customer, field: str, sight: Sight) -> bool:
    return is_restorable(field) and sight.may_edit(customer) and (is_row(field) or field_rows.is_open(field, sight))
