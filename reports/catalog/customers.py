"""Who the customers are."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from reports.catalog.entry import FILTER_ALONE, Chart, of_question

CHARTS: tuple[Chart, ...] = (
    of_question(
        key="customers-source",
        subject="customers",
        title=_("Customers by source"),
        definition=_(
            "Customers as they were when the facts were read, without archived and deleted ones, by what their record "
            "says of where they came from."
        ),
        measure="customers",
        by="source",
        follows=FILTER_ALONE,
    ),
)
