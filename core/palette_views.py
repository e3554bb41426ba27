from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.palette import LONGEST_TEXT, registry


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The palette's lines as a fragment; for those without scripts the same as a page."""
    text = request.GET.get("q", "").strip()[:LONGEST_TEXT]
    found = {"text": text, "groups": registry.search(request, text)}
    return render(request, "core/search.html#lines" if request.headers.get("HX-Request") else "core/search.html", found)
