"""What the palette offers to do with analyses."""

from django.utils.translation import gettext_lazy as _

from core.palette import Command, registry


def register() -> None:
    """Called once, by `AnalyticsConfig.ready`."""
    registry.add(
        Command(
            _("Recompute all analyses"),
            "analytics:recompute",
            "refresh-cw",
            may=lambda user: user.is_admin,
            sends=("as_of", ""),
        )
    )
