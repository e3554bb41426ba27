from __future__ import annotations

from typing import Any

from django.forms import BaseForm
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import Invalid
from api.paging import PageQuery, page_json, page_of, page_schema
from api.serializers.fields import IdField, SelectedFields
from api.serializers.interactions import InteractionSerializer, InteractionWriting, TaskSerializer, TaskWriting
from api.views.base import ApiView
from core.paging import Order
from customers.interactions.actions import add_interaction
from customers.interactions.forms import FORMS
from customers.models import Customer, Interaction, Task
from customers.todo.actions import add_task
from customers.todo.forms import TaskForm


class InteractionsQuery(PageQuery):
    customer = IdField(required=False)
    kind = serializers.ChoiceField(Interaction.Kind.choices, required=False)
    happened_from = serializers.DateField(required=False)
    happened_until = serializers.DateField(required=False)
    sort = serializers.ChoiceField(["id", "-id", "happened_at", "-happened_at"], default="id")
    fields = SelectedFields(InteractionSerializer.Meta.fields)  # type: ignore[assignment]


class TasksQuery(PageQuery):
    customer = IdField(required=False)
    owner = IdField(required=False)
    is_done = serializers.BooleanField(required=False, allow_null=True, default=None)
    sort = serializers.ChoiceField(["id", "-id", "due_at", "-due_at"], default="id")
    fields = SelectedFields(TaskSerializer.Meta.fields)  # type: ignore[assignment]


LOOKUPS = {
    "customer": "customer_id",
    "kind": "kind",
    "owner": "owner_id",
    "happened_from": "happened_date__gte",
    "happened_until": "happened_date__lte",
}


class WorkView(ApiView):
    def page(self, rows: Any, query: dict[str, Any], serializer: Any) -> Response:
        chosen = rows.filter(**{lookup: query[name] for name, lookup in LOOKUPS.items() if name in query})
        order = Order(query["sort"].removeprefix("-"), descending=query["sort"].startswith("-"))
        page = page_of(chosen, order=order, query=query)
        context = {"sight": self.sight, "fields": query.get("fields")}
        return Response(page_json(page, list(serializer(page.rows, many=True, context=context).data)))

    def customer(self, pk: int) -> Customer:
        found = Customer.objects.filter(deleted_at=None).editable_by(self.sight).filter(pk=pk).first()
        if found is None:
            raise Invalid(("/customer", _("There is no such customer, or not for you to change.")))
        return found

    def checked(self, form: BaseForm) -> None:
        """The rules of the page's form hold here too."""
        if not form.is_valid():
            faults = [(f"/{name}", str(words)) for name, errors in form.errors.items() for words in errors]
            raise Invalid(*faults)


class Interactions(WorkView):
    @extend_schema(
        parameters=[InteractionsQuery], responses=page_schema("Interaction", InteractionSerializer(many=True))
    )
    def get(self, request: Request) -> Response:
        """Notes, calls, meetings, e-mails and files of customers that you see."""
        return self.page(
            Interaction.objects.visible_to(self.sight), self.query(InteractionsQuery), InteractionSerializer
        )

    @extend_schema(request=InteractionWriting, responses={201: InteractionSerializer})
    def post(self, request: Request) -> Response:
        """Write down what was done with a customer. Colleagues who are named behind an @ are told."""
        body = self.body(InteractionWriting)
        customer, kind = self.customer(body["customer"]), body["kind"]
        data = {"happened_at": timezone.now(), **body, "attendees": [self.user.pk]}
        form = FORMS[kind](data, customer=customer, by=self.user)
        self.checked(form)
        made = add_interaction(form=form, kind=kind, customer=customer, by=self.user)
        made = Interaction.objects.get(pk=made.pk)
        return Response(InteractionSerializer(made, context={"sight": self.sight}).data, status=201)


class Tasks(WorkView):
    @extend_schema(parameters=[TasksQuery], responses=page_schema("Task", TaskSerializer(many=True)))
    def get(self, request: Request) -> Response:
        """Tasks for customers that you see."""
        query = self.query(TasksQuery)
        tasks = Task.objects.visible_to(self.sight)
        if query["is_done"] is not None:
            tasks = tasks.filter(done_at__isnull=not query["is_done"])
        return self.page(tasks, query, TaskSerializer)

    @extend_schema(request=TaskWriting, responses={201: TaskSerializer})
    def post(self, request: Request) -> Response:
        """Plan a task; its owner is told, where that is somebody else. Times are those of your time zone."""
        body = self.body(TaskWriting)
        customer = self.customer(body["customer"])
        form = TaskForm({"owner": self.user.pk, **body}, customer=customer, by=self.user)
        self.checked(form)
        task = add_task(form=form, customer=customer, by=self.user, zone=timezone.get_current_timezone())
        made = Task.objects.get(pk=task.pk)
        return Response(TaskSerializer(made, context={"sight": self.sight}).data, status=201)
