from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    name = "jobs"
    verbose_name = _("Jobs")

    def ready(self) -> None:
        from jobs import digests, erasure, notices, upkeep

        erasure.register()
        upkeep.register()
        notices.register()
        digests.register()
