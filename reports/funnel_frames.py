"""Who came, looked, put into the cart, and bought: each step at the moment of the one before, or later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.snapshot_columns import Mask, NoColumns
from core.keeping import kept
from reports.behaviour_columns import Deeds
from reports.behaviour_frames import (
    EVENT_AT,
    EVENT_AT_LATEST,
    ORDER_AT_LATEST,
    OWN_DEEDS,
    deeds_of,
    define_midnights,
    midnights,
    only_deeds,
)
from reports.drilling import counted_in
from reports.frames import Published
from reports.semantics.facts import FEWEST_OF_A_GROUP, ScopedFacts, hides_few

KEPT_SECONDS = 24 * 3600

# A product that was looked at was come for. Each step at the moment of the one before, or later.
FUNNEL = f"""
    WITH came AS (
        SELECT
            e.customer_id, MIN(CASE WHEN e.kind = 'view' THEN {EVENT_AT} END) AS viewed_at
        FROM events AS e
        WHERE
            e.kind IN ('visit', 'click', 'view') AND e.customer_id IS NOT NULL
            AND e.occurred_date BETWEEN $since AND $until AND {{chosen_events}}
        GROUP BY e.customer_id
    ),
    carted AS (
        SELECT e.customer_id, MIN({EVENT_AT}) AS carted_at
        FROM events AS e
        JOIN came ON came.customer_id = e.customer_id
        JOIN midnights AS m ON m.day = e.occurred_date
        WHERE
            e.kind = 'add_to_cart' AND e.occurred_date BETWEEN $since AND $until
            AND {EVENT_AT_LATEST} >= came.viewed_at
        GROUP BY e.customer_id
    ),
    bought AS (
        SELECT DISTINCT o.customer_id
        FROM orders AS o
        JOIN carted ON carted.customer_id = o.customer_id
        JOIN midnights AS m ON m.day = o.ordered_date
        WHERE
            o.kind = 'sale' AND o.ordered_date BETWEEN $since AND $until
            AND {ORDER_AT_LATEST} >= carted.carted_at
    )
"""  # noqa: S608 - texts of this module
REACHED = """
    SELECT
        (SELECT COUNT(*) FROM came) AS came, (SELECT COUNT(viewed_at) FROM came) AS viewed,
        (SELECT COUNT(*) FROM carted) AS carted, (SELECT COUNT(*) FROM bought) AS bought
"""
WHO_REACHED = {
    "came": "SELECT customer_id FROM came",
    "viewed": "SELECT customer_id FROM came WHERE viewed_at IS NOT NULL",
    "carted": "SELECT customer_id FROM carted",
    "bought": "SELECT customer_id FROM bought",
}


def funnel(published: Published) -> pd.DataFrame:
    """See `charts.behaviour`."""
    steps = published.of_facts("funnel in time", _funnel)
    earlier = published.scope.earlier
    before = published.on(earlier) if earlier else None
    return steps.assign(
        filter=[counted_in(published, "funnel", step) for step in steps["step"]],
        earlier_filter=[
            counted_in(before, "funnel", step) if before and count > 0 else ""
            for step, count in zip(steps["step"], steps["earlier"], strict=True)
        ],
    )


def who_reached(facts: ScopedFacts, step: str) -> str:
    """A statement for the customers who got to a step of the funnel."""
    with suppress(NoColumns):
        who = _who_reached(facts, step, facts.scope.since, facts.scope.until)
        facts.engine.define_numbers("reached", {"customer_id": np.flatnonzero(who)}, "customer_id")
        return "SELECT customer_id FROM reached"
    define_midnights(facts, facts.scope.since, facts.scope.until)
    return f"{FUNNEL.format(chosen_events=facts.chosen('e.customer_id'))} {WHO_REACHED[step]}"


def _funnel(facts: ScopedFacts) -> pd.DataFrame:
    counted = _reached(facts, facts.scope.since, facts.scope.until)
    earlier = _reached(facts, *facts.scope.earlier_days) if facts.scope.earlier_days else {}
    steps = pd.DataFrame(
        [(step, count, earlier.get(step)) for step, count in counted.items()],
        columns=["step", "customers", "earlier"],
    ).astype({"earlier": "float64"})
    if hides_few(facts.sight):
        told = _are_told(steps["customers"]) & (_are_told(steps["earlier"]) | steps["earlier"].isna())
        steps = steps[told].reset_index(drop=True)
    return steps


def _who_reached(facts: ScopedFacts, step: str, since: dt.date, until: dt.date) -> Mask:
    """Of all customers what the chart has counted is kept for the list. Raises NoColumns."""
    if facts.scope.is_of_all:
        return _kept_steps(facts, since, until)[step]
    deeds = deeds_of(facts, since, until)
    return deeds.came() if step == "came" else next(who for name, who in _in_turn(deeds, since, until) if name == step)


def _steps(facts: ScopedFacts, since: dt.date, until: dt.date) -> dict[str, Mask]:
    """Raises NoColumns."""
    if facts.scope.is_of_all and facts.sight.sees_all:
        return _kept_steps(facts, since, until)
    deeds = deeds_of(facts, since, until)
    return dict(_in_turn(deeds, since, until))


def _kept_steps(facts: ScopedFacts, since: dt.date, until: dt.date) -> dict[str, Mask]:
    deeds, manifest = deeds_of(facts, since, until), facts.facts.manifest

    def made() -> dict[str, NDArray[np.uint8]]:
        return {step: np.packbits(who) for step, who in _in_turn(deeds, since, until)}

    found = kept(["funnel", manifest.pk, manifest.created_at, since, until], made, seconds=KEPT_SECONDS)
    return {step: np.unpackbits(bits).astype(np.bool_) for step, bits in found.items()}


def _in_turn(deeds: Deeds, since: dt.date, until: dt.date) -> Iterator[tuple[str, Mask]]:
    seconds = [second for _day, second in midnights(since, until)]
    return deeds.who_reached(np.array(seconds, dtype=np.int64))


def _are_told(counts: pd.Series[Any]) -> pd.Series[bool]:
    return (counts == 0) | (counts >= FEWEST_OF_A_GROUP)


def _reached(facts: ScopedFacts, since: dt.date, until: dt.date) -> dict[str, int]:
    with suppress(NoColumns):
        return {step: int(np.count_nonzero(who)) for step, who in _steps(facts, since, until).items()}
    only_deeds(facts, since, until, *OWN_DEEDS)
    define_midnights(facts, since, until)
    sql = f"{FUNNEL.format(chosen_events=facts.chosen('e.customer_id'))} {REACHED}"
    row = facts.frame(sql, since=since, until=until).iloc[0]
    return {step: int(row[step]) for step in ("came", "viewed", "carted", "bought")}
