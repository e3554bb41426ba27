"""What `manage.py check --deploy` says of settings that are right on a laptop and missing on a server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Warning, register


@register("mails", deploy=True)
def mails_know_the_site(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.SITE_ADDRESS:
        return []
    hint = "Set CRM_SITE_ADDRESS to where people find it, like https://crm.example.org."
    return [Warning("The daily mail of notifications carries no links.", hint=hint, id="core.W001")]
