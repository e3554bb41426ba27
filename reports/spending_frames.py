"""How often and for how much each customer buys, by ranges, and who is in one; out of the facts."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pandas as pd

from analytics.buyer_columns import FIRST, LAST, SPENT, TIMES, Buyers
from analytics.snapshot_columns import NoColumns
from core.models import OrganisationSettings
from core.money import minor_digits
from reports.charts.purchases import RATE_EDGES
from reports.drilling import counted_in
from reports.frames import Published
from reports.purchase_frames import only_sales, purchases, told
from reports.semantics.facts import FEWEST_OF_A_GROUP, ScopedFacts, hides_few
from reports.semantics.few import told_of

DAYS_OF_A_YEAR = 365.25
# In whole units of the currency.
SPEND_EDGES = tuple(factor * 10**power for power in range(6) for factor in (1, 2, 5))
COUNTED = "counted_buyers"


def purchase_rates(published: Published) -> pd.DataFrame:
    """For `charts.purchases`: lowest and below (purchases a year), f_customers, i_customers; in `attrs` the medians of
    both, and how many bought once, or on one day alone."""
    found = published.of_facts("purchase rates by range", _purchase_rates)
    ends = zip(found["lowest"], found["below"], strict=True)
    ranges = [(f"{low:g}", "" if pd.isna(below) else f"{below:g}") for low, below in ends]
    named = found.assign(
        f_filter=[counted_in(published, "frequency", f"{low}..{below}") for low, below in ranges],
        filter=[counted_in(published, "interval_rate", f"{low}..{below}") for low, below in ranges],
    )
    named.attrs = found.attrs
    return named


def who_bought_at_rate(facts: ScopedFacts, condition: str) -> str:
    """A statement for the customers for whose rates f and i a condition holds."""
    return f"SELECT customer_id FROM ({_rates(facts)}) AS rates WHERE f IS NOT NULL AND {condition}"  # noqa: S608 - ours


def _rates(facts: ScopedFacts) -> str:
    """F is purchases by the years from the first to the last, the interval rate one purchase less by the same."""
    if _are_counted(facts, TIMES, FIRST, LAST):
        bought = f"SELECT customer_id, times, last - first AS days FROM {COUNTED}"  # noqa: S608 - ours
    else:
        only_sales(facts)
        days = "DATE_DIFF('day', MIN(day), MAX(day)) AS days"
        bought = f"SELECT customer_id, COUNT(*) AS times, {days} FROM ({purchases(facts)}) GROUP BY customer_id"  # noqa: S608 - ours
    return (
        f"SELECT customer_id, times, times * {DAYS_OF_A_YEAR} / NULLIF(days, 0) AS f,"  # noqa: S608 - ours
        f" (times - 1) * {DAYS_OF_A_YEAR} / NULLIF(days, 0) AS i FROM ({bought})"
    )


def _spent(facts: ScopedFacts) -> str:
    """customer_id, spent, as a statement."""
    if _are_counted(facts, TIMES, SPENT):
        return f"SELECT customer_id, spent FROM {COUNTED}"  # noqa: S608 - ours
    only_sales(facts)
    return f"SELECT customer_id, SUM(left_minor) AS spent FROM ({purchases(facts)}) GROUP BY 1"  # noqa: S608 - ours


def _are_counted(facts: ScopedFacts, *names: str) -> bool:
    """Whether COUNTED has these numbers of the chosen who bought in the days of the scope, out of the columns."""
    scope = facts.scope
    with suppress(NoColumns):
        if (mask := facts.mask) is not None:
            days = scope.since, scope.until
            buyers = Buyers.between(facts.engine, facts.facts.manifest, *days, as_of=facts.as_of, of=names)
            buyers.define(facts.engine, COUNTED, mask)
            return True
    return False


def _purchase_rates(facts: ScopedFacts) -> pd.DataFrame:
    facts.define("rates", _rates(facts))
    frame = pd.DataFrame({"lowest": [0, *RATE_EDGES], "below": [*RATE_EDGES, None]})
    for rate in ("f", "i"):
        found = facts.frame(
            f"SELECT {_bin(rate, RATE_EDGES)} AS bin, COUNT(*) AS customers"  # noqa: S608 - ours
            " FROM rates WHERE f IS NOT NULL GROUP BY 1"
        )
        counts = dict(zip(found["bin"], found["customers"], strict=True))
        frame[f"{rate}_customers"] = [int(counts.get(place, 0)) for place in range(len(frame))]
    sums = facts.frame(
        "SELECT MEDIAN(f) AS f, MEDIAN(i) AS i, COUNT(f) AS rated, COUNT(*) FILTER (WHERE times = 1) AS once,"
        " COUNT(*) FILTER (WHERE times > 1 AND f IS NULL) AS one_day FROM rates"
    ).iloc[0]
    apart: dict[str, int | None] = {name: int(sums[name]) for name in ("once", "one_day")}
    if hides_few(facts.sight):
        frame = told_of(frame, counts=["f_customers", "i_customers"])
        if any(0 < (count or 0) < FEWEST_OF_A_GROUP for count in apart.values()):
            apart = dict.fromkeys(apart)
    frame.attrs |= {"rated": int(sums["rated"]), **apart}
    frame.attrs |= {rate: float(sums[rate]) if sums["rated"] else None for rate in ("f", "i")}
    return frame


def spending(published: Published) -> pd.DataFrame:
    """For `charts.purchases`: lowest_minor, highest_minor (missing: no limit), customers; the median in `attrs`."""
    minor = 10 ** minor_digits(OrganisationSettings.current().currency)
    edges = [edge * minor for edge in SPEND_EDGES]
    found = published.of_facts(f"spending of all {minor}", lambda facts: _spending(facts, edges))
    limits = zip(found["lowest_minor"], found["highest_minor"], strict=True)
    ranges = [f"{low:.0f}..{'' if pd.isna(below) else f'{below:.0f}'}" for low, below in limits]
    named = found.assign(filter=[counted_in(published, "spending", each) for each in ranges])
    named.attrs = found.attrs
    return named


def who_spent(facts: ScopedFacts, condition: str) -> str:
    """A statement for the customers for whose `spent` a condition holds."""
    return f"SELECT customer_id FROM ({_spent(facts)}) AS buyers WHERE {condition}"  # noqa: S608 - ours


def _spending(facts: ScopedFacts, edges: list[int]) -> pd.DataFrame:
    facts.define("spent", _spent(facts))
    found = facts.frame(
        f"SELECT {_bin('spent', edges)} AS bin, COUNT(*) AS customers FROM spent GROUP BY 1"  # noqa: S608 - ours
    )
    counts = dict(zip(found["bin"], found["customers"], strict=True))
    frame = pd.DataFrame({"lowest_minor": [0, *edges], "highest_minor": [*edges, None]})
    frame["customers"] = [int(counts.get(place, 0)) for place in range(len(frame))]
    sums = facts.frame("SELECT MEDIAN(spent) AS median, CAST(SUM(spent) AS DOUBLE) AS whole FROM spent").iloc[0]
    used = [place for place, count in enumerate(frame["customers"]) if count]
    frame = told(frame[used[0] : used[-1] + 1] if used else frame[:0], facts)
    frame.attrs |= {name: None if pd.isna(sums[name]) else float(sums[name]) for name in ("median", "whole")}
    return frame


def _bin(value: str, edges: Any) -> str:
    """How many of the edges a value reaches, as an expression."""
    return (
        "CASE "
        + " ".join(f"WHEN {value} < {edge} THEN {place}" for place, edge in enumerate(edges))
        + (f" ELSE {len(edges)} END")
    )
