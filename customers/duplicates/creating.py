"""What the form of a new customer says of likely duplicates, and what the person said to that."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from core.numbers import whole_number
from customers.access import editable_customer, new_customer, sight_of, user_of
from customers.duplicates.evidence import WEIGHTS, Reason
from customers.duplicates.looking import Likely, Typed, likely_duplicates

# Below it a record is shown while somebody types, and stops nobody.
STOPS_AT = WEIGHTS[Reason.NAME]
ACKNOWLEDGED, INTO = "create_anyway", "merge_into"


@require_POST
def customer_duplicates_check(request: HttpRequest) -> HttpResponse:
    """What is likely the same as what is typed so far. A POST: no log of addresses has e-mails and phones in it."""
    user = user_of(request)
    besides = whole_number(request.POST.get("customer", ""))
    customer = editable_customer(sight_of(request), besides) if besides else new_customer(user)
    likely = likely_duplicates(Typed.of_form(request.POST, besides=customer.pk), user=user)
    context = {"likely": likely, "customer": customer if customer.pk else None}
    return render(request, "customers/_duplicates.html", context)


def stopping(request: HttpRequest) -> list[Likely]:
    """The duplicates that a new customer would make and that the person has not been shown, or has not said anything
    about: all of them, so that the page can show them; none where every one was acknowledged."""
    known = set(map(whole_number, request.POST.get(ACKNOWLEDGED, "").split(",")))
    if INTO in request.POST:
        return []
    likely = likely_duplicates(Typed.of_form(request.POST), user=user_of(request))
    new = [each for each in likely if each.score >= STOPS_AT and each.customer.pk not in known]
    return likely if new else []
