"""What charts of segments over the runs are drawn from: all runs whose rows are kept, up to the one that is shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
from django.db import connection

from analytics import segments, visible_part
from analytics.models import Run, RunSummary
from reports.frames import Published
from reports.semantics.facts import FEWEST_OF_A_GROUP, hides_few

MOST_RUNS = 12
# Rows of so many runs are counted anew for who sees a part of the customers. A filter does not choose among them: a run
# of a fifth of a million customers takes a second.
MOST_RUNS_OF_A_PART = 6
MOVE_COLUMNS = ["run", "before", "segment", "customers"]

# Each customer's segment in each run, and in the run before that had a row of them.
MOVES_OF_A_PART = """
    SELECT run_id AS run, coalesce(before, '') AS before, segment, count(*) AS customers
    FROM (
        SELECT run_id, segment, lag(segment) OVER (PARTITION BY customer_id ORDER BY run_id) AS before
        FROM analytics_rfm WHERE run_id = ANY(%s) AND customer_id IN ({customers})
    ) AS moves GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


def segment_sizes(published: Published) -> pd.DataFrame:
    """See `charts.segment_history`."""
    runs = _runs(published)
    moves = _moves(published, runs)
    sizes: pd.DataFrame = moves.groupby(["run", "segment"], as_index=False)[["customers"]].sum()
    if hides_few(published.sight):
        sizes = sizes[sizes["customers"] >= FEWEST_OF_A_GROUP].reset_index(drop=True)
    days = {run.pk: run.as_of for run in runs}
    named = named_segments(sizes.assign(as_of=[days[pk] for pk in sizes["run"]]))
    return named.sort_values(["run", "rank"], ignore_index=True, kind="stable")


def profiles(published: Published) -> pd.DataFrame:
    """See `charts.segment_profiles`."""
    found = named_segments(published.summed_up("profiles", published.scores))
    if hides_few(published.sight):
        found = found[found["customers"] >= FEWEST_OF_A_GROUP]
    return found.sort_values("rank", ignore_index=True, kind="stable")


def named_segments(frame: pd.DataFrame) -> pd.DataFrame:
    """With label, tone and rank of each segment."""
    words = [segments.words(code) for code in frame["segment"]]
    return frame.assign(
        label=[str(each.label) for each in words],
        tone=[each.tone for each in words],
        rank=[segments.RANK.get(each.code, len(segments.RANK)) for each in words],
    )


def segment_evenness(published: Published) -> pd.DataFrame:
    """See `charts.segment_history`."""
    runs = _runs(published)
    by_run = dict(iter(_moves(published, runs).groupby("run")))
    rows = [(run.pk, run.as_of, *_evenness(by_run[run.pk])) for run in runs if run.pk in by_run]
    columns = ["run", "as_of", "customers", "segments", "entropy", "stayed"]
    return pd.DataFrame(rows, columns=columns).astype({"stayed": "float64"})


def entropy_of(counts: Sequence[int]) -> float:
    """Shannon entropy of a division, in bits."""
    total = sum(counts)
    return sum(count / total * math.log2(total / count) for count in counts if count) if total else 0.0


def _runs(published: Published) -> list[Run]:
    """In their order, the one that is shown last."""
    if published.scores is None:
        return []
    most = MOST_RUNS if published.sight.sees_all else MOST_RUNS_OF_A_PART
    kept = Run.objects.filter(analysis="rfm", status=Run.Status.PUBLISHED, pk__lte=published.scores.pk)
    return list(kept.only("pk", "as_of", "finished_at").order_by("-pk")[:most])[::-1]


def _moves(published: Published, runs: Sequence[Run]) -> pd.DataFrame:
    """run, before, segment, customers; before is "" of those whom the run before did not score."""
    if not runs:
        return pd.DataFrame(columns=MOVE_COLUMNS)
    make = _published_moves if published.sight.sees_all else _counted_moves
    return published.kept(["segment history", *runs], lambda: make(published, runs))


def _published_moves(published: Published, runs: Sequence[Run]) -> pd.DataFrame:
    """Of runs without sums against the one before, their sizes."""
    rows: list[tuple[Any, ...]] = []
    found = RunSummary.objects.filter(run__in=[run.pk for run in runs], name__in=["moves", "segments"])
    sums = {(each.run_id, each.name): each for each in found}
    for run in runs:
        moves, sizes = sums.get((run.pk, "moves")), sums.get((run.pk, "segments"))
        if moves is not None and moves.earlier_id in {each.pk for each in runs}:
            rows += [(run.pk, before, segment, count) for before, segment, count in moves.rows if segment]
        elif sizes is not None:
            rows += [(run.pk, "", segment, count) for segment, count, _minor in sizes.rows]
    return pd.DataFrame(rows, columns=MOVE_COLUMNS)


def _counted_moves(published: Published, runs: Sequence[Run]) -> pd.DataFrame:
    statement = MOVES_OF_A_PART.format(customers=visible_part.customers_sql(published.sight))
    with connection.cursor() as cursor:
        cursor.execute(statement, [[run.pk for run in runs]])
        return pd.DataFrame.from_records(cursor.fetchall(), columns=MOVE_COLUMNS)


def _evenness(moves: pd.DataFrame) -> tuple[int, int, float, float]:
    """customers, segments with somebody in them, entropy, share of those who stayed."""
    sizes = moves.groupby("segment")["customers"].sum()
    known = moves[moves["before"] != ""]
    stayed = known.loc[known["before"] == known["segment"], "customers"].sum()
    share = float(stayed / known["customers"].sum()) if len(known) else math.nan
    return int(sizes.sum()), int((sizes > 0).sum()), entropy_of([int(size) for size in sizes]), share
