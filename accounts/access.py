"""Who may open a view. Every view asks for a login unless it is marked `login_not_required`; roles narrow it further.

A person without the role gets 403: that the page exists is no secret. What is a secret (a record of another team) is a
404, and decided where the record is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from accounts.models import Role, User


def role_required(*roles: Role) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Lets only people with one of the roles in."""

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if getattr(request.user, "role", None) not in roles:
                raise PermissionDenied(_("Your role does not allow this. Ask an admin of your organisation."))
            return view(request, *args, **kwargs)

        checked.roles = frozenset(roles)  # type: ignore[attr-defined]
        return checked

    return decorate


admin_required = role_required(Role.ADMIN)
manager_required = role_required(Role.MANAGER, Role.ADMIN)


def sees_all_required(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Lets only people in who see every customer: for figures that are of all and cannot be made of a part."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not cast(User, request.user).sight.sees_all:
            raise PermissionDenied(_("These are sums over all customers, and you do not see all."))
        return view(request, *args, **kwargs)

    return checked
