"""May this token, of this person, call this? What they then see of the rows is for `accounts.visibility` to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import Role
from api.models import Scope

if TYPE_CHECKING:  # at runtime REST framework would import itself in a circle
    from rest_framework.views import APIView


class HasScopeAndRole(BasePermission):
    """The view says what it needs: `scope_for(method)` and, where a role counts, `roles_for(method)`."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not request.user.is_authenticated:
            return False
        scope: Scope = view.scope_for(request.method)  # type: ignore[attr-defined]
        token: Any = request.auth
        if token is not None and not token.allows(scope):
            raise PermissionDenied(_("This token lacks the scope “%(scope)s”.") % {"scope": scope.value})
        roles: frozenset[Role] = view.roles_for(request.method)  # type: ignore[attr-defined]
        if roles and request.user.role not in roles:
            raise PermissionDenied(_("Your role does not allow this. Ask an admin of your organisation."))
        return True
