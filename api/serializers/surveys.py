"""Questionnaires, invitations and answers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from api.serializers.customers_writing import LONGEST_TEXT
from api.serializers.fields import IdField, InstantField, ShownSerializer
from surveys.models import Answer, Invitation, Question, Questionnaire


class QuestionSerializer(ShownSerializer):
    choices = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Question
        fields = [
            "id",
            "position",
            "text",
            "kind",
            "measure",
            "facet",
            "lowest",
            "highest",
            "choices",
            "is_required",
        ]


class QuestionnaireSerializer(ShownSerializer):
    questions = QuestionSerializer(many=True)

    class Meta:
        model = Questionnaire
        fields = ["id", "title", "introduction", "status", "created_at", "questions"]


class AnswerSerializer(ShownSerializer):
    question = serializers.IntegerField(source="question_id")

    class Meta:
        model = Answer
        fields = ["question", "number", "text", "answered_at"]


class InvitationSerializer(ShownSerializer):
    """Without the personal link: whoever has it answers in the customer's name."""

    questionnaire = serializers.IntegerField(source="questionnaire_id")
    customer = serializers.IntegerField(source="customer_id")
    answers = AnswerSerializer(many=True)

    class Meta:
        model = Invitation
        fields = [
            "id",
            "questionnaire",
            "customer",
            "sent_at",
            "answered_at",
            "expires_at",
            "created_at",
            "answers",
        ]


class InvitationWriting(serializers.Serializer[Any]):
    questionnaire = IdField()
    customer = IdField()
    expires_at = InstantField(required=False, allow_null=True, default=None)


class AnswerWriting(serializers.Serializer[Any]):
    """A number for a scale, a text for a choice or a free question."""

    question = IdField()
    number = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=-32768, max_value=32767)
    text = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")


class AnswersWriting(serializers.Serializer[Any]):
    answered_at = InstantField(required=False)
    answers = serializers.ListField(child=AnswerWriting(), min_length=1, max_length=200)
