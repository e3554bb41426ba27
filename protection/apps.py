from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ProtectionConfig(AppConfig):
    name = "protection"

    def ready(self) -> None:
        from protection import checks  # noqa: F401  # registers itself

        # Each app classifies the fields of its own models in a module of this name.
        autodiscover_modules("personal_data")
