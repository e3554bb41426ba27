"""Batches: records that are taken in together, each with an outcome of its own."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from api.schema import FaultSerializer
from api.writing.entries import MOST_RECORDS, STATUSES


class Batch(serializers.Serializer[Any]):
    records = serializers.ListField(child=serializers.JSONField(), min_length=1, max_length=MOST_RECORDS)


def described(name: str, record: serializers.Serializer[Any]) -> Any:
    """The same for the description: a record that is not as described spoils itself alone."""
    records = serializers.ListField(child=record, min_length=1, max_length=MOST_RECORDS)
    return inline_serializer(f"{name}Batch", {"records": records})


class Outcome(serializers.Serializer[Any]):
    status = serializers.ChoiceField(STATUSES)
    id = serializers.IntegerField(allow_null=True)
    errors: Any = FaultSerializer(many=True)


class CustomerOutcome(Outcome):
    version = serializers.IntegerField(allow_null=True)


class Outcomes(serializers.Serializer[Any]):
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    failed = serializers.IntegerField()
    results: Any = Outcome(many=True)


class CustomerOutcomes(Outcomes):
    results: Any = CustomerOutcome(many=True)
