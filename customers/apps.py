from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = _("Customers")

    def ready(self) -> None:
        from customers import (
            custom_columns,
            custom_indexes,
            custom_secrets,
            erasure,
            extensions,
            palette,
            timeline_sources,
        )
        from customers.bulk import erasure as bulk_erasure
        from customers.bulk import jobs as bulk_jobs
        from customers.duplicates import jobs as duplicate_jobs
        from customers.filters import erasure as filter_erasure
        from customers.filters import fields
        from customers.filters.registry import registry
        from customers.merging import customer_page as merge_page
        from customers.merging import jobs as merge_jobs
        from customers.merging import own_steps
        from customers.todo import registering as work

        fields.register(registry)
        work.register(extensions.registry)
        timeline_sources.register(extensions.registry)
        custom_columns.register(extensions.registry)
        custom_indexes.register()
        erasure.register()
        custom_secrets.register()
        bulk_jobs.register()
        bulk_erasure.register()
        filter_erasure.register()
        palette.register()
        duplicate_jobs.register()
        own_steps.register()
        merge_jobs.register()
        merge_page.register(extensions.registry)
