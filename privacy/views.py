from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import admin_required
from core.idempotency import once
from customers import consent
from customers.access import editable_customer, sight_of, user_of, visible_customer
from customers.models import Customer
from privacy import erasing, packages, reading, retention
from privacy.forms import ConsentForm, CustomerNumberForm, ErasureForm, LiftForm, rule_forms
from privacy.models import DataPackage


def _customer_for_admin(request: HttpRequest, pk: int) -> Customer:
    """Any customer, deleted ones too."""
    customer = visible_customer(sight_of(request), pk, among=Customer.objects.all())
    if not user_of(request).is_admin:
        raise PermissionDenied(_("Only an admin erases customers and gives out all their data."))
    return customer


@admin_required
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    number = CustomerNumberForm(request.GET if "customer" in request.GET else None)
    if number.is_bound and number.is_valid():
        return redirect("privacy:erase", number.cleaned_data["customer"])
    context = {**reading.overview(user_of(request)), "number": number, "lift": LiftForm()}
    return render(request, "privacy/overview.html", context)


@require_http_methods(["GET", "POST"])
@once
def erase(request: HttpRequest, pk: int) -> HttpResponse:
    customer = _customer_for_admin(request, pk)
    form = ErasureForm(request.POST or None, customer=customer)
    if request.method == "POST" and form.is_valid():
        erasing.request_erasure(
            customer=customer,
            ground=form.cleaned_data["ground"],
            keeps_out=form.cleaned_data["keeps_out"],
            by=user_of(request),
        )
        messages.success(request, _("The erasure of customer %(number)d has begun.") % {"number": customer.pk})
        return redirect("privacy:overview")
    context = {"customer": customer, "form": form, **reading.before_erasure(customer)}
    return render(request, "privacy/erase.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@once
def package(request: HttpRequest, pk: int) -> HttpResponse:
    packages.request_package(customer=_customer_for_admin(request, pk), by=user_of(request))
    messages.success(request, _("The data package is being made. It appears on this page when it is ready."))
    return redirect("privacy:overview")


@admin_required
@require_GET
def package_download(request: HttpRequest, pk: int) -> HttpResponseBase:
    wanted = get_object_or_404(DataPackage, pk=pk, requested_by=user_of(request))
    path = packages.path_of(wanted)
    if path is None:
        raise Http404
    packages.note_download(wanted, by=user_of(request))
    name = f"customer-{wanted.customer_id}.zip"
    response = FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type="application/zip")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@require_http_methods(["GET", "POST"])
@once
def consents(request: HttpRequest, pk: int) -> HttpResponse:
    customer = editable_customer(sight_of(request), pk)
    form = ConsentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        consent.record_decision(customer=customer, by=user_of(request), **form.decision)
        messages.success(request, _("The decision is recorded."))
        return redirect("privacy:consents", pk)
    context = {"customer": customer, "form": form, **reading.decisions(customer)}
    return render(request, "privacy/consents.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def profiling(request: HttpRequest, pk: int) -> HttpResponse:
    customer = editable_customer(sight_of(request), pk)
    if request.POST.get("objects") == "no":
        consent.withdraw_objection(customer=customer)
        messages.success(request, _("The next recomputation scores them again."))
    else:
        consent.object_to_profiling(customer=customer)
        messages.success(request, _("Nothing scores or targets them any more; their scores are gone."))
    return redirect("privacy:consents", pk)


@admin_required
@require_POST
def suppression_lift(request: HttpRequest) -> HttpResponse:
    form = LiftForm(request.POST)
    if form.is_valid() and reading.lift(form.identity, by=user_of(request)):
        messages.success(request, _("It is off the list: whoever it belongs to may come back."))
        return redirect("privacy:overview")
    if form.is_valid():
        form.add_error("value", _("This is not on the list."))
    context = {**reading.overview(user_of(request)), "number": CustomerNumberForm(), "lift": form}
    return render(request, "privacy/overview.html", context, status=422)


@admin_required
@require_http_methods(["GET", "POST"])
def retention_rules(request: HttpRequest) -> HttpResponse:
    forms = rule_forms(retention.rules(), request.POST or None)
    chosen = next((form for form in forms if form.is_bound), None)
    if request.method == "POST" and chosen is None:
        raise Http404
    if chosen is not None and chosen.is_valid():
        chosen.instance.changed_by = user_of(request)
        chosen.save()
        messages.success(request, _("The rule is saved. It is applied every night."))
        return redirect("privacy:retention")
    entries = [(form, retention.due(form.instance)) for form in forms]
    return render(request, "privacy/retention.html", {"entries": entries}, status=422 if chosen else 200)
