"""What people made of a recommendation: offered it, or found that it is not for this customer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from analytics import publishing
from analytics.forms import FeedbackForm
from analytics.models import RecommendationFeedback
from analytics.recommendation_outcomes import DECLINED_DAYS
from core.templatetags.ui import number
from core.text import isolated
from core.undo import page_before, success_with_undo
from customers.access import editable_customer, sight_of, user_of
from customers.models import Customer, Product

Answer = RecommendationFeedback.Answer


def record(*, customer: Customer, product: Product, answer: str, by: User) -> RecommendationFeedback:
    """Once a day and person at most: pressing twice says nothing more."""
    feedback, _is_new = RecommendationFeedback.objects.get_or_create(
        customer=customer, product=product, answer=answer, given_by=by, given_date=timezone.localdate()
    )
    return feedback


def take_back(*, customer: Customer, product: Product, answer: str) -> None:
    """So that the product may be recommended again, whoever said what when."""
    RecommendationFeedback.objects.filter(customer=customer, product=product, answer=answer).delete()


def answers_about(customer: Customer, product_ids: Iterable[int]) -> dict[int, RecommendationFeedback]:
    """The latest answer about each product; that it is not relevant outlasts all others for a time."""
    expired_on = timezone.localdate() - dt.timedelta(days=declined_days())
    given = RecommendationFeedback.objects.filter(customer=customer, product__in=product_ids).exclude(
        answer=Answer.NOT_RELEVANT, given_date__lte=expired_on
    )
    answers: dict[int, RecommendationFeedback] = {}
    for feedback in given.select_related("given_by").order_by("pk"):
        if product_is_open(answers, feedback.product_id):
            answers[feedback.product_id] = feedback
    return answers


def declined_days() -> int:
    """As the run says that is shown."""
    run = publishing.current_runs().get("recommendations")
    days: int = (run.params if run else {}).get("declined_days", DECLINED_DAYS)
    return days


def product_is_open(answers: dict[int, RecommendationFeedback], product_id: int) -> bool:
    return product_id not in answers or answers[product_id].answer != Answer.NOT_RELEVANT


@require_POST
def recommendation_feedback(request: HttpRequest, pk: int) -> HttpResponse:
    """Records an answer, or takes it back (`undo`)."""
    customer = editable_customer(sight_of(request), pk)
    form = FeedbackForm(request.POST)
    product = Product.objects.filter(pk=form.cleaned_data["product"]).first() if form.is_valid() else None
    if product is None:
        messages.error(request, _("This recommendation is not there any more. Load the page again."))
        return redirect(customer)
    given = {"customer": customer, "product": product, "answer": form.cleaned_data["answer"]}
    if form.cleaned_data["undo"]:
        take_back(**given)
    else:
        record(**given, by=user_of(request))
        _say(request, **given)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(page_before(request, otherwise=customer.get_absolute_url()))
    return _panel(request, customer)


def _say(request: HttpRequest, customer: Customer, product: Product, answer: str) -> None:
    said = {
        Answer.OFFERED: _("Noted: %(product)s was offered."),
        Answer.NOT_RELEVANT: _("%(product)s is not recommended to this customer for %(days)s days."),
    }[Answer(answer)]
    success_with_undo(
        request,
        said % {"product": isolated(product.name), "days": number(declined_days())},
        url=reverse("analytics:feedback", args=[customer.pk]),
        fields={"product": product.pk, "answer": answer, "undo": "yes"},
        target="#recommendations",
    )


def _panel(request: HttpRequest, customer: Customer) -> HttpResponse:
    from analytics.customer_extensions import RECOMMENDATIONS

    shown = RECOMMENDATIONS.context(request, customer)
    context = {"panel": RECOMMENDATIONS, "shown": shown, "customer": customer}
    return render(request, RECOMMENDATIONS.template, context)
