"""How many customers each segment would have with other settings: from the rows of the published run, or for another
window from the purchases that it has seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection

from analytics import publishing, segments
from analytics.algorithms.rfm import DIMENSIONS, RfmFit, RfmParams, cut_points, second_score
from analytics.algorithms.segments_map import Segment
from analytics.engine import Engine
from analytics.features import BEGINNING, Facts
from analytics.models import Run, SnapshotManifest
from analytics.snapshot import is_complete, open_facts
from analytics.snapshot_columns import NoColumns
from analytics.window_columns import Bought, bought_since

# One pass over the rows of a run: who has bought in its window, by their scores with the given cut points, which rise.
# A recency score is 5 less the cut points that are not above the days; the others 1 more than the cut points below.
COUNTS = """
    SELECT
        5 - width_bucket(recency_days::bigint, %(recency)s::bigint[]),
        1 + width_bucket(frequency::bigint - 1, %(frequency)s::bigint[]),
        1 + width_bucket(monetary_minor - 1, %(monetary)s::bigint[]),
        count(*)
    FROM analytics_rfm WHERE run_id = %(run)s AND frequency > 0 GROUP BY 1, 2, 3
"""
# Element number ceil(s n / 5) of the sorted values, as `analytics.algorithms.rfm.cut_points` takes it.
FIFTHS = """
    SELECT
        percentile_disc(%(shares)s) WITHIN GROUP (ORDER BY -recency_days),
        percentile_disc(%(shares)s) WITHIN GROUP (ORDER BY frequency),
        percentile_disc(%(shares)s) WITHIN GROUP (ORDER BY monetary_minor)
    FROM analytics_rfm WHERE run_id = %(run)s AND frequency > 0
"""
# Of the engine: a web server has many processes, and what does not fit goes through files.
MEMORY = "130MB"
TIERS = ((4.0, 5.0), (3.0, 4.0), (2.0, 3.0), (1.0, 2.0))


@dataclass(frozen=True)
class Size:
    """Customers of a segment now, and with the settings; `share` of all who bought in the window."""

    words: segments.SegmentWords
    now: int
    then: int
    share: float

    @property
    def change(self) -> int:
        return self.then - self.now


@dataclass(frozen=True)
class Preview:
    """buckets: for each score, best first, how many would have it in recency, frequency and amount. tiers: lower and
    upper end of the weighted score, and how many would lie there. moved: so many at least, with those who come onto the
    map or leave it. buyers: who is on it, now and then. is_of_window: whether it is counted in the window
    that is asked for; not where that is another than the run's, and the purchases that it has seen are not kept.
    is_counted_anew: out of these, not in the rows of the run."""

    run: Run
    sizes: list[Size]
    buckets: list[tuple[int, list[int]]]
    tiers: list[tuple[float, float, int]]
    moved: int
    buyers: tuple[int, int]
    is_of_window: bool
    is_counted_anew: bool


def preview(params: RfmParams) -> Preview | None:
    """None where nothing has been published, or by an earlier version."""
    run = publishing.current_run("rfm")
    if run is None or "segments" not in run.metrics:
        return None
    is_of_window = run.params["window_days"] == params.window_days
    anew = None if is_of_window else _counts_anew(run, params)
    r, f, m, customers = _counts(run, params) if anew is None else anew
    second = second_score(f, m, params.segment_map.second_axis)
    then = _sums(params.segment_map.segments_of(r, second), customers)
    now = {code: size for code, size in run.metrics["segments"].items() if code in list(Segment)}
    total = int(customers.sum()) or 1
    codes = sorted({*then, *now}, key=lambda code: segments.RANK.get(code, len(segments.RANK)))
    sizes = [
        Size(segments.words(code), now.get(code, 0), then.get(code, 0), then.get(code, 0) / total) for code in codes
    ]
    weighted = np.column_stack([r, f, m]) @ params.weights.normalised()
    return Preview(
        run=run,
        sizes=sizes,
        buckets=[(score, [int(customers[scores == score].sum()) for scores in (r, f, m)]) for score in (5, 4, 3, 2, 1)],
        tiers=[(low, high, _between(weighted, low, high, customers)) for low, high in TIERS],
        moved=max(sum(max(way * each.change, 0) for each in sizes) for way in (1, -1)),
        buyers=(sum(now.values()), int(customers.sum())),
        is_of_window=is_of_window or anew is not None,
        is_counted_anew=anew is not None,
    )


def _between(scores: Any, low: float, high: float, customers: Any) -> int:
    """From `low` on, and below `high`; the highest score of all belongs to the highest tier."""
    return int(customers[(scores >= low) & ((scores < high) | (high == TIERS[0][1]))].sum())


def _sums(codes: Any, customers: Any) -> dict[str, int]:
    return {str(code): int(customers[codes == code].sum()) for code in np.unique(codes.astype(str))}


def _counts(run: Run, params: RfmParams) -> Sequence[Any]:
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, {"run": run.pk, **_cuts(run, params)})
        rows = cursor.fetchall()
    return [np.array([row[place] for row in rows], dtype=np.int64) for place in range(4)]


def _counts_anew(run: Run, params: RfmParams) -> Sequence[Any] | None:
    """The same as `_counts` in the window of the parameters; None where what the run has seen is not kept."""
    seen = next((each for each in (run.manifest, run.refreshed_manifest) if each and is_complete(each)), None)
    if seen is None:
        return None
    with open_facts(seen, memory=MEMORY) as engine:
        bought = _bought(engine, seen, run, params)
    cuts = _own_cuts(params) or {
        "recency": sorted(-cut for cut in cut_points(-bought.recency)),
        "frequency": [*cut_points(bought.frequency)],
        "monetary": [*cut_points(bought.monetary)],
    }
    r = 5 - np.searchsorted(cuts["recency"], bought.recency, side="right")
    f = 1 + np.searchsorted(cuts["frequency"], bought.frequency, side="left")
    m = 1 + np.searchsorted(cuts["monetary"], bought.monetary, side="left")
    places, customers = np.unique((r * 10 + f) * 10 + m, return_counts=True)
    return [places // 100, places // 10 % 10, places % 10, customers]


def _bought(engine: Engine, seen: SnapshotManifest, run: Run, params: RfmParams) -> Bought:
    try:
        return bought_since(engine, seen, params.window_start(run.as_of) or BEGINNING, as_of=run.as_of)
    except NoColumns:
        columns = ("recency_days", "frequency", "monetary_minor")
        customers = Facts(engine, as_of=run.as_of).customers(columns, window_days=params.window_days)
        buyers = customers[customers["frequency"] > 0]
        return Bought(*(buyers[name].to_numpy(dtype=np.int64) for name in columns))


def _own_cuts(params: RfmParams) -> dict[str, list[int]]:
    """Rising; none where they are fifths."""
    return {name: sorted(getattr(params.bins, name)) for name in DIMENSIONS} if params.bins is not None else {}


def _cuts(run: Run, params: RfmParams) -> dict[str, list[int]]:
    """Rising. Those of the run, where both take fifths; the fifths of its rows, where it had its own."""
    if own := _own_cuts(params):
        return own
    fit = RfmFit.from_json(run.fitted)
    if fit.params.bins is None:
        return {name: sorted(getattr(fit, f"{name}_cuts")) for name in DIMENSIONS}
    with connection.cursor() as cursor:
        cursor.execute(FIFTHS, {"run": run.pk, "shares": [0.2, 0.4, 0.6, 0.8]})
        found = cursor.fetchone()
    recency, frequency, monetary = (list(cuts or []) for cuts in found)
    return {"recency": sorted(-cut for cut in recency), "frequency": frequency, "monetary": monetary}
