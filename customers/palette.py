"""What the palette finds among customers, orders and products: a handful, each by an index, within a person's sight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db.models import Case, QuerySet, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import formatting
from core.paging import page_of_parts
from core.palette import MOST_HITS, Command, Hit, Source, registry
from core.templatetags.ui import active_locale, day
from core.text import isolated
from customers import searching, unmasking
from customers.access import sight_of, user_of
from customers.models import Customer, Order, Product, SavedFilter
from customers.querysets import CustomerQuerySet
from customers.recent import recent_ids
from customers.shop.access import visible_orders

# With fewer letters the index of trigrams would read half of the names: then a name is found by its beginning.
LEAST_LETTERS_WITHIN = 3
LEAST_LETTERS = 2


def register() -> None:
    """Called once, by `CustomersConfig.ready`."""
    registry.add(
        Source("recent", _("Recently opened"), recent_customers),
        Source("customers", _("Customers"), customers),
        Source("orders", _("Orders"), orders),
        Source("products", _("Products"), products),
        Source("views", _("Views of the list"), saved_views),
        Command(_("New customer"), "customers:create", "plus", may=lambda user: user.sight.may_create),
    )


def recent_customers(request: HttpRequest, text: str) -> Iterator[Hit]:
    ids = [] if text else recent_ids(user_of(request).pk)
    if ids:
        in_order = Case(*(When(pk=pk, then=place) for place, pk in enumerate(ids)))
        seen = Customer.objects.filter(deleted_at=None, pk__in=ids).visible_to(sight_of(request))
        yield from map(_hit, seen.order_by(in_order))


def customers(request: HttpRequest, text: str) -> Iterator[Hit]:
    sight = sight_of(request)
    if len(text) < LEAST_LETTERS:
        return
    known: CustomerQuerySet = Customer.objects.live().visible_to(sight)
    if len(text) < LEAST_LETTERS_WITHIN:
        found: Sequence[Customer] = list(known.filter(searching.begins(text)).order_by("sort_name", "pk")[:MOST_HITS])
    else:
        found = page_of_parts(known.search_parts(text, sight=sight), size=MOST_HITS).rows
    unmasking.log_search(text, user=user_of(request), found=lambda: len(found))
    yield from map(_hit, found)


def _hit(customer: Customer) -> Hit:
    icon = "building-2" if customer.kind == Customer.Kind.ORGANISATION else "user-round"
    note = _("Archived") if customer.archived_at else customer.get_lifecycle_display()
    return Hit(customer.name, customer.get_absolute_url(), icon, note)


def orders(request: HttpRequest, text: str) -> Iterator[Hit]:
    """By the beginning of their number, in each of the systems that orders come from: the index begins with these."""
    if len(text) < LEAST_LETTERS_WITHIN or " " in text:
        return
    seen: QuerySet[Order, Order] = visible_orders(sight_of(request))
    for order in seen.numbered_from(text).order_by("source", "external_id")[:MOST_HITS]:  # type: ignore[attr-defined]
        total = formatting.money(order.total_minor, order.currency, locale=active_locale())
        name = isolated(order.customer.name if order.customer else "")
        note = f"{name} · {day(order.ordered_date)} · {total}"
        yield Hit(order.external_id, order.get_absolute_url(), "receipt-text", note)


def products(request: HttpRequest, text: str) -> Iterator[Hit]:
    if len(text) < LEAST_LETTERS:
        return
    for product in Product.objects.filter(name__istartswith=text).order_by("name", "pk")[:MOST_HITS]:
        yield Hit(product.name, product.get_absolute_url(), "package", product.sku)


def saved_views(request: HttpRequest, text: str) -> Iterator[Hit]:
    """By any part of their names."""
    if len(text) < LEAST_LETTERS:
        return
    mine = SavedFilter.objects.available_to(sight_of(request)).views()
    for view in mine.filter(name__icontains=text)[:MOST_HITS]:
        yield Hit(view.name, f"{reverse('customers:list')}?view={view.pk}", "bookmark")
