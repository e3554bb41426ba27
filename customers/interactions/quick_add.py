"""The form at the head of the timeline: one tab for each thing that can be added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_htmx.http import trigger_client_event

from customers.access import sight_of, user_of
from customers.extensions import Label
from customers.interactions.forms import NoteForm
from customers.models import Customer, Interaction

Kind = Interaction.Kind
TASK = "task"
ICONS: dict[str, str] = {
    Kind.NOTE: "sticky-note",
    Kind.CALL: "phone",
    Kind.MEETING: "users-round",
    Kind.EMAIL: "mail",
    TASK: "square-check",
    Kind.FILE: "paperclip",
}
LABELS: dict[str, Label] = {**dict(Kind.choices), TASK: _("Task")}


@dataclass(frozen=True)
class Tab:
    key: str
    label: Label
    icon: str
    url: str
    is_current: bool


def url_of(customer: Customer, kind: str) -> str:
    if kind == TASK:
        return reverse("todo:add", args=[customer.pk])
    return reverse("interactions:add", args=[customer.pk, kind])


def tabs(customer: Customer, current: str) -> Iterator[Tab]:
    for key, icon in ICONS.items():
        yield Tab(key, LABELS[key], icon, url_of(customer, key), key == current)


def context_of(customer: Customer, kind: str, form: BaseForm) -> dict[str, Any]:
    """What the form's template shows. The first field comes large and without a word above it."""
    return {
        "customer": customer,
        "form": form,
        "kind": kind,
        "kind_label": LABELS[kind],
        "post_url": url_of(customer, kind),
        "tabs": list(tabs(customer, kind)),
    }


def panel(request: HttpRequest, customer: Customer) -> Mapping[str, Any] | None:
    """Nothing for somebody who may only look."""
    if not sight_of(request).may_edit(customer):
        return None
    return context_of(customer, Kind.NOTE, NoteForm(customer=customer, by=user_of(request)))


def show(request: HttpRequest, customer: Customer, kind: str, form: BaseForm) -> HttpResponse:
    """The form as it is, with what was typed: in its place on the customer's page, or on a page of its own."""
    status = 422 if request.method == "POST" else 200
    context = context_of(customer, kind, form)
    if request.htmx:  # type: ignore[attr-defined]
        if request.method == "GET":
            form.visible_fields()[0].field.widget.attrs["autofocus"] = True
        return render(request, "interactions/_quick_add.html", {"shown": context}, status=status)
    return render(request, "interactions/add.html", {"shown": context, "customer": customer}, status=status)


def added(request: HttpRequest, customer: Customer, *events: str) -> HttpResponse:
    """A fresh form for a note; the timeline is asked to look again, and so is who else listens to one of the events."""
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(customer)
    context = context_of(customer, Kind.NOTE, NoteForm(customer=customer, by=user_of(request)))
    response = render(request, "interactions/_quick_add.html", {"shown": context})
    for event in ("timeline-changed", *events):
        trigger_client_event(response, event)
    return response
