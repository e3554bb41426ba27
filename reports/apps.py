from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Reports")

    def ready(self) -> None:
        from customers.filters import registry
        from reports import erasure, palette
        from reports.of_run import OfRun
        from reports.subscriptions import job_kinds, profile_section

        registry.add(OfRun)
        erasure.register()
        job_kinds.register()
        palette.register()
        profile_section.register()
