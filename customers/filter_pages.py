"""The filter of the customer list, built by clicking or by typing. Nothing here is written: it ends in an address."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from customers.access import sight_of
from customers.filters import EVERYBODY, Expression, FilterError, as_json, authorise, building, parse_text
from customers.filters.typed import TypedError, read_typed, write_typed
from customers.listing import CustomerListing
from customers.listing.filter_form import FilterForm, things_of
from customers.listing.state import canonical_filter, filter_text
from customers.saved_views import asked_listing, sheet, to_list

# The words of the typed form are the same in every language.
EXAMPLE = "segment = champions and no contact for 90 days"


@require_http_methods(["GET", "POST"])
def filter_edit(request: HttpRequest) -> HttpResponse:
    listing = asked_listing(request)
    if request.method == "GET":
        return _opened(request, listing)
    do = request.POST.get("do", "")
    return _typed(request, listing, do) if do in {"read", "show"} else _clicked(request, listing, do)


def _opened(request: HttpRequest, listing: CustomerListing) -> HttpResponse:
    problem = ""
    expression: Expression = EVERYBODY
    try:
        expression = parse_text(listing.state.get("filter")) if listing.state.get("filter") else EVERYBODY
    except FilterError as error:
        problem = error.message
    return _page(request, listing, building.from_expression(expression, listing.sight), expression, problem=problem)


def _clicked(request: HttpRequest, listing: CustomerListing, do: str) -> HttpResponse:
    group = building.from_form(request.POST)
    if do == "apply":
        expression = building.expression_of(group, listing.sight)
        if expression is not None:
            return _applied(request, listing, expression)
        return _page(request, listing, group, None, status=422)
    group, focus = building.done(group, do)
    return _page(request, listing, group, None, focus=focus)


def _typed(request: HttpRequest, listing: CustomerListing, do: str) -> HttpResponse:
    text = request.POST.get("text", "").replace("\r\n", "\n")
    try:
        expression = read_typed(text, sight=listing.sight)
        authorise(expression, listing.sight)
    except FilterError as error:
        wrong = error if isinstance(error, TypedError) else TypedError(0, len(text), error.message)
        group = building.from_form(request.POST)
        return _page(request, listing, group, None, text=text, wrong=wrong, status=422)
    if do == "read":
        return _applied(request, listing, expression)
    return _page(request, listing, building.from_expression(expression, listing.sight), expression)


def _applied(request: HttpRequest, listing: CustomerListing, expression: Expression) -> HttpResponse:
    said = "" if expression == EVERYBODY else canonical_filter(filter_text(as_json(expression)))
    return to_list(request, listing.state.query({"filter": said}))


def _page(
    request: HttpRequest,
    listing: CustomerListing,
    group: building.Group,
    expression: Expression | None,
    *,
    text: str | None = None,
    wrong: TypedError | None = None,
    focus: str = "",
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """`expression` is what the rows say, if they say something: then it stands beside them in words of its own."""
    if text is None:
        text = request.POST.get("text", "") if expression is None else _typed_text(expression, listing)
    context: dict[str, Any] = {
        "listing": listing,
        "form": FilterForm(group, sight=listing.sight, focus=focus),
        "text": text,
        "wrong": wrong,
        "around": (text[: wrong.start], text[wrong.start : wrong.end], text[wrong.end :]) if wrong else None,
        "problem": problem,
        "example": EXAMPLE,
    }
    return sheet(request, "customers/filter.html", context, status=status)


def _typed_text(expression: Expression, listing: CustomerListing) -> str:
    return "" if expression == EVERYBODY else write_typed(expression, sight=listing.sight)


@require_GET
def filter_names(request: HttpRequest) -> HttpResponse:
    """Options for an input that names something: people, tags, products."""
    sight, things = sight_of(request), things_of(request.GET.get("of", ""))
    typed = next((value for key, value in request.GET.dict().items() if key != "of"), "").replace("\x00", "").strip()
    found = things.offers(typed[:80], sight) if things else []
    return render(request, "customers/_filter_names.html", {"found": found})
