"""Revenue, orders, buyers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from reports import purchase_frames, segment_frames, spending_frames
from reports.catalog.entry import BUT_DAYS, DAYS_AND_FILTER, EVERYTHING, OVER_TIME, Chart, days, of_question, scores
from reports.charts.beside import Beside
from reports.charts.buyers import new_and_returning_buyers
from reports.charts.buyers_over_time import new_and_returning
from reports.charts.cohorts import customers_again, money_again
from reports.charts.distributions import recency_frequency_monetary
from reports.charts.margins import margin_over_time
from reports.charts.pareto import concentration_of_revenue
from reports.charts.purchases import purchases_per_customer, rates_of_purchase, spending_per_customer
from reports.charts.revenue import revenue_by_month
from reports.charts.sales import revenue_over_time
from reports.charts.top_customers import customers_by_spending

IN_ITSELF = _("Its picture has the same months of the year before itself.")

CHARTS: tuple[Chart, ...] = (
    Chart(
        key="sales-revenue",
        subject="transactions",
        title=_("Revenue over time"),
        definition=_(
            "The totals of orders, converted to your currency at the rate of their day, less refunds, each on its own "
            "day whenever it had been ordered. Orders without a known customer count too where no filter is set. A "
            "hatched bar is a period of which not all days are shown."
        ),
        frame=purchase_frames.sales,
        draw=revenue_over_time,
        run=days,
        follows=EVERYTHING,
    ),
    Chart(
        key="sales-margin",
        subject="transactions",
        title=_("Margin"),
        definition=_(
            "Amounts of order lines less their cost, of those lines alone whose cost is known; both converted at the "
            "rate of the day, before refunds. How much of the amount that is stands below the picture."
        ),
        frame=purchase_frames.margins,
        draw=margin_over_time,
        run=days,
        follows=DAYS_AND_FILTER,
        advice=_("Import orders with the cost of their lines, then recompute."),
    ),
    of_question(
        key="sales-orders",
        subject="transactions",
        title=_("Orders over time"),
        definition=_(
            "Orders on their day, refunded or not, also those without a known customer where no filter is set. What "
            "is no sale, as a correction of the stock, is left out."
        ),
        measure="orders",
        by=OVER_TIME,
    ),
    of_question(
        key="sales-basket",
        subject="transactions",
        title=_("Average order over time"),
        definition=_(
            "What was ordered in a period, before refunds, by the number of its orders. A period without an order has "
            "no average, and the line is broken there."
        ),
        measure="basket",
        by=OVER_TIME,
        as_line=True,
    ),
    Chart(
        key="sales-buyers",
        subject="transactions",
        title=_("New and returning buyers over time"),
        definition=_(
            "Known customers with a purchase, each once a period. New: the first purchase ever lies in that period, "
            "so at the beginning of your data everybody is new. An order that was wholly refunded is no purchase. A "
            "hatched bar is a period of which not all days are shown."
        ),
        frame=purchase_frames.buyers,
        draw=new_and_returning,
        run=days,
        follows=DAYS_AND_FILTER,
    ),
    of_question(
        key="sales-refunds",
        subject="transactions",
        title=_("Share refunded over time"),
        definition=_(
            "What was paid back in a period against what was ordered in it. Since a refund counts on its own day, the "
            "order that it belongs to may lie in an earlier period."
        ),
        measure="refund_share",
        by=OVER_TIME,
        as_line=True,
    ),
    of_question(
        key="sales-products",
        subject="transactions",
        title=_("Top products"),
        definition=_(
            "The amounts of order lines, converted at the rate of the day, before refunds. The twenty products with "
            "the highest amount are told by name, all others are put together."
        ),
        measure="line_amount",
        by="product",
        is_tall=True,
    ),
    of_question(
        key="sales-categories",
        subject="transactions",
        title=_("Top categories"),
        definition=_(
            "The amounts of order lines by the category that the product is in now, converted at the rate of the day, "
            "before refunds. The twenty with the highest amount are told by name."
        ),
        measure="line_amount",
        by="category",
        is_tall=True,
    ),
    Chart(
        key="sales-customers",
        subject="transactions",
        title=_("Top customers"),
        definition=_(
            "Purchases of the days, less what has been refunded of them since. You see the customers whom you may see "
            "in the list; who has been archived or deleted since has no name here."
        ),
        frame=purchase_frames.top_customers,
        draw=customers_by_spending,
        run=days,
        follows=DAYS_AND_FILTER,
        is_tall=True,
    ),
    Chart(
        key="sales-concentration",
        subject="transactions",
        title=_("Concentration of revenue"),
        definition=_(
            "Known buyers in the order of what they bought in these days, less refunds of these purchases, best "
            "first; at most a hundred equal parts. The dotted line is what it would be if all bought alike."
        ),
        frame=purchase_frames.concentration,
        draw=concentration_of_revenue,
        run=days,
        follows=DAYS_AND_FILTER,
        is_tall=True,
    ),
    Chart(
        key="cohorts-customers",
        subject="transactions",
        title=_("Buyers who come again"),
        definition=_(
            "Customers by the month of their first purchase ever, of those months that lie in the days, the last "
            "thirteen at most; and the share of them who bought in each month after it. Month 0 is the first one and "
            "always 100%. A month that is not over is left out."
        ),
        frame=purchase_frames.cohorts,
        draw=customers_again,
        run=days,
        follows=DAYS_AND_FILTER,
        is_tall=True,
    ),
    Chart(
        key="cohorts-money",
        subject="transactions",
        title=_("Money that comes again"),
        definition=_(
            "The same customers by what they bought in each month, less refunds of these purchases, against what they "
            "bought in the month of their first purchase. Month 0 is always 100%. A month that is not over is left "
            "out."
        ),
        frame=purchase_frames.cohorts,
        draw=money_again,
        run=days,
        follows=DAYS_AND_FILTER,
        is_tall=True,
    ),
    Chart(
        key="purchases-number",
        subject="transactions",
        title=_("Purchases of each customer"),
        definition=_(
            "R: the number of purchases of a customer in the days. An order that was wholly refunded is none. The "
            "grey bar are those who bought once, and so have no frequency."
        ),
        frame=purchase_frames.purchase_counts,
        draw=purchases_per_customer,
        run=days,
        follows=DAYS_AND_FILTER,
    ),
    Chart(
        key="purchases-rate",
        subject="transactions",
        title=_("How often repeat buyers buy"),
        definition=_(
            "T: the years from the first to the last purchase of a customer in the days. Frequency F = R / T; the "
            "interval rate (R − 1) / T counts the intervals between purchases and does not flatter short times. "
            "Whoever bought once, or on one day alone, has no T and stands apart, below the picture."
        ),
        frame=spending_frames.purchase_rates,
        draw=rates_of_purchase,
        run=days,
        follows=DAYS_AND_FILTER,
    ),
    Chart(
        key="purchases-amount",
        subject="transactions",
        title=_("What each customer spends"),
        definition=_(
            "S: the purchases of a customer in the days, less what has been refunded of them since, in ranges that "
            "grow by 2 to 2.5 times so that small and large amounts are both seen."
        ),
        frame=spending_frames.spending,
        draw=spending_per_customer,
        run=days,
        follows=DAYS_AND_FILTER,
    ),
    Chart(
        key="revenue",
        subject="transactions",
        title=_("Revenue by month"),
        definition=_(
            "The totals of all orders of a month, converted to your currency at the rate of their day, less what was "
            "refunded in that month, whenever it had been ordered. Orders without a known customer count too; stock "
            "corrections do not. A hatched bar is a month that is not over; it is compared with nothing."
        ),
        frame=purchase_frames.months,
        draw=revenue_by_month,
        run=days,
        of_all=_("It is drawn from the days that the run summed up. “Revenue over time” follows days and customers."),
        not_compared=IN_ITSELF,
    ),
    Chart(
        key="buyers",
        subject="transactions",
        title=_("New and returning buyers by month"),
        definition=_(
            "A buyer is a known customer with an order that was not wholly refunded; each counts once a month. New: "
            "the first purchase ever was in that month, so at the beginning of your data everybody is new. Two shares "
            "are called different only if chance alone would make such a difference less than once in twenty months."
        ),
        frame=purchase_frames.months_of_buyers,
        draw=new_and_returning_buyers,
        run=days,
        of_all=_(
            "It is drawn from the days that the run summed up. “New and returning buyers over time” follows days "
            "and customers."
        ),
        not_compared=IN_ITSELF,
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
        frame=segment_frames.spread,
        draw=recency_frequency_monetary,
        run=scores,
        follows=BUT_DAYS,
        of_runs=True,
        panels=True,
        beside=Beside(keys=("measure", "value"), told=("customers", "share"), steady={"median": "measure"}),
    ),
)
