"""What customers do before they buy."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from reports import behaviour_frames, funnel_frames
from reports.catalog.entry import DAYS_AND_FILTER, EVERYTHING, Chart, days
from reports.charts.behaviour import behaviour_over_time, funnel
from reports.charts.paths import paths_of_customers
from reports.charts.per_customer import deeds_per_customer

NO_EVENTS = _("Import events, or send them over the API, then recompute.")

CHARTS: tuple[Chart, ...] = (
    Chart(
        key="funnel",
        subject="behaviour",
        title=_("From a visit to a purchase"),
        definition=_(
            "Different known customers. Came: a visit, a click or a product that was looked at. Each further step was "
            "taken after the first product that was looked at, or the first cart after it, within the days that are "
            "asked. Who bought without putting anything into a cart is not in the last step. What came as a day "
            "without an hour counts as in order with all of that day."
        ),
        frame=funnel_frames.funnel,
        draw=funnel,
        run=days,
        follows=EVERYTHING,
        advice=NO_EVENTS,
    ),
    Chart(
        key="behaviour-trend",
        subject="behaviour",
        title=_("Visits, clicks and purchases"),
        definition=_(
            "Events of the kinds visit and click, and orders, of known customers, by periods that suit the days that "
            "are asked. A week begins where your language says. The first and the last period may lie in these days in "
            "part: a ring marks them. The earlier days stand beside them place by place."
        ),
        frame=behaviour_frames.over_time,
        draw=behaviour_over_time,
        run=days,
        follows=EVERYTHING,
        advice=NO_EVENTS,
        panels=True,
    ),
    Chart(
        key="deeds-per-customer",
        subject="behaviour",
        title=_("Visits, clicks and purchases a customer"),
        definition=_(
            "Known customers who visited, clicked, looked at a product, put something into the cart or bought on these "
            "days, by how many visits, clicks and orders they have. Past single numbers, ranges grow. Dashed: the "
            "median, which half of these customers do not exceed."
        ),
        frame=behaviour_frames.per_customer,
        draw=deeds_per_customer,
        run=days,
        follows=DAYS_AND_FILTER,
        advice=NO_EVENTS,
        panels=True,
    ),
    Chart(
        key="paths",
        subject="behaviour",
        title=_("Paths"),
        definition=_(
            "The first four steps that a known customer took on the days that are asked, in the order of time: a visit "
            "or click, a product that was looked at, a cart, a purchase. What is repeated counts once. Of more than "
            "100,000 customers every so many-th is drawn, by their number. The table has the most frequent paths."
        ),
        frame=behaviour_frames.paths,
        draw=paths_of_customers,
        run=days,
        follows=DAYS_AND_FILTER,
        advice=NO_EVENTS,
    ),
)
