"""Events, shown, and described as they are sent. `api.writing.events` reads them: ten thousand would take a serializer
seconds."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from api.serializers.customers_writing import LONGEST_TEXT
from api.serializers.fields import LARGEST_ID, ShownSerializer
from customers.models import Event


class EventSerializer(ShownSerializer):
    customer = serializers.IntegerField(source="customer_id", allow_null=True)
    product = serializers.IntegerField(source="product_id", allow_null=True)

    class Meta:
        model = Event
        fields = [
            "id",
            "source",
            "external_id",
            "kind",
            "customer",
            "product",
            "occurred_at",
            "occurred_date",
            "value",
            "seconds",
            "text",
        ]


class CustomerNumber(serializers.Serializer[Any]):
    source: Any = serializers.CharField(max_length=60, required=False)
    value = serializers.CharField(max_length=200)


class EventWriting(serializers.Serializer[Any]):
    """Known by its source and number: one that is there is left as it is."""

    source: Any = serializers.CharField(max_length=60, required=False, allow_blank=True)
    external_id = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(Event.Kind.choices)
    occurred_at = serializers.DateTimeField()
    customer = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=LARGEST_ID)
    customer_external_id = CustomerNumber(required=False)
    product = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=LARGEST_ID)
    sku = serializers.CharField(max_length=80, required=False)
    value = serializers.FloatField(required=False, allow_null=True)
    seconds = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=2**31 - 1)
    text = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True)


class Rejected(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    errors: Any = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))


class Ingested(serializers.Serializer[Any]):
    received = serializers.IntegerField()
    created = serializers.IntegerField()
    known = serializers.IntegerField()
    rejected = Rejected(many=True)
