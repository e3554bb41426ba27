from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    name = "imports"
    verbose_name = _("Imports")

    def ready(self) -> None:
        from imports import importing
        from jobs import kinds

        kinds.register(
            kinds.JobKind(
                name=importing.JOB_KIND,
                label=_("Import of a file"),
                queue=kinds.IMPORTS,
                run=importing.run_import,
                describe=importing.in_words,
            )
        )
