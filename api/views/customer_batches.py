from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers.batches import Batch, CustomerOutcomes, described
from api.serializers.customers_writing import KeyedCustomerWriting
from api.views.base import ApiView
from api.writing.customer_batches import upsert


class CustomersBulk(ApiView):
    @extend_schema(request=described("Customer", KeyedCustomerWriting()), responses=CustomerOutcomes)
    def post(self, request: Request) -> Response:
        """Create or change up to 1,000 customers, each known by its number in another system.

        Records that are in order are written together, in one transaction; one that is not changes nothing and says
        why. Results stand in the order of the records. Of a customer who is there, what is not named stays.
        """
        batch = self.body(Batch)
        return Response(upsert(batch["records"], by=self.user))
