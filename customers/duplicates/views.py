"""The page of possible duplicates: what the job found, for those who may put it right."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import manager_required
from accounts.visibility import Sight
from core.addresses import page_before
from core.paging import Order, bounded_count, keyset_page
from core.undo import success_with_undo
from customers.access import sight_of, user_of
from customers.duplicates.evidence import Reason, strength
from customers.duplicates.finding import JOB_KIND
from customers.models import DuplicatePair
from jobs.actions import enqueue
from jobs.models import Job

LIKELIEST_FIRST = Order("score", descending=True)
PAIRS_A_PAGE = 25


def visible_pairs(sight: Sight) -> QuerySet[DuplicatePair]:
    """Of two records that are there, and that the person sees both."""
    present = DuplicatePair.objects.filter(first__deleted_at=None, second__deleted_at=None)
    return present.filter(sight.visible("first__"), sight.visible("second__"))


@require_GET
@manager_required
def customer_duplicates(request: HttpRequest) -> HttpResponse:
    sight = sight_of(request)
    pairs = visible_pairs(sight).filter(dismissed_at=None)
    related = pairs.select_related("first__owner", "second__owner")
    page = keyset_page(related, order=LIKELIEST_FIRST, cursor=request.GET.get("cursor", ""), size=PAIRS_A_PAGE)
    context = {
        "page": page,
        "pairs": [_shown(pair, sight) for pair in page.rows],
        "count": bounded_count(pairs),
        "latest": Job.objects.filter(kind=JOB_KIND).order_by("-pk").first(),
        "next_url": f"?cursor={page.next_cursor}" if page.next_cursor else "",
        "previous_url": f"?cursor={page.previous_cursor}" if page.previous_cursor else "",
    }
    return render(request, "customers/duplicates.html", context)


def _shown(pair: DuplicatePair, sight: Sight) -> dict[str, Any]:
    return {
        "pair": pair,
        "records": [pair.first, pair.second],
        "strength": strength(pair.score),
        "reasons": [str(Reason(reason).label) for reason in pair.reasons if reason in Reason.values],
        "may_merge": sight.may_edit(pair.first) and sight.may_edit(pair.second),
    }


@require_POST
@manager_required
def customer_duplicates_find(request: HttpRequest) -> HttpResponse:
    job = enqueue(kind=JOB_KIND, params={}, requested_by=user_of(request))
    return redirect("jobs:detail", job.pk)


@require_POST
@manager_required
def customer_duplicates_dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """They are two customers; remembered, whatever is found later."""
    pair = get_object_or_404(visible_pairs(sight_of(request)), pk=pk)
    is_dismissed = request.POST.get("dismissed") != "no"
    DuplicatePair.objects.filter(pk=pair.pk).update(
        dismissed_at=timezone.now() if is_dismissed else None, dismissed_by=user_of(request) if is_dismissed else None
    )
    if is_dismissed:
        url = reverse("customers:duplicates_dismiss", args=[pair.pk])
        success_with_undo(request, _("They stay two customers."), url=url, fields={"dismissed": "no"})
    return redirect(page_before(request, otherwise=reverse("customers:duplicates")))
