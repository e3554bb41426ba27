"""Pages about the API: tokens, webhooks, and the description to read and try out."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import admin_required
from api.models import Delivery, Token, Webhook
from api.pages.forms import TokenForm, WebhookForm
from api.webhooks.delivering import send_test
from core.paging import Order, keyset_page
from customers.access import user_of

form_methods = require_http_methods(["GET", "HEAD", "POST"])
NEWEST_FIRST = Order("id", descending=True)


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to, be it empty."""
    return request.POST if request.method == "POST" else None


@require_GET
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "api/docs.html")


@form_methods
@never_cache
def tokens(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    form = TokenForm(posted(request), user=user)
    secret = ""
    if request.method == "POST" and form.is_valid():
        _token, secret = form.issue()
        form = TokenForm(user=user)
    shown = Token.objects.visible_to(user).select_related("user")
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "api/tokens.html", {"form": form, "secret": secret, "tokens": shown}, status=status)


@require_POST
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(Token.objects.visible_to(user_of(request)), pk=pk)
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
    messages.success(request, _("“%(name)s” opens nothing any more.") % {"name": token.name})
    return redirect("api:tokens")


@form_methods
@admin_required
def webhooks(request: HttpRequest) -> HttpResponse:
    form = WebhookForm(posted(request), instance=Webhook(owner=user_of(request)))
    if request.method == "POST" and form.is_valid():
        webhook = form.save()
        messages.success(request, _("The webhook is made. Give its secret to the receiver."))
        return redirect("api:webhook", pk=webhook.pk)
    status = 422 if form.is_bound else 200
    return render(request, "api/webhooks.html", {"form": form, "webhooks": Webhook.objects.all()}, status=status)


@form_methods
@admin_required
@never_cache
def webhook(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Webhook, pk=pk)
    form = WebhookForm(posted(request), instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("api:webhook", pk=pk)
    deliveries = Delivery.objects.filter(webhook_id=pk)
    page = keyset_page(deliveries, order=NEWEST_FIRST, cursor=request.GET.get("cursor", ""), size=50)
    context = {"form": form, "webhook": Webhook.objects.get(pk=pk), "page": page}
    context["secret"] = found.secret.reveal()
    return render(request, "api/webhook.html", context, status=422 if form.is_bound else 200)


@require_POST
@admin_required
def webhook_test(request: HttpRequest, pk: int) -> HttpResponse:
    delivery = send_test(get_object_or_404(Webhook, pk=pk))
    if delivery.delivered_at is not None:
        messages.success(request, _("The receiver answered %(status)d.") % {"status": delivery.response_status or 0})
    else:
        why = delivery.error or _("The receiver answered %(status)d.") % {"status": delivery.response_status or 0}
        messages.error(request, why)
    return redirect("api:webhook", pk=pk)


@require_POST
@admin_required
def webhook_delete(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(Webhook, pk=pk).delete()
    messages.success(request, _("The webhook is deleted."))
    return redirect("api:webhooks")
