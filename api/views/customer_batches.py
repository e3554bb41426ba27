from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.schema import FaultSerializer
from api.serializers.customers_writing import KeyedCustomerWriting
from api.views.base import ApiView
from api.writing.customer_batches import CREATED, FAILED, MOST_RECORDS, UNCHANGED, UPDATED, upsert


class CustomerBatch(serializers.Serializer[Any]):
    records = serializers.ListField(child=serializers.JSONField(), min_length=1, max_length=MOST_RECORDS)


class DescribedBatch(serializers.Serializer[Any]):
    """The same for the description: a record that is not as described spoils itself alone."""

    records = serializers.ListField(child=KeyedCustomerWriting(), min_length=1, max_length=MOST_RECORDS)


class Outcome(serializers.Serializer[Any]):
    status = serializers.ChoiceField([CREATED, UPDATED, UNCHANGED, FAILED])
    id = serializers.IntegerField(allow_null=True)
    version = serializers.IntegerField(allow_null=True)
    errors: Any = FaultSerializer(many=True)


class Outcomes(serializers.Serializer[Any]):
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    failed = serializers.IntegerField()
    results = Outcome(many=True)


class CustomersBulk(ApiView):
    @extend_schema(request=DescribedBatch, responses=Outcomes)
    def post(self, request: Request) -> Response:
        """Create or change up to 1,000 customers, each known by its number in another system.

        Records that are in order are written together, in one transaction; one that is not changes nothing and says
        why. Results stand in the order of the records. Of a customer who is there, what is not named stays.
        """
        batch = self.body(CustomerBatch)
        return Response(upsert(batch["records"], by=self.user))
