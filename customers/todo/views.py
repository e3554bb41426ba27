from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.idempotency import once
from core.templatetags.ui import day
from core.undo import page_before, success_with_undo
from customers.access import editable_customer, sight_of, user_of
from customers.interactions import quick_add
from customers.models import Task
from customers.todo import actions, page
from customers.todo.access import changeable_task, rewritable_task
from customers.todo.forms import RescheduleForm, TaskForm
from customers.todo.listing import TaskListing
from customers.todo.my_day import SILENCES, MyDay, silence_asked


@require_GET
def my_day(request: HttpRequest) -> HttpResponse:
    silence = silence_asked(request.GET.get("silent", ""))
    now, zone = timezone.now(), timezone.get_current_timezone()
    context = {"day": MyDay.of(user_of(request), silence=silence, now=now, zone=zone), "now": now, "silences": SILENCES}
    return render(request, "todo/my_day.html", context)


@require_GET
def task_list(request: HttpRequest) -> HttpResponse:
    listing = TaskListing(request.GET.dict(), reader=user_of(request))
    return render(request, "todo/list.html", {"listing": listing, "now": timezone.now()})


@require_http_methods(["GET", "POST"])
@once
def task_add(request: HttpRequest, pk: int) -> HttpResponse:
    customer, user = editable_customer(sight_of(request), pk), user_of(request)
    form = TaskForm(request.POST or None, customer=customer, by=user)
    if request.method == "POST" and form.is_valid():
        task = actions.add_task(form=form, customer=customer, by=user, zone=timezone.get_current_timezone())
        success_with_undo(request, _("The task is added."), url=reverse("todo:delete", args=[task.pk]))
        return quick_add.added(request, customer, page.CHANGED)
    return quick_add.show(request, customer, quick_add.TASK, form)


@require_http_methods(["GET", "POST"])
def task_edit(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    task = rewritable_task(user, pk)
    form = TaskForm(request.POST or None, instance=task, customer=task.customer, by=user)
    context = {"form": form, "task": task, "customer": task.customer}
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_task(form=form, by=user, zone=timezone.get_current_timezone())
        except actions.StaleTask as stale:
            form.reopen_at(stale.current.version)
            return render(request, "todo/edit.html", {**context, "current": stale.current}, status=409)
        messages.success(request, _("The task is saved."))
        return redirect(task.customer)
    return render(request, "todo/edit.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def task_done(request: HttpRequest, pk: int) -> HttpResponse:
    task = changeable_task(user_of(request), pk)
    if request.POST.get("done") == "no":
        actions.reopen_task(task=task)
        messages.success(request, _("The task is open again."))
    else:
        actions.complete_task(task=task, by=user_of(request))
        success_with_undo(request, _("The task is done."), url=request.path, fields={"done": "no"})
    return _back(request, task)


@require_POST
def task_schedule(request: HttpRequest, pk: int) -> HttpResponse:
    """To tomorrow, or to the day and time that are sent."""
    task = changeable_task(user_of(request), pk)
    sent = request.POST.copy()
    if request.POST.get("to") == "tomorrow":
        sent["due_date"] = f"{timezone.localdate() + dt.timedelta(days=1):%Y-%m-%d}"
        sent["due_time"] = f"{task.due_time:%H:%M}" if task.due_time else ""
    form = RescheduleForm(sent)
    if not form.is_valid():
        messages.error(request, _("This is no day to put the task on: nothing has changed. Write it as 2026-01-31."))
        return _back(request, task)
    before = {"due_date": task.due_date, "due_time": f"{task.due_time:%H:%M}" if task.due_time else ""}
    date, time = form.cleaned_data["due_date"], form.cleaned_data["due_time"]
    actions.reschedule_task(task=task, date=date, time=time, zone=timezone.get_current_timezone())
    success_with_undo(request, _("The task is due on %(day)s.") % {"day": day(date)}, url=request.path, fields=before)
    return _back(request, task)


@require_POST
def task_delete(request: HttpRequest, pk: int) -> HttpResponse:
    task = changeable_task(user_of(request), pk)
    actions.delete_task(task=task)
    success_with_undo(request, _("The task is deleted."), url=reverse("todo:restore", args=[pk]))
    return _back(request, task)


@require_POST
def task_restore(request: HttpRequest, pk: int) -> HttpResponse:
    task = changeable_task(user_of(request), pk, deleted=True)
    actions.restore_task(task=task)
    messages.success(request, _("The task is back again."))
    return _back(request, task)


def _back(request: HttpRequest, task: Task) -> HttpResponse:
    return redirect(page_before(request, otherwise=task.customer.get_absolute_url()))
