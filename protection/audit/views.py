from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import admin_required
from accounts.models import User
from protection.audit.listing import AccessListing, ChangeListing


@admin_required
@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)  # noqa: S101  # the middleware let nobody else through
    listing = ChangeListing(request.GET.dict(), sight=request.user.sight)
    return render(request, "protection/audit.html", {"listing": listing})


@admin_required
@require_GET
def accesses(request: HttpRequest) -> HttpResponse:
    return render(request, "protection/accesses.html", {"listing": AccessListing(request.GET.dict())})
