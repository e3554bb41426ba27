"""What was done with customers and what is to be done, shown and written."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.visibility import Sight
from api.serializers.fields import IdField, InstantField, LocalTimeField, SparseSerializer
from customers.models import Interaction, Task
from protection.masking import text_shown

WRITTEN = [kind for kind in Interaction.Kind.choices if kind[0] != Interaction.Kind.FILE]


class FreeTextSerializer(SparseSerializer):
    """In its `texts` stand dots where an e-mail address or a phone number is hidden from the reader."""

    texts: tuple[str, ...] = ()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        row: dict[str, Any] = super().to_representation(instance)
        sight: Sight = self.context["sight"]
        return {**row, **{name: text_shown(sight, row[name]) for name in self.texts if name in row}}


class InteractionSerializer(FreeTextSerializer):
    texts = ("title", "text", "place")
    customer = serializers.IntegerField(source="customer_id")
    author = serializers.IntegerField(source="author_id", allow_null=True)

    class Meta:
        model = Interaction
        fields = [
            "id",
            "customer",
            "kind",
            "author",
            "happened_at",
            "happened_date",
            "title",
            "text",
            "direction",
            "outcome",
            "duration_minutes",
            "place",
            "is_contact",
            "created_at",
            "edited_at",
        ]


class TaskSerializer(FreeTextSerializer):
    texts = ("title", "text")
    due_time = LocalTimeField(allow_null=True)
    customer = serializers.IntegerField(source="customer_id")
    owner = serializers.IntegerField(source="owner_id", allow_null=True)
    author = serializers.IntegerField(source="author_id", allow_null=True)

    class Meta:
        model = Task
        fields = [
            "id",
            "customer",
            "title",
            "text",
            "owner",
            "author",
            "priority",
            "due_date",
            "due_time",
            "due_at",
            "reminder",
            "remind_at",
            "done_at",
            "created_at",
        ]


class InteractionWriting(serializers.Serializer[Any]):
    """Calls and e-mails have a direction, calls an outcome; files are kept on the customer's page."""

    customer = IdField()
    kind = serializers.ChoiceField(WRITTEN)
    happened_at = InstantField(required=False, help_text=_("Now, where it is not named."))
    title: Any = serializers.CharField(max_length=200, required=False, allow_blank=True)
    text: Any = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    direction = serializers.ChoiceField(Interaction.Direction.choices, required=False)
    outcome = serializers.ChoiceField(Interaction.Outcome.choices, required=False)
    duration_minutes = serializers.IntegerField(required=False, min_value=0, max_value=1440)
    place: Any = serializers.CharField(max_length=200, required=False, allow_blank=True)


class TaskWriting(serializers.Serializer[Any]):
    customer = IdField()
    title = serializers.CharField(max_length=200)
    text: Any = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    owner = IdField(required=False, help_text=_("Yourself, where it is not named."))
    priority = serializers.ChoiceField(Task.Priority.choices, default=Task.Priority.NORMAL)
    due_date = serializers.DateField()
    due_time = LocalTimeField(required=False)
    reminder = serializers.ChoiceField(Task.Reminder.choices, default=Task.Reminder.DUE)
