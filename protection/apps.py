from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.utils.module_loading import autodiscover_modules


class ProtectionConfig(AppConfig):
    name = "protection"

    def ready(self) -> None:
        from protection import checks  # noqa: F401  # registers itself
        from protection.audit import actor

        connection_created.connect(actor.install, dispatch_uid="protection.audit.actor")

        # Each app classifies the fields of its own models in a module of this name.
        autodiscover_modules("personal_data")
