"""Organisations as wholes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from reports import organisation_frames
from reports.catalog.entry import EVERYTHING, Chart, days
from reports.charts.organisations import revenue_of_organisations

CHARTS: tuple[Chart, ...] = (
    Chart(
        key="organisations",
        subject="organisations",
        title=_("Revenue of organisations with their people"),
        definition=_(
            "Orders of an organisation and of the customers who belong to it, by their own record or as its contact "
            "person, less what was refunded on these days. Who belongs to it is asked at this moment. The filter "
            "chooses organisations; each counts with all its people whom you see. The fifteen largest are shown."
        ),
        frame=organisation_frames.largest,
        draw=revenue_of_organisations,
        run=days,
        follows=EVERYTHING,
        is_tall=True,
        advice=_("Make customers organisations, and put people into them; then recompute."),
    ),
)
