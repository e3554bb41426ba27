"""What admins do with users and teams. One active admin always stays."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, Team, User
from accounts.second_factor import second_factors
from accounts.sessions import end_sessions

LAST_ADMIN = _("This is the last admin who may log in. Make somebody else an admin first.")


class LastAdmin(PermissionDenied):
    """Forms say it before; this is for two admins who demote each other in the same moment."""


def users_with_protection() -> models.QuerySet[User]:
    """Everybody, those who may log in first, with `has_second_factor`."""
    protected = Exists(second_factors().filter(user=OuterRef("pk")))
    return User.objects.select_related("team").annotate(has_second_factor=protected).order_by("-is_active", "name")


def active_admins() -> models.QuerySet[User]:
    return User.objects.filter(role=Role.ADMIN, is_active=True)


def is_last_admin(user: User) -> bool:
    return active_admins().filter(pk=user.pk).exists() and not active_admins().exclude(pk=user.pk).exists()


@transaction.atomic
def save_user(user: User) -> None:
    """Saves what an admin decided about a user; who may not log in any more is out at once."""
    admins = set(active_admins().order_by("pk").select_for_update().values_list("pk", flat=True))
    if admins == {user.pk} and not (user.is_admin and user.is_active):
        raise LastAdmin(str(LAST_ADMIN))
    user.save()
    if not user.is_active:
        end_sessions(user)


def is_used(team: Team) -> bool:
    """Whether anything is in the team: members, customers. Those would be everybody's if it went."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: team}).exists()
        for relation in Team._meta.related_objects
    )
