"""Pages of segments that people define by a filter."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from analytics import portrait_words, publishing, rule_segments
from analytics.segment_forms import SegmentForm
from core.numbers import whole_number
from core.text import isolated
from core.undo import success_with_undo
from customers.access import sight_of, user_of
from customers.filters import EVERYBODY, AskedFilter, FilterError, as_json, parse_text
from customers.filters.saved import StaleFilter, delete_filter, read, restore_filter
from customers.listing.state import filter_text
from customers.listing.views import may_change
from customers.models import SavedFilter

# They are names that people gave, not rows of data.
SHOWN = 500


@require_safe
def segment_list(request: HttpRequest) -> HttpResponse:
    sight = sight_of(request)
    found = list(rule_segments.segments(sight).select_related("owner", "team")[:SHOWN])
    sizes = rule_segments.sizes_now() if sight.sees_all else {}
    changes = rule_segments.changes([segment.pk for segment in found]) if sight.sees_all else {}
    rows = [
        {
            "segment": segment,
            "words": read(segment).in_words(sight=sight),
            "customers": sizes.get(segment.pk),
            "joined": changes.get(segment.pk, (None, None))[0],
            "left": changes.get(segment.pk, (None, None))[1],
        }
        for segment in found
    ]
    return render(request, "analytics/segments.html", {"rows": rows, "sees_all": sight.sees_all})


@require_safe
def segment(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    found = _available(request, pk)
    run = publishing.current_runs().get(rule_segments.ANALYSIS) if user.sight.sees_all else None
    context: dict[str, Any] = {
        "segment": found,
        "run": run,
        "described": portrait_words.description(run, str(found.pk)) if run else "",
        "words": read(found).in_words(sight=user.sight),
        "history": rule_segments.history(found) if user.sight.sees_all else [],
        "seen": None if user.sight.sees_all else rule_segments.members_of(found, sight=user.sight).count(),
        "members_filter": rule_segments.members_filter(found),
        "may_change": may_change(user, found),
        "standing": rule_segments.standing(found),
    }
    return render(request, "analytics/segment.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def segment_create(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    text = request.POST.get("filter") or request.GET.get("filter", "")
    form = SegmentForm(request.POST or None, user=user)
    asked = AskedFilter(text, sight=user.sight) if text else None
    if request.method == "POST" and form.is_valid():
        try:
            expression = as_json(parse_text(text) if text else EVERYBODY)
            made = form.kept(lambda: rule_segments.define(owner=user, expression=expression, **form.cleaned_data))
        except FilterError as error:
            form.add_error(None, error.message)
            made = None
        if made is not None:
            kept = _("%(name)s is kept. Its customers are being counted.")
            messages.success(request, kept % {"name": isolated(made.name)})
            return redirect("analytics:segment", pk=made.pk)
    context = {"form": form, "filter": text, "asked": asked, "changeable": _changeable_segments(user) if asked else []}
    return render(request, "analytics/segment_create.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def segment_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Name and sharing; and the filter, where the address or the form brings another."""
    user, found = user_of(request), _changeable(request, pk)
    text = request.POST.get("filter") or request.GET.get("filter", "")
    form = SegmentForm(request.POST or None, user=user, instance=found)
    if request.method == "POST" and form.is_valid() and _changed(form, found, text, request.POST.get("version", "")):
        kept = _("%(name)s is changed.")
        messages.success(request, kept % {"name": isolated(form.cleaned_data["name"])})
        return redirect("analytics:segment", pk=pk)
    saved = rule_segments.segments(user.sight).get(pk=pk)
    context = {
        "form": form,
        "segment": saved,
        "filter": text,
        "asked": AskedFilter(text, sight=user.sight) if text else None,
        "words": read(saved).in_words(sight=user.sight),
        "filter_now": filter_text(saved.expression),
    }
    return render(request, "analytics/segment_change.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def segment_delete(request: HttpRequest, pk: int) -> HttpResponse:
    found = _changeable(request, pk)
    delete_filter(found)
    said = _("The segment %(name)s is deleted; no customer is.") % {"name": isolated(found.name)}
    success_with_undo(request, said, url=reverse("analytics:segment_restore", args=[pk]))
    return redirect("analytics:segments")


@require_POST
def segment_restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Take its deletion back."""
    found = restore_filter(_changeable(request, pk, or_deleted=True))
    messages.success(request, _("The segment %(name)s is back again.") % {"name": isolated(found.name)})
    return redirect("analytics:segment", found.pk)


def _changeable_segments(user: User) -> list[SavedFilter]:
    return [segment for segment in rule_segments.segments(user.sight)[:SHOWN] if may_change(user, segment)]


def _changed(form: SegmentForm, segment: SavedFilter, text: str, version: str) -> bool:
    """Whether it could be changed so; if not, the form says why."""
    try:
        changes = {**form.cleaned_data, **({"expression": as_json(parse_text(text))} if text else {})}
        form.kept(lambda: rule_segments.change(segment, version=whole_number(version), **changes))
    except FilterError as error:
        form.add_error(None, error.message)
    except StaleFilter:
        form.add_error(None, _("Somebody has changed this segment since you opened it. Look at it again."))
    return not form.errors


def _changeable(request: HttpRequest, pk: int, *, or_deleted: bool = False) -> SavedFilter:
    found = _available(request, pk, or_deleted=or_deleted)
    if not may_change(user_of(request), found):
        raise PermissionDenied(_("This segment belongs to somebody else."))
    return found


def _available(request: HttpRequest, pk: int, *, or_deleted: bool = False) -> SavedFilter:
    """404 for one that is not shared with the person."""
    those = rule_segments.with_deleted if or_deleted else rule_segments.segments
    return get_object_or_404(those(sight_of(request)), pk=pk)
