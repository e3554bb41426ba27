"""What every view of the API does: who calls, how often, what for, how much, and once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar, TypeVar

from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts.models import Role, User
from accounts.visibility import Sight
from api.conditions import known_already
from api.errors import Invalid, InvalidParameter, pointed
from api.models import Scope
from api.serializers.strict import unknown_members
from core import idempotency

READING = frozenset({"GET", "HEAD"})
AnySerializer = TypeVar("AnySerializer", bound="type[Serializer[Any]]")


class ApiView(APIView):
    """`scopes` and `roles` say, for methods that need another than the usual, which."""

    http_method_names = ["get", "post", "put", "patch", "delete", "head"]
    scopes: ClassVar[Mapping[str, Scope]] = {}
    roles: ClassVar[Mapping[str, frozenset[Role]]] = {}

    @classmethod
    def scope_for(cls, method: str) -> Scope:
        return cls.scopes.get(method, Scope.READ if method in READING else Scope.WRITE)

    @classmethod
    def roles_for(cls, method: str) -> frozenset[Role]:
        return cls.roles.get(method, frozenset())

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.format_kwarg = self.get_format_suffix(**kwargs)
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        self.perform_authentication(request)
        self.check_throttles(request)
        self.check_permissions(request)
        _body = request._request.body  # read here, so that one that is too large is refused, whatever reads it later
        if request.method == "POST" and idempotency.HEADER in request.headers:
            if request._request.content_type in idempotency.FORMS:
                raise UnsupportedMediaType(request._request.content_type or "")
            # The view serves this request alone: its own `post` is hidden by one that acts once.
            vars(self)["post"] = partial(self._once, getattr(self, "post", self.http_method_not_allowed))

    def _once(
        self, post: Callable[..., HttpResponseBase], request: Request, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        return idempotency.perform_once(
            lambda: self.finalize_response(request, post(request, *args, **kwargs), *args, **kwargs),
            scope=f"token:{request.auth.pk}" if request.auth else f"user:{request.user.pk}",
            key=request.headers[idempotency.HEADER],
            fingerprint=idempotency.fingerprint_of(request._request),
        )

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        if request.method in READING and isinstance(response, Response) and known_already(request, response):
            response = Response(status=304, headers={"ETag": response.headers["ETag"]})
        response = super().finalize_response(request, response, *args, **kwargs)
        standing = getattr(request._request, "api_standing", None)
        if standing is not None:
            for name, value in standing.headers.items():
                response.headers[name] = value
        response.headers["Cache-Control"] = "no-store"
        response.headers["Vary"] = "Authorization, Accept, Accept-Language"
        return response

    @property
    def user(self) -> User:
        user = self.request.user
        assert isinstance(user, User)  # noqa: S101  # the permission let nobody else through
        return user

    @property
    def sight(self) -> Sight:
        """What the person sees and does; without hands where the call needs none."""
        writes = self.scope_for(self.request.method or "") is not Scope.READ
        return self.user.sight if writes else self.user.sight.read_only()

    def query(self, serializer: type[Serializer[Any]]) -> dict[str, Any]:
        """The parameters of the address. One that is misspelt is refused: passed over, it would show too much."""
        given = self.request.query_params
        known = serializer()
        if unknown := sorted(given.keys() - known.fields.keys()):
            words = _("There is no such parameter. There are: %(known)s.") % {"known": ", ".join(known.fields)}
            raise InvalidParameter(*((name, words) for name in unknown))
        checked = serializer(data=given.dict())
        if not checked.is_valid():
            raise InvalidParameter(*((at.strip("/"), words) for at, words in pointed(checked.errors)))
        return dict(checked.validated_data)

    def body(self, serializer: type[Serializer[Any]]) -> dict[str, Any]:
        checked = serializer(data=self.request.data)
        checked.is_valid()
        if faults := [*pointed(checked.errors), *unknown_members(checked, self.request.data)]:
            raise Invalid(*faults)
        return dict(checked.validated_data)
