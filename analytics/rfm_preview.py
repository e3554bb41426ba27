"""How many customers each segment would have with other settings, from the rows of the published run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection

from analytics import publishing, segments
from analytics.algorithms.rfm import DIMENSIONS, RfmFit, RfmParams, second_score
from analytics.algorithms.segments_map import Segment
from analytics.models import Run

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
    upper end of the weighted score, and how many would lie there. is_of_window: whether the run counted in the window
    that is asked for; another is seen by the next run alone."""

    run: Run
    sizes: list[Size]
    buckets: list[tuple[int, list[int]]]
    tiers: list[tuple[float, float, int]]
    moved: int
    is_of_window: bool


def preview(params: RfmParams) -> Preview | None:
    """None where nothing has been published, or by an earlier version."""
    run = publishing.current_run("rfm")
    if run is None or "segments" not in run.metrics:
        return None
    r, f, m, customers = _counts(run, params)
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
        moved=sum(max(each.change, 0) for each in sizes),
        is_of_window=run.params["window_days"] == params.window_days,
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


def _cuts(run: Run, params: RfmParams) -> dict[str, list[int]]:
    """Rising. Those of the run, where both take fifths; the fifths of its rows, where it had its own."""
    if params.bins is not None:
        return {name: sorted(getattr(params.bins, name)) for name in DIMENSIONS}
    fit = RfmFit.from_json(run.fitted)
    if fit.params.bins is None:
        return {name: sorted(getattr(fit, f"{name}_cuts")) for name in DIMENSIONS}
    with connection.cursor() as cursor:
        cursor.execute(FIFTHS, {"run": run.pk, "shares": [0.2, 0.4, 0.6, 0.8]})
        found = cursor.fetchone()
    recency, frequency, monetary = (list(cuts or []) for cuts in found)
    return {"recency": sorted(-cut for cut in recency), "frequency": frequency, "monetary": monetary}
