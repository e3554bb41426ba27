from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.errors import Invalid, Problem
from api.serializers.jobs import JobSerializer
from api.serializers.merging import MergeSerializer, MergeWriting, UndoneSerializer
from api.views.base import ApiView
from customers.access import editable_customer, visible_customer
from customers.merging import jobs
from customers.merging.actions import CannotMerge, CannotUndo, Changed, NotAllowed, merge_customers, undo_merge
from customers.merging.comparing import rows_of
from customers.models import Merge


class CustomerMerge(ApiView):
    faults = {"POST": (409,)}

    @extend_schema(request=MergeWriting, responses={200: MergeSerializer, 202: JobSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Merge records into this one. You need the right to change all of them. Many rows are moved by a job (202)."""
        editable_customer(self.sight, pk)
        asked = self.body(MergeWriting)
        absorb = [each for each in dict.fromkeys(asked["absorb"]) if each != pk]
        self._check(absorb)
        wanted: dict[str, Any] = {
            "survivor_id": pk,
            "absorbed_ids": absorb,
            "picks": asked.get("take", {}),
            "versions": asked.get("versions"),
        }
        if rows_of([pk, *absorb]) > jobs.MOST_AT_ONCE:
            job = jobs.merge_later(**wanted, by=self.user)
            data = JobSerializer(job, context={"sight": self.sight}).data
            return Response(data, status=202, headers={"Location": reverse("api:v1:job", args=[job.pk])})
        try:
            merge = merge_customers(**wanted, by=self.user)
        except NotAllowed as denied:
            raise PermissionDenied(_("You may not change all the records of this merge. Ask an admin.")) from denied
        except Changed as changed:
            raise Problem("version-conflict", str(changed)) from changed
        except CannotMerge as refused:
            raise Problem("conflict", str(refused)) from refused
        return Response(MergeSerializer(merge).data)

    def _check(self, absorb: list[int]) -> None:
        for position, pk in enumerate(absorb):
            try:
                editable_customer(self.sight, pk)
            except Http404:
                raise Invalid(
                    (f"/absorb/{position}", _("There is none with this id, or not for you to see."))
                ) from None


class MergeUndo(ApiView):
    faults = {"POST": (409,)}

    @extend_schema(request=None, responses=UndoneSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Take the records of a merge apart again, within 30 days."""
        merge = get_object_or_404(Merge, pk=pk)
        visible_customer(self.sight, merge.survivor_id)
        try:
            undone = undo_merge(merge_id=pk, by=self.user)
        except NotAllowed as denied:
            raise PermissionDenied(_("You may not change all the records of this merge. Ask an admin.")) from denied
        except CannotUndo as refused:
            raise Problem("conflict", str(refused)) from refused
        return Response(UndoneSerializer(undone).data)
