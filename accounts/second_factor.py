"""Whether somebody has a second factor, and whether their role must have one."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import models, transaction

from accounts.models import User
from accounts.sessions import end_sessions


def second_factors() -> models.QuerySet[Authenticator]:
    """The apps that people have set up. Recovery codes alone are none."""
    found: models.QuerySet[Authenticator] = Authenticator.objects.filter(type=Authenticator.Type.TOTP)
    return found


def has_second_factor(user: User) -> bool:
    return second_factors().filter(user=user).exists()


def lacks_second_factor(user: User) -> bool:
    """The role demands one, and there is none yet."""
    return user.rule.needs_second_factor and not has_second_factor(user)


@transaction.atomic
def reset_second_factor(user: User) -> None:
    """For somebody who lost their phone and their codes: both go, and so do the sessions."""
    Authenticator.objects.filter(user=user).delete()
    end_sessions(user)
