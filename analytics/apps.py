from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnalyticsConfig(AppConfig):
    name = "analytics"
    verbose_name = _("Analytics")

    def ready(self) -> None:
        from analytics import customer_extensions, erasure, job_kinds
        from customers.extensions import registry

        job_kinds.register()
        erasure.register()
        customer_extensions.register(registry)
