from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from core.idempotency import once
from customers import unmasking
from customers.access import user_of
from customers.bulk.selection import Selection
from imports.exporting import actions, goods
from imports.exporting.forms import ExportForm
from imports.exporting.spreadsheet import CONTENT_TYPES
from imports.models import Export
from protection.exports import require_export


@require_http_methods(["GET", "POST"])
@once
def export(request: HttpRequest) -> HttpResponse:
    """Who would be in the file and what it would say of them; sent, it is ordered."""
    user = user_of(request)
    require_export(user)
    selection = Selection.of(request.POST if request.method == "POST" else request.GET)
    counted = selection.count(user.sight)
    form = ExportForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and counted.seen:
        ordered = actions.request_export(selection=selection, by=user, **form.cleaned_data)
        return redirect("imports:export_detail", ordered.pk)
    listing = selection.listing(user.sight)
    if selection.is_all and request.method == "GET":
        unmasking.log_search(listing.search, user=user, found=lambda: counted.seen)
    context = {"selection": selection, "counted": counted, "form": form, "headings": actions.headings(listing)}
    return render(request, "imports/export.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "POST"])
@once
def export_goods(request: HttpRequest, subject: str) -> HttpResponse:
    """How many orders or products of the list would be in the file, and what of them; sent, it is ordered."""
    user = user_of(request)
    require_export(user)
    address = request.GET.urlencode()
    listing = goods.listing_of(subject, address, user.sight)
    form = ExportForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and listing.page.rows:
        ordered = goods.request_export(subject=subject, address=listing.address, by=user, **form.cleaned_data)
        return redirect("imports:export_detail", ordered.pk)
    context = {
        "listing": listing,
        "subject": Export.Subject(subject),
        "form": form,
        "headings": goods.headings(subject),
        "list_url": goods.list_url(subject, listing.address),
    }
    return render(request, "imports/export_goods.html", context, status=422 if request.method == "POST" else 200)


def _export_of(request: HttpRequest, pk: int) -> Export:
    """An export that the person ordered; anybody else's is not there."""
    rows = Export.objects.defer("customer_ids").select_related("job").filter(by=user_of(request))
    return get_object_or_404(rows, pk=pk)


@require_GET
def export_detail(request: HttpRequest, pk: int) -> HttpResponse:
    ordered = _export_of(request, pk)
    context = {"export": ordered, "list_url": goods.list_url(ordered.subject, ordered.selection.get("address", ""))}
    return render(request, "imports/export_detail.html", context)


@require_GET
def export_download(request: HttpRequest, pk: int) -> HttpResponseBase:
    user, ordered = user_of(request), _export_of(request, pk)
    require_export(user)
    path = actions.path_of(ordered)
    if path is None:
        raise Http404
    actions.note_download(ordered, by=user)
    name = f"{ordered.subject}-{ordered.created_at:%Y-%m-%d}.{ordered.file_format}"
    content_type = CONTENT_TYPES[ordered.file_format]
    response = FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=content_type)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
