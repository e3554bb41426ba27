"""Every chart of the product, in the order of the dashboard. Adding one: see docs/adding-a-report.md."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from analytics.models import Run
from reports import map_frames
from reports.charts.buyers import new_and_returning_buyers
from reports.charts.customer_map import customer_map
from reports.charts.demand import demand_anomalies, demand_components, demand_forecast
from reports.charts.distributions import recency_frequency_monetary
from reports.charts.drawing import Drawing
from reports.charts.movement import movement_between_segments
from reports.charts.positioning import segments_and_categories
from reports.charts.revenue import revenue_by_month
from reports.charts.rf_grid import recency_frequency_grid
from reports.charts.segments import customers_by_segment
from reports.charts.words import Words
from reports.frames import Published

Label = str | Promise
EVERYBODY = frozenset(Role)
IMPORT_FIRST = _("Import customers and orders, then recompute.")
RECOMPUTE_FIRST = _("It takes forty weeks of orders, and a recomputation.")


@dataclass(frozen=True)
class Chart:
    """A chart that people can open.

    title: what it is about, whatever its data say; the finding comes with the data.
    definition: how its numbers are counted, for somebody who wants to check them.
    frame: what it is drawn from. run: the published run that this comes from.
    advice: what to do where there is nothing to draw from.
    panels: its figure has small multiples, which need more height on a phone.
    on_dashboard: whether it stands there, or on a page of its own subject alone.
    by_series: whether it is of one series of demand: made of all customers, and not for who sees a part of them.
    """

    key: str
    title: Label
    definition: Label
    frame: Callable[[Published], pd.DataFrame]
    draw: Callable[[pd.DataFrame, Words], Drawing]
    run: Callable[[Published], Run | None]
    advice: Label = IMPORT_FIRST
    roles: frozenset[Role] = EVERYBODY
    panels: bool = False
    on_dashboard: bool = True
    by_series: bool = False

    def drawing(self, published: Published, words: Words) -> Drawing:
        return self.draw(self.frame(published), words)


def scores(published: Published) -> Run | None:
    return published.scores


def groups(published: Published) -> Run | None:
    return published.groups


def dense_groups(published: Published) -> Run | None:
    return published.dense_groups


def days(published: Published) -> Run | None:
    return published.days


def demand(published: Published) -> Run | None:
    return published.demand


MAP = _(
    "The first two principal components of a sample of buyers: the two directions in which they differ most, over the "
    "features that the groups were found in, measured from the median by the range between the quartiles. An axis is "
    "named by the features that weigh most in it; + says that it grows to the right, or upwards. Groups that lie apart "
    "in other directions can overlap here."
)
POSITIONING = _(
    "A correspondence analysis of order lines by segment and category within the window. A segment lies towards the "
    "categories that it buys more of than all do; in the middle lies who buys as all do. Compare directions from the "
    "middle, not the distance between a segment and a category. The table has the ratio of each pair."
)

CHARTS: tuple[Chart, ...] = (
    Chart(
        key="revenue",
        title=_("Revenue by month"),
        definition=_(
            "The totals of all orders of a month, converted to your currency at the rate of their day, less what was "
            "refunded in that month, whenever it had been ordered. Orders without a known customer count too; stock "
            "corrections do not. A hatched bar is a month that is not over; it is compared with nothing."
        ),
        frame=lambda published: published.months,
        draw=revenue_by_month,
        run=days,
    ),
    Chart(
        key="segments",
        title=_("Customers by segment"),
        definition=_(
            "Each customer stands in the one segment that their recency and frequency scores lead to. Revenue is what "
            "they bought within the scoring window, less refunds. Customers who bought only before the window, or "
            "never, have no scores and are shown apart."
        ),
        frame=lambda published: published.segments,
        draw=customers_by_segment,
        run=scores,
    ),
    Chart(
        key="buyers",
        title=_("New and returning buyers by month"),
        definition=_(
            "A buyer is a known customer with an order that was not wholly refunded; each counts once a month. New: "
            "the first purchase ever was in that month, so at the beginning of your data everybody is new. "
            "Two shares are called different only if chance alone would make such a difference less than once in "
            "twenty months."
        ),
        frame=lambda published: published.months,
        draw=new_and_returning_buyers,
        run=days,
    ),
    Chart(
        key="recency-frequency",
        title=_("Recency × frequency"),
        definition=_(
            "Scores go from 1 to 5 by fifths of the buyers in the scoring window: 5 for those who bought latest or "
            "most often. Equal values get equal scores, so a cell may stay empty. Framed are those with a frequency "
            "of 3 or more, but a recency of 2 or less; the title gives their share of all with such a frequency."
        ),
        frame=lambda published: published.cells,
        draw=recency_frequency_grid,
        run=scores,
    ),
    Chart(
        key="distributions",
        title=_("Recency, frequency and monetary value"),
        definition=_(
            "All buyers of the scoring window. Days since the last purchase; purchases, where orders of one day count "
            "as one; revenue less refunds, in ranges that grow by 2 to 2.5 times so that small and large amounts are "
            "both seen. Dashed: the median, which half of the buyers do not exceed."
        ),
        frame=lambda published: published.score_values,
        draw=recency_frequency_monetary,
        run=scores,
        panels=True,
    ),
    Chart(
        key="movement",
        title=_("Movement between segments"),
        definition=_(
            "The segments of the run before against those of the current run, customer by customer. Only those who "
            "changed are drawn, in the colour of where they went; the table has those who stayed too. Scores are "
            "relative to all buyers, so a customer can move because others did, or because settings were changed."
        ),
        frame=lambda published: published.moves,
        draw=movement_between_segments,
        run=scores,
        advice=_("Recompute again when new orders have come in; then the two runs are compared."),
    ),
    Chart(
        key="positioning",
        title=_("What each segment buys"),
        definition=POSITIONING,
        frame=lambda published: map_frames.segments_and_categories(published.scores, published.sight),
        draw=segments_and_categories,
        run=scores,
        on_dashboard=False,
    ),
    Chart(
        key="group-positioning",
        title=_("What each group buys"),
        definition=POSITIONING,
        frame=lambda published: map_frames.segments_and_categories(published.groups, published.sight),
        draw=segments_and_categories,
        run=groups,
        on_dashboard=False,
    ),
    Chart(
        key="group-map",
        title=_("Map of the groups"),
        definition=MAP,
        frame=lambda published: map_frames.customers_and_groups(published.groups, published.sight),
        draw=customer_map,
        run=groups,
        on_dashboard=False,
    ),
    Chart(
        key="dense-group-map",
        title=_("Map of the dense groups"),
        definition=MAP,
        frame=lambda published: map_frames.customers_and_groups(published.dense_groups, published.sight),
        draw=customer_map,
        run=dense_groups,
        on_dashboard=False,
    ),
    Chart(
        key="demand-forecast",
        title=_("Forecast"),
        definition=_(
            "Whole months, or weeks where there are fewer than thirty months, and what is to come by the model that "
            "forecast this series best on earlier periods; where it did not beat the same as a season ago (for weeks: "
            "as the week before) on later ones, that is used. Dotted: as likely to be exceeded as not. Shaded: meant "
            "to hold 80 of 100 values."
        ),
        frame=lambda published: published.demand_periods,
        draw=demand_forecast,
        run=demand,
        advice=RECOMPUTE_FIRST,
        on_dashboard=False,
        by_series=True,
    ),
    Chart(
        key="demand-anomalies",
        title=_("What stood out"),
        definition=_(
            "Shaded is what trend and season let expect: 3.5 robust standard deviations to either side, unless an "
            "admin has set another number. Values outside are marked by diamonds and have no part in trend and season."
        ),
        frame=lambda published: published.demand_periods,
        draw=demand_anomalies,
        run=demand,
        advice=RECOMPUTE_FIRST,
        on_dashboard=False,
        by_series=True,
    ),
    Chart(
        key="demand-components",
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
        on_dashboard=False,
        by_series=True,
    ),
)

BY_KEY = {chart.key: chart for chart in CHARTS}
