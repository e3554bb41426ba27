"""What customers are worth, and whether they stay."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from reports import value_frames
from reports.catalog.entry import BUT_DAYS, FILTER_ALONE, Chart
from reports.charts.beside import Beside
from reports.charts.calibration import calibration
from reports.charts.churn import churn_probabilities, money_at_risk
from reports.charts.composite_spread import composite_spread
from reports.charts.expected_spend import expected_concentration, expected_spend
from reports.charts.value import best_customers, value_by_segment

CALIBRATION = _(
    "Customers are put in the order of what the model said of them, and divided into tenths; of each tenth stands the "
    "mean of what was said, and of what came. When it was judged: on the last days before its run, which it had not "
    "seen. What came: of the latest earlier run whose time has passed by now, as known when that was first "
    "seen. With a filter, or for who sees a part of the customers, the tenths are of these alone."
)

IS_COMPARISON = _("It is a comparison itself: what was said, with what came.")

CHARTS: tuple[Chart, ...] = (
    Chart(
        key="expected-spend",
        subject="value",
        title=_("Expected spend of 12 months"),
        definition=_(
            "What each buyer is expected to spend within 12 months of the run’s day, by the model that its run chose "
            "on earlier days and proved on later ones. The ranges grow by 2 to 2.5 times, so that small and large "
            "amounts are both seen. In the list, a range begins with its first amount and ends before its last."
        ),
        frame=value_frames.expected_spend,
        draw=expected_spend,
        run=value_frames.values,
        follows=BUT_DAYS,
        of_runs=True,
        beside=Beside(
            keys=("least",),
            told=("customers", "share", "expected_minor"),
            counts=("customers", "expected_minor"),
            order=("least",),
        ),
    ),
    Chart(
        key="expected-concentration",
        subject="value",
        title=_("On how few buyers it rests"),
        definition=_(
            "Buyers in the order of what is expected of them within 12 months, the best first: which share of all that "
            "is expected falls to which share of them. The further the curve lies above the dotted line, the fewer it "
            "rests on."
        ),
        frame=value_frames.expected_hundredths,
        draw=expected_concentration,
        run=value_frames.values,
        follows=BUT_DAYS,
        of_runs=True,
        beside=Beside(keys=(), told=("spend",)),
    ),
    Chart(
        key="best-customers",
        subject="value",
        title=_("Of whom most is expected"),
        definition=_(
            "The fifteen customers with the highest expected spend within 12 months, as the run says. What comes lies "
            "within the line in 80 of 100 cases. Archived customers, and those who have objected to profiling, are "
            "left out."
        ),
        frame=value_frames.best_customers,
        draw=best_customers,
        run=value_frames.values,
        follows=BUT_DAYS,
        of_runs=True,
        beside=Beside(
            keys=("customer_id",),
            told=("expected_minor",),
            counts=(),
            means=("expected_minor", "least_minor", "most_minor"),
            of_rows=True,
        ),
    ),
    Chart(
        key="value-spread",
        subject="value",
        title=_("Composite value of the customers"),
        definition=_(
            "The composite value of each customer, from 0 to 1, in tenths, rounded to hundredths as the list compares "
            "it: purchases, service use, feedback and referrals, weighted as an admin has set."
        ),
        frame=value_frames.composite_spread,
        draw=composite_spread,
        run=value_frames.composite,
        follows=BUT_DAYS,
        of_runs=True,
        beside=Beside(keys=("tenth",), told=("customers", "share"), counts=("customers", "summed"), order=("tenth",)),
    ),
    Chart(
        key="value-by-segment",
        subject="value",
        title=_("Composite value by segment"),
        definition=_(
            "The mean of the composite value, from 0 to 1, of the customers of each segment: purchases, service use, "
            "feedback and referrals, weighted as an admin has set. The segment is that of the run that was shown when "
            "composite value was computed."
        ),
        frame=value_frames.value_by_segment,
        draw=value_by_segment,
        run=value_frames.composite,
        follows=BUT_DAYS,
        of_runs=True,
        beside=Beside(keys=("segment",), told=("mean", "customers"), means=("mean", "deviation"), order=("rank",)),
    ),
    Chart(
        key="value-calibration",
        subject="value",
        title=_("Expected purchases against what came"),
        definition=CALIBRATION,
        frame=lambda published: value_frames.calibration_of(value_frames.values(published), published),
        draw=calibration,
        run=value_frames.values,
        follows=FILTER_ALONE,
        of_runs=True,
        not_compared=IS_COMPARISON,
    ),
    Chart(
        key="money-at-risk",
        subject="value",
        title=_("Money at risk"),
        definition=_(
            "What the buyers of each band of churn bought within the scoring window, less refunds. Very high: they buy "
            "nothing within the horizon with a probability of 0.9 or more; high: of 0.7 or more; medium: of 0.4 or "
            "more. Likely to stay away are the first two. What they bought is not lost yet, and not all of it would "
            "be."
        ),
        frame=value_frames.churn_bands,
        draw=money_at_risk,
        run=value_frames.churn,
        follows=BUT_DAYS,
        of_runs=True,
        beside=Beside(
            keys=("band",),
            told=("monetary_minor", "customers"),
            counts=("customers", "monetary_minor"),
            means=("probability",),
            order=("place",),
        ),
    ),
    Chart(
        key="churn-distribution",
        subject="value",
        title=_("How likely buyers are to stay away"),
        definition=_(
            "The probability of each buyer to buy nothing within the horizon of the run, in twentieths, rounded to "
            "hundredths as the list compares it. The colours are those of the bands: low, medium, high and very high."
        ),
        frame=value_frames.churn_twentieths,
        draw=churn_probabilities,
        run=value_frames.churn,
        follows=BUT_DAYS,
        of_runs=True,
        beside=Beside(keys=("twentieth",), told=("customers", "share"), order=("twentieth",)),
    ),
    Chart(
        key="churn-calibration",
        subject="value",
        title=_("Churn against what came"),
        definition=CALIBRATION,
        frame=lambda published: value_frames.calibration_of(value_frames.churn(published), published),
        draw=calibration,
        run=value_frames.churn,
        follows=FILTER_ALONE,
        of_runs=True,
        not_compared=IS_COMPARISON,
    ),
)
