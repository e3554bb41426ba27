"""What the palette offers a person about themselves, and an admin about others."""

from django.utils.translation import gettext_lazy as _

from core.palette import Command, registry


def register() -> None:
    """Called once, by `AccountsConfig.ready`."""
    registry.add(
        Command(
            _("My profile"),
            "accounts:profile",
            "user-round",
            also=_("settings language time zone theme density shortcuts sessions"),
            is_personal=True,
        ),
        Command(_("Change the password"), "account_change_password", "key-round", is_personal=True),
        Command(_("Second factor"), "mfa_index", "shield-check", is_personal=True),
        Command(_("New user"), "accounts:user_create", "user-plus", may=lambda user: user.is_admin),
        Command(
            _("Switch to light"), "accounts:theme", "sun", sends=("theme", "light"), also=_("theme"), is_personal=True
        ),
        Command(
            _("Switch to dark"), "accounts:theme", "moon", sends=("theme", "dark"), also=_("theme"), is_personal=True
        ),
        Command(_("Log out"), "accounts:logout", "log-out", sends=("logout", "yes"), is_personal=True),
    )
