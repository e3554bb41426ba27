from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from analytics.catalog import ANALYSES
from api.serializers.fields import ShownSerializer
from jobs import kinds
from jobs.models import Job


class Fact(serializers.Serializer[Any]):
    label: Any = serializers.CharField()
    value = serializers.CharField()


class JobSerializer(ShownSerializer):
    requested_by = serializers.IntegerField(source="requested_by_id", allow_null=True)
    about = serializers.SerializerMethodField(help_text=_("Its parameters, in words."))
    result = serializers.SerializerMethodField(help_text=_("What came of it, in words."))

    class Meta:
        model = Job
        fields = [
            "id",
            "kind",
            "about",
            "status",
            "reason",
            "requested_by",
            "created_at",
            "started_at",
            "finished_at",
            "attempt",
            "progress_done",
            "progress_total",
            "progress_note",
            "result",
            "error",
        ]

    def get_about(self, job: Job) -> str:
        return kinds.in_words(job.kind, job.params)

    def get_result(self, job: Job) -> list[dict[str, str]]:
        if not job.result:
            return []
        return [{"label": str(label), "value": value} for label, value in kinds.result_in_words(job.kind, job.result)]


class Recomputation(serializers.Serializer[Any]):
    analyses = serializers.ListField(
        child=serializers.ChoiceField([analysis.name for analysis in ANALYSES]),
        required=False,
        default=list,
        max_length=len(ANALYSES),
        help_text=_("None: all."),
    )
    as_of = serializers.DateField(
        required=False, allow_null=True, default=None, help_text=_("None: the last day with data.")
    )
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)

    def validate_as_of(self, day: dt.date | None) -> dt.date | None:
        if day is not None and day.year < 1900:
            raise serializers.ValidationError(_("This is out of the calendar: from 1900 to 2199."))
        return day
