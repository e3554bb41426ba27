from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.visibility import Sight
from api.paging import PageQuery, page_json, page_of, page_schema
from api.serializers.fields import IdField, SelectedFields
from api.serializers.surveys import (
    AnswersWriting,
    InvitationSerializer,
    InvitationWriting,
    QuestionnaireSerializer,
)
from api.views.base import ApiView
from api.writing.surveys import invite, put_down
from core.paging import Order
from surveys.models import Invitation, Questionnaire

BY_ID = Order("id")


class QuestionnairesQuery(PageQuery):
    status = serializers.ChoiceField(Questionnaire.Status.choices, required=False)
    fields = SelectedFields(QuestionnaireSerializer.Meta.fields)  # type: ignore[assignment]


class InvitationsQuery(PageQuery):
    questionnaire = IdField(required=False)
    customer = IdField(required=False)
    is_answered = serializers.BooleanField(required=False, allow_null=True, default=None)
    fields = SelectedFields(InvitationSerializer.Meta.fields)  # type: ignore[assignment]


class Questionnaires(ApiView):
    @extend_schema(
        parameters=[QuestionnairesQuery], responses=page_schema("Questionnaire", QuestionnaireSerializer(many=True))
    )
    def get(self, request: Request) -> Response:
        """Questionnaires with their questions."""
        query = self.query(QuestionnairesQuery)
        rows = Questionnaire.objects.prefetch_related("questions")
        if "status" in query:
            rows = rows.filter(status=query["status"])
        page = page_of(rows, order=BY_ID, query=query)
        shown = QuestionnaireSerializer(page.rows, many=True, context=context(self.sight, query)).data
        return Response(page_json(page, list(shown)))


class QuestionnaireDetail(ApiView):
    @extend_schema(responses=QuestionnaireSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One questionnaire with its questions."""
        found = get_object_or_404(Questionnaire.objects.prefetch_related("questions"), pk=pk)
        return Response(QuestionnaireSerializer(found, context={"sight": self.sight}).data)


class Invitations(ApiView):
    @extend_schema(parameters=[InvitationsQuery], responses=page_schema("Invitation", InvitationSerializer(many=True)))
    def get(self, request: Request) -> Response:
        """Invitations of customers that you see, with what they answered."""
        query = self.query(InvitationsQuery)
        rows = visible(self.sight).filter(
            **{name: query[name] for name in ("questionnaire", "customer") if name in query}
        )
        if query["is_answered"] is not None:
            rows = rows.filter(answered_at__isnull=not query["is_answered"])
        page = page_of(rows, order=BY_ID, query=query)
        shown = InvitationSerializer(page.rows, many=True, context=context(self.sight, query)).data
        return Response(page_json(page, list(shown)))

    @extend_schema(request=InvitationWriting, responses={200: InvitationSerializer, 201: InvitationSerializer})
    def post(self, request: Request) -> Response:
        """Invite a customer: 201, or 200 where they have been."""
        invitation, is_new = invite(self.body(InvitationWriting), sight=self.sight)
        headers = {"Location": reverse("api:v1:invitation", args=[invitation.pk])} if is_new else {}
        shown = InvitationSerializer(invitation, context={"sight": self.sight}).data
        return Response(shown, status=201 if is_new else 200, headers=headers)


class InvitationDetail(ApiView):
    @extend_schema(responses=InvitationSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """One invitation with what was answered."""
        return Response(
            InvitationSerializer(get_object_or_404(visible(self.sight), pk=pk), context={"sight": self.sight}).data
        )


class InvitationAnswers(ApiView):
    @extend_schema(request=AnswersWriting, responses={201: InvitationSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Put down what the customer answered, once."""
        invitation = get_object_or_404(visible(self.sight).select_related("customer"), pk=pk)
        if not self.sight.may_edit(invitation.customer):
            raise PermissionDenied(_("You may read this customer, and not change it. Ask the owner or an admin."))
        put_down(pk, self.body(AnswersWriting))
        shown = InvitationSerializer(visible(self.sight).get(pk=pk), context={"sight": self.sight}).data
        return Response(shown, status=201)


def context(sight: Sight, query: dict[str, Any]) -> dict[str, Any]:
    return {"sight": sight, "fields": query.get("fields")}


def visible(sight: Sight) -> Any:
    rows = Invitation.objects.filter(sight.visible("customer__"), customer__deleted_at=None)
    return rows.prefetch_related("answers__question")
