from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Role
from analytics.actions import request_recomputation
from analytics.switches import IsSwitchedOff
from api.errors import Invalid, Problem
from api.models import Scope
from api.paging import PageQuery, page_json, page_of, page_schema
from api.serializers.fields import SelectedFields
from api.serializers.jobs import JobSerializer, Recomputation
from api.views.base import ApiView
from core.paging import Order
from jobs.actions import cancel
from jobs.errors import JobError
from jobs.models import Job
from jobs.status import Status

NEWEST_FIRST = Order("id", descending=True)


class JobsQuery(PageQuery):
    kind = serializers.CharField(required=False, max_length=40)
    status = serializers.ChoiceField(Status.choices, required=False)
    fields = SelectedFields(JobSerializer.Meta.fields)  # type: ignore[assignment]


class Jobs(ApiView):
    @extend_schema(parameters=[JobsQuery], responses=page_schema("Job", JobSerializer(many=True)))
    def get(self, request: Request) -> Response:
        """Long work that concerns you, newest first."""
        query = self.query(JobsQuery)
        rows = Job.objects.visible_to(self.user).filter(**{n: query[n] for n in ("kind", "status") if n in query})
        page = page_of(rows, order=NEWEST_FIRST, query=query)
        context = {"sight": self.sight, "fields": query.get("fields")}
        return Response(page_json(page, list(JobSerializer(page.rows, many=True, context=context).data)))


class JobDetail(ApiView):
    @extend_schema(responses=JobSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One job: how far it is, and how it ended."""
        job = get_object_or_404(Job.objects.visible_to(self.user), pk=pk)
        return Response(JobSerializer(job, context={"sight": self.sight}).data)


class JobCancel(ApiView):
    @extend_schema(request=None, responses=JobSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Call a job off: one that waits ends here, one that runs at its next step."""
        job = get_object_or_404(Job.objects.visible_to(self.user), pk=pk)
        if not (self.user.is_admin or job.requested_by_id == self.user.pk):
            raise PermissionDenied(_("Only an admin cancels the jobs of others."))
        try:
            cancel(job=job, by=self.user)
        except JobError as error:
            raise Problem("conflict", str(error)) from None
        job.refresh_from_db()
        return Response(JobSerializer(job, context={"sight": self.sight}).data)


class Recompute(ApiView):
    scopes = {"POST": Scope.RECOMPUTE}
    roles = {"POST": frozenset({Role.ADMIN})}

    @extend_schema(request=Recomputation, responses={202: JobSerializer})
    def post(self, request: Request) -> Response:
        """Start a recomputation. `Location` is the job; the same request finds the one that waits already."""
        asked = self.body(Recomputation)
        try:
            job = request_recomputation(requested_by=self.user, **asked)
        except IsSwitchedOff as error:
            raise Invalid(("/analyses", str(error))) from None
        except JobError as error:
            raise Invalid(("/as_of", str(error))) from None
        headers = {"Location": reverse("api:v1:job", args=[job.pk])}
        return Response(JobSerializer(job, context={"sight": self.sight}).data, status=202, headers=headers)
