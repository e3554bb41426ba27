"""What charts of expected spend and of churn are drawn from: sums that runs have published, of whom a person sees."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from analytics import publishing, run_words
from analytics.algorithms.rfm import AMOUNT_EDGES
from analytics.analyses.churn import BAND_LABELS, BAND_TONES, BANDS
from analytics.evaluation import calibration
from analytics.findings import Kind
from analytics.many_ids import condition_on, numbers_of
from analytics.models import ForecastOutcome, LifetimeValue, Run
from core.models import OrganisationSettings
from core.money import from_minor, minor_digits
from core.text import isolated
from customers.models import Customer
from reports.bought_lines import NO_PURCHASES
from reports.charts.churn import PARTS
from reports.charts.drawing import rows_of
from reports.drilling import customers_of, has, ranked_in
from reports.frames import Published
from reports.segment_frames import named_segments
from reports.semantics.facts import FEWEST_OF_A_GROUP, facts_of, hides_few, is_chosen
from reports.semantics.subjects import sales_wanted

SHOWN_CUSTOMERS = 15
BEST_COLUMNS = {
    "expected_minor": "expected_spend_12m_minor",
    "least_minor": "least_spend_12m_minor",
    "most_minor": "most_spend_12m_minor",
    "alive": "alive_probability",
    "next_date": "next_purchase_date",
}
RISKY_BANDS = ("very_high", "high")
# The forecast that stands beside the proof of its analysis; see `Forecast.as_judged`.
JUDGED_FORECASTS = {"churn": "silence", "clv": "purchases_3m"}
# Where the rows of each have what was said, and in which parts it is read.
SAID = {"churn": "churn_probability", "clv": "expected_purchases_3m"}
SAID_PARTS = 10**9
PURCHASE_DAYS = f"""
    SELECT b.customer_id, COUNT(DISTINCT b.ordered_date) AS days FROM orders AS b
    WHERE
        b.customer_id IS NOT NULL AND b.ordered_date BETWEEN $since AND $until AND {{chosen}}
        AND b.order_id NOT IN ({NO_PURCHASES})
    GROUP BY b.customer_id
"""  # noqa: S608 - texts of ours
TENTH_COLUMNS = ["when", "said", "became", "cases", "what", "kind", "until"]


def values(published: Published) -> Run | None:
    return publishing.current_runs().get("clv")


def churn(published: Published) -> Run | None:
    return publishing.current_runs().get("churn")


def expected_spend(published: Published) -> pd.DataFrame:
    """See `charts.expected_spend`. What is less than a whole unit of the currency is one range."""
    found = published.summed_up("expected_spend", values(published))
    currency = OrganisationSettings.current().currency
    unit = 10 ** minor_digits(currency)
    edges = [0, *(edge for edge in AMOUNT_EDGES if edge >= unit)]
    starts = [0, *AMOUNT_EDGES]
    least = found["value"].map(lambda place: starts[place] if starts[place] >= unit else 0)
    ranges = found.assign(least=least).groupby("least", as_index=False)[["customers", "expected_minor"]].sum()
    below = [edges[edges.index(edge) + 1] for edge in ranges["least"]]
    ranges = ranges.assign(below=below)
    filters = [
        customers_of(
            published,
            values(published),
            *_spend_between(row["least"], row["below"], currency),
            drawn=row["customers"],
        )
        for row in rows_of(ranges)
    ]
    return _told(ranges.assign(filter=filters), published)


def expected_hundredths(published: Published) -> pd.DataFrame:
    """See `charts.expected_spend`; in steps of several where steps of few would tell of single ones."""
    run = values(published)
    found = published.summed_up("expected_parts", run)
    found = _in_steps(found) if hides_few(published.sight) else found
    places = zip(found["least_minor"], found["last_id"], found["customers"].cumsum(), strict=True)
    filters = [ranked_in(published, run, "expected_best", least, last, drawn=count) for least, last, count in places]
    return found.assign(filter=filters)


def best_customers(published: Published) -> pd.DataFrame:
    """See `charts.value`: of those whom the person sees by now, and the filter chooses."""
    run = values(published)
    if run is None:
        return pd.DataFrame(columns=["customer_id", "label", *BEST_COLUMNS])
    seen = Customer.objects.live().visible_to(published.sight)
    expected = LifetimeValue._default_manager.filter(run_id=run.pk, customer__in=seen)
    if published.chosen_sql:
        # It holds numbers alone.
        is_chosen = RawSQL(published.chosen_sql, [], output_field=BooleanField())  # noqa: S611  # nosec B611
        expected = expected.filter(is_chosen)
    best = expected.order_by("-expected_spend_12m_minor", "-customer_id")[:SHOWN_CUSTOMERS]
    rows = best.values_list("customer_id", "customer__name", *BEST_COLUMNS.values())
    frame = pd.DataFrame.from_records(list(rows), columns=["customer_id", "label", *BEST_COLUMNS])
    return frame.assign(label=[isolated(name) for name in frame["label"]])


def composite(published: Published) -> Run | None:
    return publishing.current_runs().get("composite")


def composite_spread(published: Published) -> pd.DataFrame:
    """See `charts.composite_spread`."""
    run = composite(published)
    found = published.summed_up("composite_tenths", run)
    filters = [
        customers_of(published, run, _within_hundredths("value.score", tenth * 10, 10), drawn=count)
        for tenth, count in zip(found["tenth"], found["customers"], strict=True)
    ]
    return _told(found.assign(summed=found["summed"].astype(float), filter=filters), published)


def value_by_segment(published: Published) -> pd.DataFrame:
    """See `charts.value`."""
    run = composite(published)
    if published.sight.sees_all and not published.chosen_sql:
        found = published.summed_up("composite_groups", run)
        of_segments = found[(found["dimension"] == "segment") & (found["value"] != "")]
    else:
        of_segments = published.summed_up("composite_segments", run)
    named = named_segments(of_segments.assign(segment=of_segments["value"])).assign(
        mean=of_segments["mean"].astype(float),
        deviation=of_segments["deviation"].astype(float),
        filter=[
            customers_of(published, run, has("rfm.segment", code), {"not": has("value.score", None)}, drawn=count)
            for code, count in zip(of_segments["value"], of_segments["customers"], strict=True)
        ],
    )
    return _told(named.sort_values("rank", kind="stable", ignore_index=True), published)


def churn_twentieths(published: Published) -> pd.DataFrame:
    """See `charts.churn`."""
    run = churn(published)
    found = published.summed_up("churn_twentieths", run)
    return _told(
        found.assign(
            tone=[BAND_TONES[_band_of(place / PARTS)] for place in found["twentieth"]],
            filter=[
                customers_of(published, run, _within_hundredths("churn.probability", 5 * place, 5), drawn=count)
                for place, count in zip(found["twentieth"], found["customers"], strict=True)
            ],
            days=run.params["horizon_days"] if run else 0,
        ),
        published,
    )


def churn_bands(published: Published) -> pd.DataFrame:
    """The riskiest first."""
    found = published.summed_up("churn_bands", churn(published))
    order = {band: place for place, (band, _least) in enumerate(BANDS)}
    named = found.assign(
        filter=[
            customers_of(published, churn(published), has("churn.band", band), drawn=count)
            for band, count in zip(found["band"], found["customers"], strict=True)
        ],
        label=[str(BAND_LABELS.get(band, band)) for band in found["band"]],
        tone=[BAND_TONES.get(band, "neutral") for band in found["band"]],
        is_risky=found["band"].isin(RISKY_BANDS),
    )
    return _told(named.sort_values("band", key=lambda bands: bands.map(order), ignore_index=True), published)


def calibration_of(run: Run | None, published: Published) -> pd.DataFrame:
    """See `charts.calibration`: how a run was judged, and what has become of an earlier one. Of some customers the
    latter alone, of an earlier run whose rows are kept."""
    if run is None:
        return pd.DataFrame(columns=TENTH_COLUMNS)
    if not published.is_of_all:
        return _calibration_of_some(run, published)
    proof = run_words.proof(run)
    kind = "share" if proof.kind == Kind.SHARE else "number"
    what = _foretold(run)
    rows: list[tuple[Any, ...]] = [("judged", *each, what, kind, proof.tested_until) for each in proof.calibration]
    came = ForecastOutcome.objects.filter(run__analysis=run.analysis, forecast=JUDGED_FORECASTS[run.analysis])
    latest = came.order_by("-until", "-pk").first()
    if latest is not None and rows:
        rows += [("came", *each, what, kind, latest.until) for each in latest.calibration]
    return pd.DataFrame(rows, columns=TENTH_COLUMNS)


def _calibration_of_some(run: Run, published: Published) -> pd.DataFrame:
    came = ForecastOutcome.objects.filter(run__analysis=run.analysis, forecast=JUDGED_FORECASTS[run.analysis])
    kept = came.filter(run__status__in=Run.WITH_ROWS).select_related("run")
    latest = kept.order_by("-until", "-pk").first()
    frame = pd.DataFrame(columns=TENTH_COLUMNS)
    if latest is not None:
        asked = ["what came", latest.run, latest.pk, published.facts_run, repr(published.among)]
        tenths = published.kept(asked, lambda: _tenths_of_some(latest, published), for_all=False)
        kind, what = run_words.proof(run).kind, _foretold(latest.run)
        rows = [("came", *each, what, "share" if kind == Kind.SHARE else "number", latest.until) for each in tenths]
        frame = _told(pd.DataFrame(rows, columns=TENTH_COLUMNS), published, counted="cases")
    frame.attrs["is_of_some"] = True
    return frame


def _tenths_of_some(outcome: ForecastOutcome, published: Published) -> list[tuple[float, float, int]]:
    """What an earlier run said of the chosen customers, against what they have bought in its days, as known now."""
    run, ids = outcome.run, published.chosen_ids
    column = SAID[run.analysis]
    found = numbers_of(
        f"SELECT customer_id, round({column}::numeric * {SAID_PARTS})::bigint FROM analytics_{run.analysis}"  # noqa: S608 - ours
        f" WHERE run_id = %s AND {column} IS NOT NULL AND {condition_on(ids)}",
        ("customer_id", "said"),
        [run.pk],
    )
    order = np.argsort(found["customer_id"])
    customers, said = found["customer_id"][order], found["said"][order] / SAID_PARTS
    days = _purchase_days(published, run.as_of + dt.timedelta(days=1), outcome.until)
    known = days[days["customer_id"].isin(customers)]
    became = np.zeros(len(customers))
    became[np.searchsorted(customers, known["customer_id"])] = known["days"]
    return calibration(said, became == 0 if run.analysis == "churn" else became)


def _purchase_days(published: Published, since: dt.date, until: dt.date) -> pd.DataFrame:
    """On how many days each of the chosen customers bought: customer_id and days, of those who did."""
    run = published.facts_run
    with facts_of(run, published.among, published.sight) as facts:
        facts.only(sales_wanted(since, until, "order_id", "total_minor"))
        sql = PURCHASE_DAYS.format(chosen=is_chosen(published.among, "b.customer_id"))
        return facts.engine.frame(sql, {"since": since, "until": until, "as_of": run.as_of})


def _foretold(run: Run) -> str:
    """Of a customer, on average."""
    if run.analysis == "churn":
        return _("Buy nothing within %(days)s days") % {"days": run.params["horizon_days"]}
    return _("Purchase days of a customer within %(days)s days") % {"days": run.params["test_days"]}


def _told(frame: pd.DataFrame, published: Published, *, counted: str = "customers") -> pd.DataFrame:
    """Without groups so small that they would tell what is hidden from the person."""
    if not hides_few(published.sight):
        return frame
    return frame[frame[counted] >= FEWEST_OF_A_GROUP].reset_index(drop=True)


def _in_steps(hundredths: pd.DataFrame) -> pd.DataFrame:
    """Neighbours put together until there are enough customers in each step; too few at the end are left out."""
    steps: list[dict[str, int]] = []
    customers = expected = 0
    for row in rows_of(hundredths):
        customers, expected = customers + row["customers"], expected + row["expected_minor"]
        if customers >= FEWEST_OF_A_GROUP:
            steps.append({**row, "customers": customers, "expected_minor": expected})
            customers = expected = 0
    return pd.DataFrame(steps, columns=hundredths.columns)


def _band_of(probability: float) -> str:
    return next(band for band, least in BANDS if probability >= least)


def _within_hundredths(field: str, first: int, many: int) -> dict[str, Any]:
    """From so many hundredths on, as the list compares them; the last of all belong to those before."""
    low, high = Decimal(first) / 100, Decimal(first + many - (first + many < 100)) / 100
    return {"field": field, "op": "between", "value": [str(low), str(high)]}


def _spend_between(least: int, below: int, currency: str) -> list[dict[str, Any]]:
    ends = [("<", below)] if least <= 0 else [(">=", least), ("<", below)]
    return [{"field": "clv.spend", "op": op, "value": str(from_minor(minor, currency))} for op, minor in ends]
