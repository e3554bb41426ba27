"""Who the customers are: all of it as they were when the facts were read, without archived and deleted ones."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from reports import customer_frames
from reports.catalog.entry import BUT_DAYS, DAYS_AND_FILTER, Chart, days, of_question
from reports.charts.ages import ages_of_customers
from reports.charts.beside import Beside
from reports.charts.customer_places import customers_on_the_map
from reports.charts.growth import number_of_customers

COUNTRIES = Beside(keys=("code",), told=("customers", "share"))
AGES = Beside(keys=("first",), told=("customers", "share"), order=("first",))

CHARTS: tuple[Chart, ...] = (
    Chart(
        key="customers-growth",
        subject="customers",
        title=_("Number of customers"),
        definition=_(
            "Customers as they were when the facts were read, without archived and deleted ones, by the day since "
            "which their record calls them a customer. Who has left since is in none of the numbers, so earlier ones "
            "are lower than they were."
        ),
        frame=customer_frames.growth,
        draw=number_of_customers,
        run=days,
        follows=DAYS_AND_FILTER,
    ),
    Chart(
        key="customers-age",
        subject="customers",
        title=_("Customers by age"),
        definition=_(
            "The age that is reached within the year of the facts, by the year of birth. Years that nobody can be "
            "born in count as unknown. The box has the middle half with the median as its line; the whiskers reach "
            "from the youngest to the oldest. Whoever does not see single birth dates does not see this."
        ),
        frame=customer_frames.ages,
        draw=ages_of_customers,
        run=days,
        follows=BUT_DAYS,
        beside=AGES,
    ),
    Chart(
        key="customers-map",
        subject="customers",
        title=_("Customers by country"),
        definition=_(
            "The country of the main address. A bubble stands in the middle of its country, and its area grows with "
            "the number of customers there; small points are countries without any. The map is drawn here: nothing is "
            "fetched from elsewhere."
        ),
        frame=customer_frames.countries,
        draw=customers_on_the_map,
        run=days,
        follows=BUT_DAYS,
        beside=COUNTRIES,
    ),
    of_question(
        key="customers-region",
        subject="customers",
        title=_("Customers by region"),
        definition=_(
            "The region of the main address, as it was written there: two spellings are two regions. The twenty "
            "largest are told by name."
        ),
        measure="customers",
        by="region",
        follows=BUT_DAYS,
        is_tall=True,
    ),
    of_question(
        key="customers-sex",
        subject="customers",
        title=_("Customers by sex"),
        definition=_(
            "What the record says, and unknown where it says nothing; organisations have none. Customers as they were "
            "when the facts were read."
        ),
        measure="customers",
        by="sex",
        follows=BUT_DAYS,
    ),
    of_question(
        key="customers-segment",
        subject="customers",
        title=_("Customers by segment"),
        definition=_(
            "The segment of the newest scores by recency, frequency and monetary value. Unknown are those who have no "
            "scores, because they may not be profiled or came since."
        ),
        measure="customers",
        by="segment",
        follows=BUT_DAYS,
    ),
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
        follows=BUT_DAYS,
    ),
    of_question(
        key="customers-stage",
        subject="customers",
        title=_("Customers by stage"),
        definition=_(
            "The stage that the record names, from lead to former customer, set by people or by an import; it says "
            "nothing of when somebody bought."
        ),
        measure="customers",
        by="lifecycle",
        follows=BUT_DAYS,
    ),
)
