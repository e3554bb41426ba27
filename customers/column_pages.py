"""Choosing the columns of the customer list. Nothing is written: it ends in an address."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_http_methods

from core.numbers import whole_number
from customers.extensions import ListColumn
from customers.listing import CustomerListing, columns
from customers.listing.columns import NAME, NARROWEST, WIDEST, Layout, Shown, said
from customers.saved_views import asked_listing, sheet, to_list


@dataclass
class Choice:
    column: ListColumn
    is_shown: bool
    width: str = ""

    @property
    def shown(self) -> Shown:
        pixels = whole_number(self.width)
        return Shown(self.column, min(max(pixels, NARROWEST), WIDEST) if pixels else 0)


@require_http_methods(["GET", "POST"])
def column_edit(request: HttpRequest) -> HttpResponse:
    listing = asked_listing(request)
    choices = _posted(request.POST, listing) if request.method == "POST" else _present(listing)
    do, _colon, key = request.POST.get("do", "").partition(":")
    if do in {"apply", "default"}:
        text = "" if do == "default" else _said(choices, listing)
        return to_list(request, listing.state.query({"columns": text}))
    if do in {"up", "down"}:
        _move(choices, key, -1 if do == "up" else 1)
    context = {"listing": listing, "choices": choices, "focus": f"{do}:{key}", "least": NARROWEST, "most": WIDEST}
    return sheet(request, "customers/columns.html", context)


def _present(listing: CustomerListing) -> list[Choice]:
    """Those that are shown in their order, then all others."""
    shown = [Choice(each.column, True, str(each.width or "")) for each in listing.layout.shown]
    known = {each.column.key for each in shown}
    return [*shown, *(Choice(column, False) for column in columns(listing.sight) if column.key not in known)]


def _posted(data: QueryDict, listing: CustomerListing) -> list[Choice]:
    """In the order in which they stand in the form; what the form does not know comes last."""
    known = {column.key: column for column in columns(listing.sight)}
    order = [key for key in dict.fromkeys(data.getlist("order")) if key in known]
    shown = {*data.getlist("show"), NAME.key}
    return [
        Choice(known[key], key in shown, data.get(f"width-{key}", "").strip())
        for key in [*order, *(key for key in known if key not in order)]
    ]


def _move(choices: list[Choice], key: str, by: int) -> None:
    """The name stays the first."""
    place = next((place for place, each in enumerate(choices) if each.column.key == key), 0)
    if place:
        choices.insert(min(max(1, place + by), len(choices) - 1), choices.pop(place))


def _said(choices: list[Choice], listing: CustomerListing) -> str:
    """The choice as an address says it; nothing where it is what everybody starts with."""
    text = said(choice.shown for choice in choices if choice.is_shown)
    return "" if text == said(Layout("", sight=listing.sight).shown) else text
