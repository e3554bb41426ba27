"""Revenue, orders, buyers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from reports.catalog.entry import Chart, days, scores
from reports.charts.buyers import new_and_returning_buyers
from reports.charts.distributions import recency_frequency_monetary
from reports.charts.revenue import revenue_by_month

CHARTS: tuple[Chart, ...] = (
    Chart(
        key="revenue",
        subject="transactions",
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
        key="buyers",
        subject="transactions",
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
        key="distributions",
        subject="transactions",
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
)
