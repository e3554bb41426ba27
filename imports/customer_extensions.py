"""What imports and exports bring to the customer list."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.extensions import ListAction, Registry


def may_export(user: User) -> bool:
    return user.sight.may_export


def register(registry: Registry) -> None:
    """Called once, by `ImportsConfig.ready`."""
    registry.add(ListAction("export", _("Export"), "download", "imports:export", may_export))
