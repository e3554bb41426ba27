from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import SessionReading, TokenAuthentication
from api.schema import description
from api.views.base import ApiView


class SchemaJson(ApiView):
    """The description of the API, OpenAPI 3.1."""

    authentication_classes = [TokenAuthentication, SessionReading]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response(description(request))


class Unknown(ApiView):
    """Every other address below the API's: a problem in JSON, no page."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise Http404
