"""A page with every component on it, for tests only: what the audit sees here holds on the pages made of them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template import engines
from django.urls import path
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from accounts.access import admin_required
from core.undo import page_before, success_with_undo
from crm.urls import urlpatterns as product_urls

TEMPLATE = Path(__file__).with_name("gallery.html")


class GalleryForm(forms.Form):
    name = forms.CharField(help_text="As on the passport.")
    email = forms.EmailField()
    stage = forms.ChoiceField(choices=[("lead", "Lead"), ("customer", "Customer")])
    kinds = forms.MultipleChoiceField(
        choices=[("a", "Person"), ("b", "Organisation")], widget=forms.CheckboxSelectMultiple
    )
    agreed = forms.BooleanField(help_text="May be withdrawn.")
    notes = forms.CharField(widget=forms.Textarea, required=False)
    born = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))


ROWS = [
    ("Amelia Ortega", "amelia.o@northwind.example", "Champions", "good", 2, 1842000, 0.04),
    ("王小明", "wang.xm@huaxin.example", "Loyal customers", "good", 9, 8620000, 0.11),
    ("Priya Raman", "priya@lumen.example", "At risk", "bad", 148, 2231000, 0.71),
    ("Marek Dvořák", "marek@vltava.example", "Potential loyalists", "accent", 21, 194000, 0.22),
    ("Sofia Almeida", "sofia@douro.example", "Need attention", "warn", 63, 561000, 0.48),
    ("Jonas Lindqvist", "jonas@fjord.example", "Hibernating", "neutral", 411, 38000, 0.93),
]


def gallery(request: HttpRequest) -> HttpResponse:
    messages.success(request, "Saved.")
    messages.error(request, "The file has no column “order number”. Choose another mapping.")
    today = dt.date(2026, 11, 22)
    rows = [
        (name, mail, seg, tone, today - dt.timedelta(days), spent, p) for name, mail, seg, tone, days, spent, p in ROWS
    ]
    form = GalleryForm({"name": "", "email": "no address", "stage": "lead"})
    template = engines["django"].from_string(TEMPLATE.read_text())
    return HttpResponse(template.render({"form": form, "rows": rows, "now": dt.datetime.now(dt.UTC)}, request))


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("provoked by a test")


def fragment(request: HttpRequest) -> HttpResponse:
    return render(request, "components/empty.html", {"title": "Fetched"})


@require_POST
def undoable(request: HttpRequest) -> HttpResponse:
    step = request.POST.get("step", "")
    success_with_undo(request, f"{step} is done.", url=request.path, fields={"step": f"un-{step}"}, target="#fetched")
    if request.headers.get("HX-Request"):
        return HttpResponse(format_html('<div id="fetched"><h2>{}</h2></div>', step))
    return redirect(page_before(request, otherwise="/gallery/"))


urlpatterns = [
    path("gallery/", gallery, name="gallery"),
    path("gallery/broken/", broken, name="gallery_broken"),
    path("gallery/closed/", admin_required(gallery), name="gallery_closed"),
    path("gallery/undoable/", undoable, name="gallery_undoable"),
    path("gallery/fragment/", fragment, name="gallery_fragment"),
    *product_urls,
]
