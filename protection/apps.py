from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class ProtectionConfig(AppConfig):
    name = "protection"

    def ready(self) -> None:
        from protection import (
            checks,  # noqa: F401  # registers itself
            mfa_secrets,
        )
        from protection.audit import actor, triggers

        connection_created.connect(actor.install, dispatch_uid="protection.audit.actor")
        mfa_secrets.register()

        # Each app says of its own models what their fields hold, and whether the trail follows them.
        autodiscover_modules("personal_data")
        autodiscover_modules("audited")
        post_migrate.connect(triggers.install, sender=self, dispatch_uid="protection.audit.triggers")
