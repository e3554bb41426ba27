"""Sums over all rows of a run, made once when it is published, so that no request adds up a million rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from django.db import connection

from accounts.visibility import EVERYTHING, Sight
from analytics import kept_samples, visible_part
from analytics.algorithms.rfm import AMOUNT_EDGES
from analytics.models import Run, RunSummary


@dataclass(frozen=True)
class Summary:
    """A statement over {rows} of a run and, if `compares`, over {earlier_rows} of the run published before it; {scores}
    are the rows of the RFM run beside it, as r.

    One that is not `published` with the run is made when somebody first asks: a refresh then need not make it anew.
    adds_up: the columns that are sums over customers.
    """

    analysis: str
    columns: Sequence[str]
    statement: str
    params: Sequence[Any] = field(default_factory=tuple)
    compares: bool = False
    published: bool = True
    adds_up: Sequence[str] = ("customers",)


SCORES_SHOWN = "(SELECT run_id FROM analytics_currentrun WHERE analysis = 'rfm')"

SEGMENTS = """
    SELECT segment, count(*) AS customers, sum(monetary_minor)::bigint AS monetary_minor
    FROM {rows} GROUP BY segment ORDER BY segment
"""
# `+ 0`, since the way over the index of frequencies takes five times as long as reading all rows.
CELLS = """
    SELECT r_score, f_score, count(*) AS customers, sum(monetary_minor)::bigint AS monetary_minor
    FROM {rows} WHERE frequency + 0 > 0 GROUP BY r_score, f_score ORDER BY r_score, f_score
"""
# The median of days and purchases follows from the counts; amounts are counted in ranges, so theirs does not.
VALUES = """
    WITH buyers AS (SELECT recency_days, frequency, monetary_minor FROM {rows} WHERE frequency + 0 > 0)
    SELECT 'recency' AS measure, recency_days::bigint AS value, count(*) AS customers FROM buyers GROUP BY recency_days
    UNION ALL SELECT 'frequency', frequency, count(*) FROM buyers GROUP BY frequency
    UNION ALL SELECT 'monetary', width_bucket(monetary_minor, %s::bigint[]), count(*) FROM buyers GROUP BY 2
    UNION ALL SELECT 'median', percentile_disc(0.5) WITHIN GROUP (ORDER BY monetary_minor), 0 FROM buyers
    ORDER BY 1, 2
"""
MOVES = """
    SELECT coalesce(earlier.segment, '') AS before, coalesce(later.segment, '') AS segment, count(*) AS customers
    FROM (SELECT customer_id, segment FROM {earlier_rows}) AS earlier
    FULL JOIN (SELECT customer_id, segment FROM {rows}) AS later USING (customer_id)
    GROUP BY 1, 2 ORDER BY 1, 2
"""

# 0 stands for no group, and for who is not in one of the two runs.
KEPT_GROUPS = """
    SELECT coalesce(earlier.cluster, 0) AS before, coalesce(later.cluster, 0) AS cluster, count(*) AS customers
    FROM (SELECT customer_id, cluster FROM {earlier_rows}) AS earlier
    FULL JOIN (SELECT customer_id, cluster FROM {rows}) AS later USING (customer_id)
    GROUP BY 1, 2 ORDER BY 1, 2
"""

SEGMENT_SIZES = """
    SELECT segment_id, count(*) AS customers FROM {rows} GROUP BY segment_id ORDER BY segment_id
"""
SEGMENT_MOVES = """
    SELECT segment_id, count(*) FILTER (WHERE earlier.customer_id IS NULL) AS joined,
        count(*) FILTER (WHERE later.customer_id IS NULL) AS left_it
    FROM (SELECT customer_id, segment_id FROM {earlier_rows}) AS earlier
    FULL JOIN (SELECT customer_id, segment_id FROM {rows}) AS later USING (customer_id, segment_id)
    GROUP BY segment_id ORDER BY segment_id
"""

# Country and region are those of the primary address, segment and group those of the runs that are shown when this is
# published.
COMPOSITE_GROUPS = """
    WITH grouped AS (
        SELECT v.score, coalesce(r.segment, '') AS segment, coalesce(k.cluster::text, '') AS cluster,
            coalesce(a.country, '') AS country, coalesce(a.region, '') AS region,
            coalesce(c.team_id::text, '') AS team, coalesce(c.owner_id::text, '') AS owner, c.source, c.lifecycle
        FROM (SELECT customer_id, score FROM {rows}) AS v
        JOIN customers_customer c ON c.id = v.customer_id
        LEFT JOIN (
            SELECT DISTINCT ON (customer_id) customer_id, country, region FROM customers_address
            WHERE deleted_at IS NULL ORDER BY customer_id, is_primary DESC, id
        ) a ON a.customer_id = c.id
        LEFT JOIN analytics_rfm r ON r.customer_id = c.id
            AND r.run_id = (SELECT run_id FROM analytics_currentrun WHERE analysis = 'rfm')
        LEFT JOIN analytics_kmeans k ON k.customer_id = c.id
            AND k.run_id = (SELECT run_id FROM analytics_currentrun WHERE analysis = 'kmeans')
    )
    SELECT CASE WHEN grouping(segment) = 0 THEN 'segment' WHEN grouping(cluster) = 0 THEN 'cluster'
            WHEN grouping(country) = 0 THEN 'country' WHEN grouping(region) = 0 THEN 'region'
            WHEN grouping(team) = 0 THEN 'team' WHEN grouping(owner) = 0 THEN 'owner'
            WHEN grouping(source) = 0 THEN 'source' ELSE 'lifecycle' END,
        coalesce(segment, cluster, country, region, team, owner, source, lifecycle),
        count(*), avg(score), stddev_samp(score)
    FROM grouped
    GROUP BY GROUPING SETS ((segment), (cluster), (country), (region), (team), (owner), (source), (lifecycle))
    ORDER BY 1, 2
"""

# The first of these alone, which is soon made anew.
COMPOSITE_SEGMENTS = """
    SELECT r.segment, count(*), avg(v.score), stddev_samp(v.score)
    FROM (SELECT customer_id, score FROM {rows}) AS v
    JOIN {scores} ON r.customer_id = v.customer_id
    GROUP BY r.segment ORDER BY r.segment
"""

# In tenths of the composite value as it is shown and filtered by: rounded to hundredths.
COMPOSITE_TENTHS = """
    SELECT least(9, floor(round(score::numeric, 2) * 10))::integer AS tenth, count(*) AS customers, sum(score) AS summed
    FROM {rows} GROUP BY 1 ORDER BY 1
"""

# Ranges of what is expected, as of amounts in VALUES; 0 is less than the least of them.
EXPECTED_SPEND = """
    SELECT width_bucket(expected_spend_12m_minor, %s::bigint[]) AS value, count(*) AS customers,
        sum(expected_spend_12m_minor)::bigint AS expected_minor
    FROM {rows} GROUP BY 1 ORDER BY 1
"""
# Equal parts of the buyers, a hundred at most, those of whom most is expected first; each with what is expected of its
# last buyer, and who that is. Of equals the lower number comes first.
EXPECTED_PARTS = """
    SELECT (place - 1) * parts / buyers + 1 AS part, count(*) AS customers, sum(minor)::bigint AS expected_minor,
        min(minor) AS least_minor,
        max(customer_id) FILTER (WHERE place * parts / buyers > (place - 1) * parts / buyers) AS last_id
    FROM (
        SELECT customer_id, expected_spend_12m_minor AS minor,
            row_number() OVER (ORDER BY expected_spend_12m_minor DESC, customer_id) AS place,
            count(*) OVER () AS buyers, least(100, count(*) OVER ()) AS parts
        FROM {rows}
    ) AS ranked GROUP BY 1 ORDER BY 1
"""
# In twentieths of the probability as it is shown and filtered by: rounded to hundredths.
CHURN_TWENTIETHS = """
    SELECT least(19, floor(round(churn_probability::numeric, 2) * 20))::integer AS twentieth, count(*) AS customers
    FROM {rows} GROUP BY 1 ORDER BY 1
"""
# What they bought in the scoring window of the RFM run that is shown when this is published.
CHURN_BANDS = """
    SELECT band, count(*) AS customers, coalesce(sum(r.monetary_minor), 0)::bigint AS monetary_minor,
        avg(churn_probability) AS probability
    FROM (SELECT customer_id, band, churn_probability FROM {rows}) AS churn
    LEFT JOIN {scores} ON r.customer_id = churn.customer_id
    GROUP BY band ORDER BY band
"""

PROFILES = """
    SELECT segment, count(*) AS customers, avg(recency_days)::float8 AS recency_days,
        avg(frequency)::float8 AS frequency, avg(monetary_minor)::float8 AS monetary_minor
    FROM {rows} WHERE frequency > 0 GROUP BY segment ORDER BY segment
"""

GROUP_SIZES = "SELECT cluster, count(*) AS customers FROM {rows} GROUP BY cluster ORDER BY cluster"

OF_REVENUE, OF_EXPECTED = ("customers", "monetary_minor"), ("customers", "expected_minor")

SUMMARIES: dict[str, Summary] = {
    "segments": Summary("rfm", ("segment", "customers", "monetary_minor"), SEGMENTS, adds_up=OF_REVENUE),
    "cells": Summary("rfm", ("r_score", "f_score", "customers", "monetary_minor"), CELLS, adds_up=OF_REVENUE),
    "values": Summary("rfm", ("measure", "value", "customers"), VALUES, params=[list(AMOUNT_EDGES)]),
    "composite_groups": Summary(
        "composite", ("dimension", "value", "customers", "mean", "deviation"), COMPOSITE_GROUPS
    ),
    "composite_tenths": Summary(
        "composite",
        ("tenth", "customers", "summed"),
        COMPOSITE_TENTHS,
        published=False,
        adds_up=("customers", "summed"),
    ),
    "composite_segments": Summary(
        "composite", ("value", "customers", "mean", "deviation"), COMPOSITE_SEGMENTS, published=False
    ),
    "profiles": Summary(
        "rfm", ("segment", "customers", "recency_days", "frequency", "monetary_minor"), PROFILES, published=False
    ),
    "expected_spend": Summary(
        "clv",
        ("value", "customers", "expected_minor"),
        EXPECTED_SPEND,
        params=[list(AMOUNT_EDGES)],
        adds_up=OF_EXPECTED,
    ),
    "expected_parts": Summary(
        "clv",
        ("part", "customers", "expected_minor", "least_minor", "last_id"),
        EXPECTED_PARTS,
        adds_up=OF_EXPECTED,
    ),
    "churn_twentieths": Summary("churn", ("twentieth", "customers"), CHURN_TWENTIETHS),
    "churn_bands": Summary(
        "churn", ("band", "customers", "monetary_minor", "probability"), CHURN_BANDS, adds_up=OF_REVENUE
    ),
    "moves": Summary("rfm", ("before", "segment", "customers"), MOVES, compares=True),
    "segment_sizes": Summary("rule_segments", ("segment_id", "customers"), SEGMENT_SIZES),
    "segment_moves": Summary("rule_segments", ("segment_id", "joined", "left_it"), SEGMENT_MOVES, compares=True),
    "kmeans_sizes": Summary("kmeans", ("cluster", "customers"), GROUP_SIZES, published=False),
    "hdbscan_sizes": Summary("hdbscan", ("cluster", "customers"), GROUP_SIZES, published=False),
    "kmeans_kept": Summary("kmeans", ("before", "cluster", "customers"), KEPT_GROUPS, compares=True),
    "hdbscan_kept": Summary("hdbscan", ("before", "cluster", "customers"), KEPT_GROUPS, compares=True),
}


def summed_up(run: Run, *, partition: str, earlier: Run | None) -> list[RunSummary]:
    """What belongs to the run whose rows stand in `partition`, unsaved."""
    return [
        RunSummary(
            run=run,
            name=name,
            earlier=earlier if summary.compares else None,
            rows=_sum_up(summary, rows=partition, earlier=earlier),
        )
        for name, summary in SUMMARIES.items()
        if summary.published and summary.analysis == run.analysis and (earlier is not None or not summary.compares)
    ]


def complete(run: Run) -> None:
    """Keep what has not been published with a run whose rows are there: it stays when they go."""
    kept = set(RunSummary.objects.filter(run=run).values_list("name", flat=True))
    lacking = {
        name: summary
        for name, summary in SUMMARIES.items()
        if summary.analysis == run.analysis and not summary.published and name not in kept
    }
    rows, scores = _rows_of(run), _scores_beside(run)
    RunSummary.objects.bulk_create(
        [
            RunSummary(run=run, name=name, rows=_sum_up(summary, rows=rows, earlier=None, scores=scores))
            for name, summary in lacking.items()
        ],
        ignore_conflicts=True,
    )


def frame_of(
    name: str,
    run: Run | None,
    *,
    earlier: Run | None = None,
    sight: Sight = EVERYTHING,
    among: str = "",
    is_of_then: bool = False,
) -> pd.DataFrame:
    """The published sums. Made now where none are kept: against another run than the one before, or over the rows of
    those customers alone whom one person sees, or for whom the condition `among` holds; of a run that is kept in part,
    scaled up. is_of_then: whether the run is one that later ones are compared with."""
    summary = SUMMARIES[name]
    if run is None or (summary.compares and earlier is None):
        return pd.DataFrame(columns=list(summary.columns))
    kept = (
        RunSummary.objects.filter(run=run, name=name, earlier=earlier).first() if sight.sees_all and not among else None
    )
    if kept:
        return pd.DataFrame.from_records(kept.rows, columns=list(summary.columns))
    scores = _scores_beside(run) if is_of_then else SCORES_SHOWN
    rows = _sum_up(summary, rows=_rows_of(run, sight, among), earlier=earlier, sight=sight, among=among, scores=scores)
    frame = pd.DataFrame.from_records(rows, columns=list(summary.columns))
    return _scaled_up(frame, summary, run) if run.status == Run.Status.SAMPLED else frame


def _scaled_up(frame: pd.DataFrame, summary: Summary, run: Run) -> pd.DataFrame:
    times = max(1.0, run.row_count / kept_samples.CUSTOMERS)
    return frame.assign(**{name: [round(float(value) * times) for value in frame[name]] for name in summary.adds_up})


def _scores_beside(run: Run) -> str:
    """The RFM run of the same day, or the one before it: 0, which no run is, where none keeps its rows."""
    found = Run.objects.filter(analysis="rfm", status__in=Run.WITH_ROWS, as_of__lte=run.as_of)
    return str(found.order_by("-as_of", "-pk").values_list("pk", flat=True).first() or 0)


def _sum_up(
    summary: Summary,
    *,
    rows: str,
    earlier: Run | None,
    sight: Sight = EVERYTHING,
    among: str = "",
    scores: str = SCORES_SHOWN,
) -> list[list[Any]]:
    earlier_rows = _rows_of(earlier, sight, among) if earlier else ""
    # With the same condition as the rows: else each of them is looked up in a million.
    scores_of_them = (
        "(SELECT customer_id, segment, monetary_minor FROM analytics_rfm"  # noqa: S608 - ours
        f" WHERE run_id = {scores} AND {_are_asked(sight, among)}) AS r"
    )
    with connection.cursor() as cursor:
        statement = summary.statement.format(rows=rows, earlier_rows=earlier_rows, scores=scores_of_them)
        cursor.execute(statement, summary.params)
        return [list(row) for row in cursor.fetchall()]


def _rows_of(run: Run, sight: Sight = EVERYTHING, among: str = "") -> str:
    asked = _are_asked(sight, among)
    return f"(SELECT * FROM analytics_{run.analysis} WHERE run_id = {run.pk} AND {asked}) AS rows_of_run"  # noqa: S608 - ours


def _are_asked(sight: Sight, among: str) -> str:
    """Condition on the customers whom the person sees by now, whoever owned them when the run was computed."""
    seen = "TRUE" if sight.sees_all else f"customer_id IN ({visible_part.customers_sql(sight)})"
    return f"{seen} AND {among}" if among else seen
