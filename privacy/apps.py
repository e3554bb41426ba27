from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PrivacyConfig(AppConfig):
    name = "privacy"
    verbose_name = _("Privacy")

    def ready(self) -> None:
        from customers.extensions import registry
        from privacy import customer_extensions, job_kinds, merging, steps, trail

        job_kinds.register()
        customer_extensions.register(registry)
        steps.register()
        merging.register()
        trail.register()
