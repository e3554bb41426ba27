"""What charts of segments over the runs are drawn from: all runs whose rows are kept, up to the one that is shown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from analytics import segments
from analytics.algorithms.segments_map import SCORES, SecondAxis, SegmentMap
from analytics.models import Run, RunSummary
from analytics.segment_columns import segments_of
from customers.filters import EVERYBODY
from reports.charts.distributions import BELOW, LOW, UNTOLD
from reports.charts.drawing import rows_of
from reports.charts.rf_grid import with_quiet
from reports.charts.segment_profiles import means_of
from reports.drilling import Conditions, customers_of, found_in, has, of_run
from reports.frames import Published
from reports.semantics.facts import FEWEST_OF_A_GROUP, hides_few
from reports.semantics.few import told_of

MOST_RUNS = 12
MOVE_COLUMNS = ["run", "earlier", "before", "segment", "customers"]
EVENNESS_COLUMNS = [
    *("run", "as_of", "customers", "segments", "entropy"),
    *("filter", "stayed", "stayed_customers", "stayed_filter"),
]


def current_segments(published: Published) -> pd.DataFrame:
    """See `charts.segments`."""
    return _told(_with_members(published.segments, published), published)


def cells(published: Published) -> pd.DataFrame:
    """See `charts.rf_grid`."""
    found = published.cells
    filters = []
    for row in rows_of(found):
        scores = has("rfm.r", row["r_score"]), has("rfm.f", row["f_score"])
        filters.append(customers_of(published, published.scores, *scores, drawn=row["customers"]))
    asked = with_quiet(found.assign(filter=filters))
    if not hides_few(published.sight) or asked.empty:
        return asked
    told = told_of(
        asked.assign(segment=_segments_of_cells(asked, published.scores)),
        sums={"all": True, "part": True, "segment": True},
    )
    somebody = set(zip(asked["r_score"], asked["f_score"], strict=True))
    told.attrs["nobody"] = [cell for cell in product(SCORES, SCORES) if cell not in somebody]
    return told


def _segments_of_cells(cells: pd.DataFrame, run: Run | None) -> Sequence[str]:
    """Of which segment a cell is; of none where amounts decide as well."""
    chosen = SegmentMap.from_json(run.params["segment_map"]) if run and "segment_map" in run.params else SegmentMap()
    if chosen.second_axis is not SecondAxis.FREQUENCY:
        return [""] * len(cells)
    codes = chosen.segments_of(cells["r_score"].to_numpy(dtype=np.int8), cells["f_score"].to_numpy(dtype=np.int8))
    return [str(code) for code in codes]


def spread(published: Published) -> pd.DataFrame:
    """See `charts.distributions`."""
    found = published.score_values
    is_buyer = {"field": "rfm.frequency", "op": ">", "value": 0}
    limits = {
        measure: [{"field": f"rfm.{measure}", "op": op, "value": value} for op, value in ((">=", LOW), ("<", BELOW))]
        for measure in ("recency", "frequency", "monetary")
    }
    found.attrs["fewest"] = FEWEST_OF_A_GROUP if hides_few(published.sight) else 0
    found.attrs["filters"] = {
        measure: customers_of(published, published.scores, is_buyer, *each, drawn=UNTOLD)
        for measure, each in limits.items()
    }
    return found


def moves(published: Published) -> pd.DataFrame:
    """See `charts.movement`."""
    found = published.moves
    if published.scores is None or published.earlier_scores is None:
        return found.assign(filter="")
    filters = []
    for row in rows_of(found):
        was = of_run([published.earlier_scores], EVERYBODY, has("rfm.segment", row["before"]))
        now = has("rfm.segment", row["segment"])
        filters.append(customers_of(published, published.scores, now, was, drawn=row["customers"]))
    is_moved = found["before"] != found["segment"]
    counted = found.assign(filter=filters, is_moved=is_moved, moved=found["customers"].where(is_moved, 0))
    return _told(counted, published, {"before": True, "segment": True, "is_moved": True})


def _told(frame: pd.DataFrame, published: Published, sums: Mapping[str, bool] | None = None) -> pd.DataFrame:
    """Without what is of few, for who is not told of them."""
    return told_of(frame, sums=sums) if hides_few(published.sight) else frame


def _with_members(found: pd.DataFrame, published: Published, *more: Conditions) -> pd.DataFrame:
    """With the filter of who is in each segment."""
    groups = zip(found["segment"], found["customers"], strict=True)
    return found.assign(
        filter=[
            customers_of(published, published.scores, has("rfm.segment", code), *more, drawn=count)
            for code, count in groups
        ]
    )


def segment_sizes(published: Published) -> pd.DataFrame:
    """See `charts.segment_history`."""
    runs = _runs(published)
    moves = _moves(published, runs)
    sizes: pd.DataFrame = moves.groupby(["run", "segment"], as_index=False)[["customers"]].sum()
    sizes = sizes.assign(of=sizes.groupby("run")["customers"].transform("sum"))
    sizes = _told(sizes, published, {"run": True})
    of = {run.pk: run for run in runs}
    groups = zip(sizes["run"], sizes["segment"], sizes["customers"], strict=True)
    named = named_segments(
        sizes.assign(
            as_of=[of[pk].as_of for pk in sizes["run"]],
            filter=[
                customers_of(published, of[pk], has("rfm.segment", code), drawn=count) for pk, code, count in groups
            ],
        )
    )
    return named.sort_values(["run", "rank"], ignore_index=True, kind="stable")


def profiles(published: Published) -> pd.DataFrame:
    """See `charts.segment_profiles`."""
    is_buyer = {"field": "rfm.frequency", "op": ">", "value": 0}
    found = _with_members(named_segments(published.summed_up("profiles", published.scores)), published, is_buyer)
    told = _told(found, published).sort_values("rank", ignore_index=True, kind="stable")
    told.attrs["means"] = means_of(found)
    return told


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
    rows = [
        (run.pk, run.as_of, *_evenness(by_run[run.pk]), *_stayed(published, run, by_run[run.pk]))
        for run in runs
        if run.pk in by_run
    ]
    return pd.DataFrame(rows, columns=EVENNESS_COLUMNS).astype({"stayed": "float64", "stayed_customers": "float64"})


def _stayed(published: Published, run: Run, moves: pd.DataFrame) -> tuple[str, float, float, str]:
    """The filter of all whom the run scored; of those whom the run before scored too, which share stayed in their
    segment, how many these are, and their filter."""
    everybody = customers_of(published, run, {"not": has("rfm.segment", None)}, drawn=int(moves["customers"].sum()))
    known, earlier = moves[moves["before"] != ""], int(moves["earlier"].iloc[0])
    has_stayed = known["before"] == known["segment"]
    stayed, moved = (int(known.loc[each, "customers"].sum()) for each in (has_stayed, ~has_stayed))
    is_of_few = any(0 < count < FEWEST_OF_A_GROUP for count in (stayed, moved))
    if not len(known) or (is_of_few and hides_few(published.sight)):
        return everybody, math.nan, math.nan, ""
    who = found_in(published, run, "stayed", str(earlier), drawn=stayed) if stayed else ""
    return everybody, stayed / (stayed + moved), stayed, who


def entropy_of(counts: Sequence[int]) -> float:
    """Shannon entropy of a division, in bits."""
    total = sum(counts)
    return sum(count / total * math.log2(total / count) for count in counts if count) if total else 0.0


def _runs(published: Published) -> list[Run]:
    """In their order, the one that is shown last."""
    if published.scores is None:
        return []
    runs = Run.objects.filter(analysis="rfm", status=Run.Status.PUBLISHED, pk__lte=published.scores.pk)
    columns = ("pk", "analysis", "as_of", "finished_at", "refreshed_at")
    return list(runs.only(*columns).order_by("-pk")[:MOST_RUNS])[::-1]


def _moves(published: Published, runs: Sequence[Run]) -> pd.DataFrame:
    """run, earlier (the run before, 0 without one), before, segment, customers; before is "" of those whom the run
    before did not score."""
    if not runs:
        return pd.DataFrame(columns=MOVE_COLUMNS)
    is_of_all = published.is_of_all
    make = _published_moves if is_of_all else _counted_moves
    asked = ["segment history", *runs, repr(published.among)]
    return published.kept(asked, lambda: make(published, runs), for_all=is_of_all)


def _published_moves(published: Published, runs: Sequence[Run]) -> pd.DataFrame:
    """Of runs without sums against the one before, their sizes."""
    rows: list[tuple[Any, ...]] = []
    found = RunSummary.objects.filter(run__in=[run.pk for run in runs], name__in=["moves", "segments"])
    sums = {(each.run_id, each.name): each for each in found}
    for run in runs:
        moves, sizes = sums.get((run.pk, "moves")), sums.get((run.pk, "segments"))
        if moves is not None and moves.earlier_id in {each.pk for each in runs}:
            rows += [
                (run.pk, moves.earlier_id, before, segment, count) for before, segment, count in moves.rows if segment
            ]
        elif sizes is not None:
            rows += [(run.pk, 0, "", segment, count) for segment, count, _minor in sizes.rows]
    return pd.DataFrame(rows, columns=MOVE_COLUMNS)


def _counted_moves(published: Published, runs: Sequence[Run]) -> pd.DataFrame:
    ids, rows = published.chosen_ids, []
    was, earlier_codes = np.zeros(len(ids), dtype=np.int64), [""]
    for run, before_it in zip(runs, [0, *(each.pk for each in runs)], strict=False):
        column = segments_of(run)
        now = column.of(ids)
        counts = np.bincount(was * (len(column.codes) + 1) + now)
        for pair in np.flatnonzero(counts).tolist():
            before, segment = divmod(pair, len(column.codes) + 1)
            if segment:
                named = earlier_codes[before], column.codes[segment - 1]
                rows.append((run.pk, before_it, *named, int(counts[pair])))
        was, earlier_codes = now.astype(np.int64), ["", *column.codes]
    return pd.DataFrame(rows, columns=MOVE_COLUMNS)


def _evenness(moves: pd.DataFrame) -> tuple[int, int, float]:
    """customers, segments with somebody in them, entropy."""
    sizes = moves.groupby("segment")["customers"].sum()
    return int(sizes.sum()), int((sizes > 0).sum()), entropy_of([int(size) for size in sizes])
