from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnalyticsConfig(AppConfig):
    name = "analytics"
    verbose_name = _("Analytics")

    def ready(self) -> None:
        from analytics import (
            customer_extensions,
            customers_at_risk,
            emerged_groups,
            erasure,
            exact_scores,
            exact_sets,
            job_kinds,
            merging,
            palette,
            score_fields,
        )
        from customers.extensions import registry
        from customers.filters import registry as filter_registry
        from customers.filters.exact import readers, sooner

        job_kinds.register()
        emerged_groups.register_kind()
        palette.register()
        erasure.register()
        merging.register()
        customer_extensions.register(registry)
        customers_at_risk.register(registry)
        score_fields.register(filter_registry)
        readers += (exact_sets.read_before, exact_scores.read_before)
        sooner += (exact_sets.is_told, exact_scores.is_of_scores)
