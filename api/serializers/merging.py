"""Merges of customers, as they are asked for and told."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from api.serializers.fields import IdField
from core.numbers import whole_number
from customers.merging.actions import MOST_AT_ONCE


class MergeWriting(serializers.Serializer[Any]):
    absorb = serializers.ListField(
        child=IdField(), min_length=1, max_length=MOST_AT_ONCE - 1, help_text=_("Records that go into this one.")
    )
    take = serializers.DictField(
        child=IdField(),
        required=False,
        help_text=_(
            "For a field, the record whose value is taken; what is not named stays. Custom fields: “custom.key”."
        ),
    )
    versions = serializers.DictField(
        child=serializers.IntegerField(min_value=0, max_value=2**31 - 1),
        required=False,
        help_text=_("For the id of each record the version that you know: another one is a conflict."),
    )

    def validate_versions(self, versions: dict[str, int]) -> dict[int, int]:
        by_id = {whole_number(key): version for key, version in versions.items()}
        if 0 in by_id:
            raise serializers.ValidationError(_("Name records by their id."))
        return by_id


class MergeSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    survivor = serializers.IntegerField(source="survivor_id")
    absorbed = serializers.ListField(child=serializers.IntegerField(), source="absorbed_ids")
    merged_at = serializers.DateTimeField()
    undone_at = serializers.DateTimeField(allow_null=True)
    rows_moved = serializers.DictField(child=serializers.IntegerField(), source="counts")


class UndoneSerializer(serializers.Serializer[Any]):
    merge = MergeSerializer()
    conflicts = serializers.ListField(
        child=serializers.CharField(), help_text=_("What could not go back as it was, in words.")
    )
