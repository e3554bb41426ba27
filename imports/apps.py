from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    name = "imports"
    verbose_name = _("Imports")

    def ready(self) -> None:
        from accounts.models import Role
        from customers.extensions import registry
        from imports import customer_extensions, erasure, importing, summary
        from imports.exporting import actions as exporting
        from imports.exporting import goods
        from jobs import kinds

        erasure.register()
        customer_extensions.register(registry)
        exporting.register()
        goods.register()
        kinds.register(
            kinds.JobKind(
                name=importing.JOB_KIND,
                label=_("Import of a file"),
                queue=kinds.IMPORTS,
                run=importing.run_import,
                describe=importing.in_words,
                describe_result=summary.facts,
                seen_by=frozenset({Role.MANAGER}),
            )
        )
