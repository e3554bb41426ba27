"""Orders and products of their lists as files, with all of the organisation's own fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.visibility import Sight
from core.models import OrganisationSettings
from core.money import from_minor
from core.paging import keyset_page
from customers.custom_fields import definitions, typed_values
from customers.shop.lists import OrderListing, ProductListing
from imports.exporting import actions
from imports.exporting.actions import Table, ordered, write_file
from imports.models import Export
from jobs import kinds
from jobs.context import JobContext
from jobs.errors import JobError

JOB_KIND = "export_goods"
ROWS_AT_ONCE = 1000

Listing = OrderListing | ProductListing
Cell = Callable[[Any, str], Any]  # of a row, and the organisation's currency


@dataclass(frozen=True)
class Goods:
    """`columns` are those that each row has beside own fields."""

    listing: type[OrderListing] | type[ProductListing]
    list_name: str
    columns: Sequence[tuple[str | Promise, Cell]]


def register() -> None:
    """Called once, by `ImportsConfig.ready`."""
    kinds.register(
        kinds.JobKind(
            name=JOB_KIND,
            label=gettext_lazy("Export of orders or products"),
            queue=kinds.INTERACTIVE,
            run=run,
            describe=describe,
            describe_result=actions.result_in_words,
            page=actions.page,
        )
    )


def request_export(*, subject: str, address: str, file_format: str, by: User) -> Export:
    selection = {"address": address, "ids": []}
    return actions.place_order(JOB_KIND, Export(by=by, subject=subject, file_format=file_format, selection=selection))


def listing_of(subject: str, address: str, sight: Sight) -> Listing:
    return SUBJECTS[subject].listing(QueryDict(address), sight=sight)


def run(context: JobContext) -> Mapping[str, Any]:
    export = ordered(context)
    if "address" not in export.selection:
        raise JobError(_("What was searched for was about somebody who was erased meanwhile. Order it again."))
    listing = listing_of(export.subject, export.selection["address"], export.by.sight)
    rows: Any = listing.matching.order_by()
    buyers: set[int] = set()
    if export.subject == Export.Subject.ORDERS:
        buyers = set(rows.exclude(customer=None).values_list("customer_id", flat=True).distinct())
    expected = rows.count()
    made = _rows(listing, export.subject, buyers, lambda done: context.progress(done, expected))
    return write_file(context, export, Table(headings(export.subject), made, sorted(buyers), expected))


def headings(subject: str) -> list[str]:
    own = [field.label for field in definitions(SUBJECTS[subject].listing.applies_to)]
    return [*(str(label) for label, _cell in SUBJECTS[subject].columns), *own]


def _rows(listing: Listing, subject: str, buyers: set[int], report: Callable[[int], None]) -> Iterator[list[Any]]:
    """In the order of the list. An order that has come to another customer meanwhile is left out: an erasure of theirs
    would not know of the file."""
    columns, fields = SUBJECTS[subject].columns, definitions(listing.applies_to)
    known, own_currency = {None, *buyers}, OrganisationSettings.current().currency
    matching: Any = listing.matching
    cursor, done = "", 0
    while cursor or not done:
        page = keyset_page(matching, order=listing.order, cursor=cursor, size=ROWS_AT_ONCE)
        for row in page.rows:
            if getattr(row, "customer_id", None) in known:
                own = typed_values(row.custom, sight=listing.sight, fields=fields)
                yield [*(cell(row, own_currency) for _label, cell in columns), *own]
        done += len(page.rows) or 1
        report(done)
        cursor = page.next_cursor


SUBJECTS: dict[str, Goods] = {
    Export.Subject.ORDERS: Goods(
        OrderListing,
        "orders:list",
        [
            (gettext_lazy("Order"), lambda order, own: order.external_id),
            (gettext_lazy("System"), lambda order, own: order.source),
            (gettext_lazy("Kind"), lambda order, own: order.get_kind_display()),
            (gettext_lazy("Customer number"), lambda order, own: order.customer_id),
            (gettext_lazy("Customer"), lambda order, own: order.customer and order.customer.name),
            (gettext_lazy("Day"), lambda order, own: order.ordered_date),
            (gettext_lazy("Channel"), lambda order, own: order.channel),
            (gettext_lazy("Total"), lambda order, own: from_minor(order.total_minor, order.currency)),
            (gettext_lazy("Currency"), lambda order, own: order.currency),
            (gettext_lazy("Total in your currency"), lambda order, own: from_minor(order.total_base_minor, own)),
        ],
    ),
    Export.Subject.PRODUCTS: Goods(
        ProductListing,
        "products:list",
        [
            (gettext_lazy("Article number"), lambda product, own: product.sku),
            (gettext_lazy("System"), lambda product, own: product.source),
            (gettext_lazy("Product"), lambda product, own: product.name),
            (gettext_lazy("Category"), lambda product, own: product.category and product.category.name),
            (gettext_lazy("Price"), lambda product, own: product.unit_price),
            (gettext_lazy("Cost"), lambda product, own: product.unit_cost),
            (gettext_lazy("Currency"), lambda product, own: product.currency),
            (gettext_lazy("On sale"), lambda product, own: _("yes") if product.is_active else _("no")),
            (gettext_lazy("In stock"), lambda product, own: _("yes") if product.is_in_stock else _("no")),
        ],
    ),
}


def describe(params: Mapping[str, Any]) -> str:
    export = Export.objects.filter(pk=params["export"]).first()
    return f"{export.get_subject_display()}, {export.get_file_format_display()}" if export else ""


def list_url(subject: str, address: str) -> str:
    """The list that a file is of."""
    name = SUBJECTS[subject].list_name if subject in SUBJECTS else "customers:list"
    return f"{reverse(name)}{'?' if address else ''}{address}"
