"""What charts of expected spend and of churn are drawn from: sums that runs have published, of whom a person sees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from analytics import publishing, run_words
from analytics.algorithms.rfm import AMOUNT_EDGES
from analytics.analyses.churn import BAND_LABELS, BAND_TONES, BANDS
from analytics.findings import Kind
from analytics.judged_customers import Tenth, judgement_of
from analytics.models import ForecastOutcome, JudgedCustomers, LifetimeValue, Run
from core.models import OrganisationSettings
from core.money import from_minor, minor_digits
from core.text import isolated
from customers.filters import EVERYBODY
from customers.models import Customer
from reports.chart_marks import key_of_tenth
from reports.charts.churn import PARTS, with_likelier
from reports.charts.composite_spread import with_half
from reports.charts.drawing import rows_of
from reports.drilling import customers_of, found_in, has
from reports.frames import Published
from reports.segment_frames import named_segments
from reports.semantics.facts import FEWEST_OF_A_GROUP, hides_few
from reports.semantics.few import told_of

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
TENTH_COLUMNS = ["when", "said", "became", "cases", "filter", "what", "kind", "until"]


def values(published: Published) -> Run | None:
    return published.run_of("clv")


def churn(published: Published) -> Run | None:
    return published.run_of("churn")


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
    ranges = ranges.assign(below=below, up_to=ranges["customers"].cumsum())
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
    filters = [
        found_in(published, run, "expected_best", f"{least}..{last}", drawn=count) for least, last, count in places
    ]
    return found.assign(filter=filters)


def best_customers(published: Published) -> pd.DataFrame:
    """See `charts.value`: of those whom the person sees by now, and the filter chooses. Of an earlier run what it said
    of the same customers."""
    run, shown = values(published), publishing.current_run("clv")
    if run is None or shown is None:
        return pd.DataFrame(columns=["customer_id", "label", *BEST_COLUMNS])
    seen = Customer.objects.live().visible_to(published.sight)
    expected = LifetimeValue._default_manager.filter(run_id=shown.pk, customer__in=seen)
    if published.chosen_sql:
        # It holds numbers alone.
        is_chosen = RawSQL(published.chosen_sql, [], output_field=BooleanField())  # noqa: S611  # nosec B611
        expected = expected.filter(is_chosen)
    best = expected.order_by("-expected_spend_12m_minor", "-customer_id")[:SHOWN_CUSTOMERS]
    if run != shown:
        best = LifetimeValue._default_manager.filter(
            run_id=run.pk, customer_id__in=list(best.values_list("customer_id", flat=True))
        )
    rows = best.values_list("customer_id", "customer__name", *BEST_COLUMNS.values())
    frame = pd.DataFrame.from_records(list(rows), columns=["customer_id", "label", *BEST_COLUMNS])
    return frame.assign(label=[isolated(name) for name in frame["label"]])


def composite(published: Published) -> Run | None:
    return published.run_of("composite")


def composite_spread(published: Published) -> pd.DataFrame:
    """See `charts.composite_spread`."""
    run = composite(published)
    found = published.summed_up("composite_tenths", run)
    filters = [
        customers_of(published, run, _within_hundredths("value.score", tenth * 10, 10), drawn=count)
        for tenth, count in zip(found["tenth"], found["customers"], strict=True)
    ]
    tenths = found.assign(summed=found["summed"].astype(float), filter=filters)
    return _told(with_half(tenths), published, "is_half")


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
        with_likelier(found).assign(
            tone=[BAND_TONES[_band_of(place / PARTS)] for place in found["twentieth"]],
            filter=[
                customers_of(published, run, _within_hundredths("churn.probability", 5 * place, 5), drawn=count)
                for place, count in zip(found["twentieth"], found["customers"], strict=True)
            ],
            days=run.params["horizon_days"] if run else 0,
        ),
        published,
        "is_likelier",
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
        risky=found["customers"].where(found["band"].isin(RISKY_BANDS), 0),
        risky_minor=found["monetary_minor"].where(found["band"].isin(RISKY_BANDS), 0),
        place=[order.get(band, len(order)) for band in found["band"]],
    )
    return _told(named.sort_values("place", kind="stable", ignore_index=True), published, "is_risky")


def calibration_of(run: Run | None, published: Published) -> pd.DataFrame:
    """See `charts.calibration`: how a run was judged, and what has become of an earlier one."""
    if run is None:
        return pd.DataFrame(columns=TENTH_COLUMNS)
    proof, judged_run = run_words.proof(run), run.learned_by_id or run.pk
    rows = [
        ("judged", *tenth, proof.tested_until)
        for tenth in _tenths(published, run, judged_run, "", means=proof.calibration)
    ]
    name = JUDGED_FORECASTS[run.analysis]
    outcomes = ForecastOutcome.objects.filter(run__analysis=run.analysis, forecast=name)
    latest = outcomes.order_by("-until", "-pk").first()
    if latest is not None:
        tenths = _tenths(published, run, latest.run_id, name, means=latest.calibration)
        rows += [("came", *tenth, latest.until) for tenth in tenths]
    frame = pd.DataFrame(rows, columns=[name for name in TENTH_COLUMNS if name not in {"what", "kind"}])
    frame = frame.assign(what=_foretold(run), kind="share" if proof.kind == Kind.SHARE else "number")[TENTH_COLUMNS]
    frame.attrs["is_of_some"] = not published.is_of_all
    return frame


def _tenths(
    published: Published, run: Run, judged_run: int, forecast: str, *, means: Sequence[Sequence[float]]
) -> Iterator[tuple[float, float, int, str]]:
    """Said, came, cases, filter. Where an earlier version has not kept who was judged, the means of all are left, which
    lead to nobody."""
    kept = JudgedCustomers.objects.filter(run=judged_run, forecast=forecast).values_list("customers", flat=True).first()
    if kept is None:
        yield from ((said, came, int(cases), "") for said, came, cases in means if published.is_of_all)
        return
    # Whoever goes is taken out of them: their number tells what they were before.
    of_facts = [] if published.among == EVERYBODY else [published.facts_run]
    asked = ["tenths", judged_run, forecast, kept, *of_facts, repr(published.among)]
    tenths = published.kept(asked, lambda: _tenths_of(published, judged_run, forecast), for_all=published.is_of_all)
    mark = f"{run.analysis}_{'came' if forecast else 'judged'}"
    if hides_few(published.sight) and any(tenth.cases < FEWEST_OF_A_GROUP for tenth in tenths):
        return
    for number, tenth in enumerate(tenths, 1):
        key = key_of_tenth(judged_run, number, tenth)
        yield tenth.said, tenth.came, tenth.cases, found_in(published, run, mark, key, drawn=tenth.cases)


def _tenths_of(published: Published, run_id: int, forecast: str) -> list[Tenth]:
    kept = judgement_of(run_id, forecast)
    if kept is None:
        return []
    return (kept if published.is_of_all else kept.among(published.chosen_ids)).tenths()


def _foretold(run: Run) -> str:
    """Of a customer, on average."""
    if run.analysis == "churn":
        return _("Buy nothing within %(days)s days") % {"days": run.params["horizon_days"]}
    return _("Purchase days of a customer within %(days)s days") % {"days": run.params["test_days"]}


def _told(frame: pd.DataFrame, published: Published, *alike: str) -> pd.DataFrame:
    """Without groups so small that they would tell what is hidden from the person, nor by what is left of the sum of
    all, or of those that are alike in a column."""
    if not hides_few(published.sight):
        return frame
    return told_of(frame, sums={"all": True, **dict.fromkeys(alike, True)})


def _in_steps(hundredths: pd.DataFrame) -> pd.DataFrame:
    """Neighbours put together until there are enough customers in each step; too few at the end belong to the last."""
    steps: list[dict[str, int]] = []
    customers = expected = 0
    for row in rows_of(hundredths):
        customers, expected = customers + row["customers"], expected + row["expected_minor"]
        if customers >= FEWEST_OF_A_GROUP:
            steps.append({**row, "customers": customers, "expected_minor": expected})
            customers = expected = 0
    if customers and steps:
        last = steps[-1]
        sums = {"customers": customers + last["customers"], "expected_minor": expected + last["expected_minor"]}
        steps[-1] = {**rows_of(hundredths)[-1], **sums}
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
