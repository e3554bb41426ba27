"""The description of the API, OpenAPI 3.1: what REST framework cannot see of it is added here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.urls import NoReverseMatch, reverse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from api.errors import MEDIA_TYPE
from core.idempotency import HEADER, LONGEST_KEY

# Of every operation; others stand beside it in `faults`.
ALWAYS = (401, 403, 406, 429)
WITH_BODY = (400, 413, 415)
WORDS = {
    400: "The request is not valid; `errors` says where.",
    401: "No token, or one that is not valid.",
    403: "The token's scope or the person's role does not allow it, or they may read it only.",
    404: "Not there, or not for this person to see.",
    406: "Answers are JSON; `Accept` asks for something else.",
    409: "It conflicts with what is there: another version, a number that is taken, the same request under way.",
    413: "The body is too large.",
    415: "The body is no JSON.",
    422: "The idempotency key was used for another request.",
    428: "`If-Match` is missing.",
    429: "Too many calls in this minute; `Retry-After` says when to come back.",
}


class FaultSerializer(serializers.Serializer[Any]):
    pointer = serializers.CharField(required=False)
    parameter = serializers.CharField(required=False)
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = FaultSerializer(many=True, required=False)  # type: ignore[assignment]  # the member's name
    current_version = serializers.IntegerField(required=False)


class Schema(AutoSchema):
    """`faults` of a view names further statuses, by method: {"PATCH": (404, 409)}."""

    def get_operation_id(self) -> str:
        words = re.sub(r"(?<!^)(?=[A-Z])", "_", type(self.view).__name__).lower()
        return f"{self.method.lower()}_{words}"

    def get_override_parameters(self) -> list[Any]:
        parameters: list[Any] = list(super().get_override_parameters())
        if self.method == "POST":
            parameters.append(
                OpenApiParameter(
                    HEADER,
                    {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
                    OpenApiParameter.HEADER,
                    description="Sent again with the same key within a day, the request is not carried out twice.",
                )
            )
        return parameters

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        for status in sorted({*ALWAYS, *self._further_faults()}):
            described = self._problem(status)
            if status == 401:
                described["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}, "required": True}}
            if status == 429:
                described["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "required": True}}
            bodies.setdefault(str(status), described)
        return bodies

    def _problem(self, status: int) -> dict[str, Any]:
        component = self.resolve_serializer(ProblemSerializer(), "response")
        return {"description": WORDS[status], "content": {MEDIA_TYPE: {"schema": component.ref}}}

    def _further_faults(self) -> set[int]:
        faults = set(getattr(self.view, "faults", {}).get(self.method, ()))
        has_path = "{" in self.path
        takes_query = any(each.get("in") == "query" for each in self._get_parameters())
        if self.method in {"POST", "PUT", "PATCH"}:
            faults.update(WITH_BODY)
        if self.method == "POST":
            faults.update((409, 422))
        return faults | ({404} if has_path else set()) | ({400} if takes_query else set())


def only_our_paths(endpoints: list[Any], **kwargs: Any) -> list[Any]:
    """The catch-all that answers 404 is no operation."""
    return [endpoint for endpoint in endpoints if "unknown" not in endpoint[0]]


def finish(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Say where the API is, so that a program can be pointed at the description alone, and that of what `fields` can
    choose no member is sure to be there."""
    for row in _chosen_from(result):
        row.pop("required", None)
    for body in _bodies(result):
        body.setdefault("additionalProperties", False)
    try:
        root = reverse("api:v1:schema").removesuffix("schema.json")
    except NoReverseMatch:  # an address book without the API, as a test may have
        return result
    result["externalDocs"] = {"description": "How to use it", "url": f"{root}docs/"}
    return result


def _chosen_from(result: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The schemas of what is shown by operations that take `fields`."""
    schemas = result["components"]["schemas"]

    def named(reference: dict[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = schemas[reference["$ref"].rpartition("/")[2]]
        return found

    for operation in (each for path in result["paths"].values() for each in path.values()):
        if any(each["name"] == "fields" for each in operation.get("parameters", ())):
            shown = named(operation["responses"]["200"]["content"]["application/json"]["schema"])
            results = shown["properties"].get("results")
            yield named(results["items"]) if results else shown


def _bodies(result: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The schemas of what is sent, and of what stands in it."""
    schemas, seen = result["components"]["schemas"], set()
    waiting = [
        each["requestBody"] for path in result["paths"].values() for each in path.values() if "requestBody" in each
    ]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            if (name := str(part.get("$ref", "")).rpartition("/")[2]) and name not in seen:
                seen.add(name)
                waiting.append(schemas[name])
                if "properties" in schemas[name]:
                    yield schemas[name]
            waiting += part.values()


def description(request: Any = None) -> dict[str, Any]:
    """The whole description, the same for everybody."""
    generator: Any = SchemaGenerator  # untyped
    found: dict[str, Any] = generator().get_schema(request=request, public=True)
    return found
