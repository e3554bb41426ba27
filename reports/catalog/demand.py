"""Demand over time."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from reports.catalog.entry import RECOMPUTE_FIRST, Chart, demand
from reports.charts.demand import demand_anomalies, demand_components, demand_forecast

OF_ALL_ORDERS = _("A series is the sum over all orders, whoever bought; forecasts are made of series.")

IN_ITSELF = _("Its picture has all periods, those of a year before among them.")

CHARTS: tuple[Chart, ...] = (
    Chart(
        key="demand-forecast",
        subject="demand",
        title=_("Forecast"),
        definition=_(
            "Whole months, or weeks where there are fewer than thirty months, and what is to come by the model that "
            "forecast this series best on earlier periods; where it did not beat the same as a season ago (for weeks: "
            "as the week before) on later ones, that is used. Dotted: as likely to be exceeded as not. Shaded: meant "
            "to hold 80 of 100 values. Weeks begin on a Monday in every language, since the run counts them for all."
        ),
        frame=lambda published: published.demand_periods,
        draw=demand_forecast,
        run=demand,
        advice=RECOMPUTE_FIRST,
        by_series=True,
        of_all=OF_ALL_ORDERS,
        not_compared=IN_ITSELF,
    ),
    Chart(
        key="demand-anomalies",
        subject="demand",
        title=_("What stood out"),
        definition=_(
            "Shaded is what trend and season let expect: 3.5 robust standard deviations to either side, unless an "
            "admin has set another number. Values outside are marked by diamonds and have no part in trend and season."
        ),
        frame=lambda published: published.demand_periods,
        draw=demand_anomalies,
        run=demand,
        advice=RECOMPUTE_FIRST,
        by_series=True,
        of_all=OF_ALL_ORDERS,
        not_compared=IN_ITSELF,
    ),
    Chart(
        key="demand-components",
        subject="demand",
        title=_("Trend, season and remainder"),
        definition=_(
            "The series taken apart by STL with the same season every year: as a sum, or as a product where that "
            "leaves less over. The season is shown as a share of the trend; the remainder is what neither explains. "
            "Weeks, which are shown for short histories, have no season."
        ),
        frame=lambda published: published.demand_periods,
        draw=demand_components,
        run=demand,
        advice=RECOMPUTE_FIRST,
        panels=True,
        by_series=True,
        of_all=OF_ALL_ORDERS,
        not_compared=IN_ITSELF,
    ),
)
