"""What maps are drawn from: groups of customers that a run has published, where they lie, and what they buy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from django.utils.translation import gettext as _

from analytics import segments
from analytics.analyses.rfm import MOST_CATEGORIES
from analytics.customer_groups import CATEGORY, places_on, positioning_of
from analytics.features import Facts
from analytics.findings import FeatureNames
from analytics.many_ids import IdArray, numbers_of
from analytics.models import Run
from analytics.snapshot_columns import NoColumns
from customers.filters import EVERYBODY
from reports.bought_columns import bought_by_group
from reports.bought_lines import lines, only_bought
from reports.drilling import Conditions, counted_in, customers_of
from reports.frames import Published
from reports.semantics.answers import codes_of_customers
from reports.semantics.facts import FEWEST_OF_A_GROUP, ScopedFacts, facts_about, hides_few
from reports.semantics.few import told_of, untold

MAP_COLUMNS = ["kind", "label", "number", "x", "y", "customers", "filter", "explained_x", "explained_y"]
ENDS = ("segment", "category")
PAIR_COLUMNS = [
    *ENDS,
    *(f"{end}_{what}" for end in ENDS for what in ("x", "y", "customers", "filter")),
    *("lines", "ratio", "customers", "filter"),
]
# The field of the customer list that has the group of each, and where the rows of a run have it.
FIELDS = {"rfm": "rfm.segment", "kmeans": "group", "hdbscan": "dense_group"}
CODES = {
    analysis: f"SELECT {column}::text, customer_id FROM analytics_{analysis} WHERE run_id = %s"  # noqa: S608 - ours
    for analysis, column in (("rfm", "segment"), ("kmeans", "cluster"), ("hdbscan", "cluster"))
}
# Instead of a category, of all of them that are known.
ALL = 0
DRAWN_POINTS = 300
# So many of the chosen are looked at for those who are in a group.
ASKED_FOR_POINTS = 4 * DRAWN_POINTS
BOUGHT = """
    SELECT l.customer_id, CAST(g.code AS VARCHAR) AS code, l.category_id, COUNT(*) AS order_lines
    FROM ({lines}) AS l JOIN grouped AS g ON g.customer_id = l.customer_id
    WHERE l.category_id IS NOT NULL GROUP BY l.customer_id, g.code, l.category_id
"""
BOUGHT_BY_GROUP = """
    SELECT code, category_id, CAST(SUM(order_lines) AS BIGINT) AS order_lines, COUNT(*) AS customers
    FROM bought GROUP BY GROUPING SETS ((code, category_id), (category_id))
    UNION ALL
    SELECT code, NULL, CAST(SUM(order_lines) AS BIGINT), COUNT(DISTINCT customer_id) FROM bought GROUP BY code
    ORDER BY code, category_id
"""


# --- customers on the axes in which they differ most ------------------------------------------------------------------


def customers_and_groups(published: Published, run: Run | None) -> pd.DataFrame:
    """See `charts.customer_map`. The axes are of all customers: who sees a part of them has no map."""
    drawn = run.metrics.get("map") if run and published.sight.sees_all else None
    if run is None or not drawn:
        nothing = pd.DataFrame(columns=MAP_COLUMNS)
        nothing.attrs["is_of_all"] = run is not None and not published.sight.sees_all
        return nothing
    sizes = published.summed_up(f"{run.analysis}_sizes", run)
    told_sizes = told_of(sizes) if hides_few(published.sight) else sizes
    told = dict(zip(told_sizes["cluster"], told_sizes["customers"], strict=True))
    filters = {group: customers_of(published, run, _is_in(run, group), drawn=count) for group, count in told.items()}
    rows: list[tuple[Any, ...]] = [("point", group, x, y) for group, x, y in _points(published, run, drawn)]
    rows += [("centre", group, x, y) for group, x, y in drawn["centroids"]]
    groups = [
        (kind, group_name(group), group, x, y, told.get(group), filters.get(group, "")) for kind, group, x, y in rows
    ]
    names = FeatureNames()
    loadings = [
        ("loading", str(names.label(feature)), -1, x, y, None, "")
        for feature, (x, y) in zip(drawn["features"], drawn["loadings"], strict=True)
    ]
    frame = pd.DataFrame([(*row, *drawn["explained"]) for row in (*groups, *loadings)], columns=MAP_COLUMNS)
    placed = frame.astype({"customers": "float64"})
    placed.attrs = {
        "is_without_places": published.among != EVERYBODY and "preparation" not in drawn,
        "reach": [[x, y] for _group, x, y in drawn["points"]],
    }
    return placed


def _points(published: Published, run: Run, drawn: dict[str, Any]) -> list[tuple[int, float, float]]:
    """Group and place of some customers: of all those that the run has kept, of chosen ones where these lie by the
    facts of now."""
    if published.among == EVERYBODY:
        return [tuple(point) for point in drawn["points"]]
    if "preparation" not in drawn:
        return []
    facts_run = published.facts_run
    asked = ["points", run, facts_run, repr(published.among)]
    return published.kept(asked, lambda: _chosen_points(published, run, drawn, facts_run), for_all=False)


def _chosen_points(
    published: Published, run: Run, drawn: dict[str, Any], facts_run: Run
) -> list[tuple[int, float, float]]:
    groups = _groups_of(run, _some(published.chosen_ids, ASKED_FOR_POINTS))
    ids = _some(np.array(sorted(groups), dtype=np.int64), DRAWN_POINTS)
    with facts_about(facts_run, ids) as engine:
        facts = Facts(engine, as_of=facts_run.as_of)
        places = places_on(facts, drawn, window_days=run.params.get("window_days"))
    rows = zip(places["customer_id"], places["x"], places["y"], strict=True)
    return [(groups[int(pk)], float(x), float(y)) for pk, x, y in rows]


def _some(ids: IdArray, most: int) -> IdArray:
    """So many of them at most, from the first to the last."""
    return ids[np.unique(np.linspace(0, len(ids) - 1, most).astype(np.int64))] if len(ids) else ids


def _groups_of(run: Run, ids: IdArray) -> dict[int, int]:
    rows = f"SELECT customer_id, cluster FROM analytics_{run.analysis} WHERE run_id = %s AND customer_id = ANY(%s)"  # noqa: S608
    found = numbers_of(rows, ("customer_id", "cluster"), [run.pk, ids.tolist()])
    return dict(zip(found["customer_id"].tolist(), found["cluster"].tolist(), strict=True))


# --- what each group buys ---------------------------------------------------------------------------------------------


def segments_and_categories(published: Published, run: Run | None) -> pd.DataFrame:
    """See `charts.positioning`: of the segments of RFM, or of groups, in the days of the scope."""
    columns = [*PAIR_COLUMNS, "explained_x", "explained_y"]
    if run is None:
        return pd.DataFrame(columns=columns)
    name = f"bought by group {run.pk} {run.finished_at} {run.refreshed_at}"
    bought = published.of_facts(name, lambda facts: _bought(facts, run))
    pairs = bought[bought["code"].notna() & bought["category_id"].notna()]
    if pairs.empty:
        return pd.DataFrame(columns=columns)
    counts = pairs.pivot(index="code", columns="category_id", values="order_lines").fillna(0)
    found = positioning_of(counts, most=MOST_CATEGORIES)
    return pd.DataFrame(_pairs(found, bought, published, run) if found else [], columns=columns)


def _bought(facts: ScopedFacts, run: Run) -> pd.DataFrame:
    """Lines and different customers of each group and category, of each group (category_id is missing) and of each
    category (code is missing)."""
    grouped = codes_of_customers(CODES[run.analysis], run.pk, "code")
    try:
        found = bought_by_group(facts, grouped, most=MOST_CATEGORIES)
    except NoColumns:
        facts.engine.define_frame("grouped", grouped)
        only_bought(facts)
        facts.define("bought", BOUGHT.format(lines=lines(facts)))
        found = facts.frame(BOUGHT_BY_GROUP)
    if hides_few(facts.sight):
        groups = found[found["category_id"].isna() & found["code"].notna()].reset_index(drop=True)
        hidden_groups = set(groups["code"]) - set(told_of(groups)["code"])
        few = found[found["customers"] < FEWEST_OF_A_GROUP]
        hidden_categories = set(few.loc[few["code"].isna(), "category_id"])
        found = found[~(found["code"].isin(hidden_groups) | found["category_id"].isin(hidden_categories))]
    return found.reset_index(drop=True)


def _pairs(found: dict[str, Any], bought: pd.DataFrame, published: Published, run: Run) -> list[dict[str, Any]]:
    name: Callable[[str], str] = segment_name if run.analysis == "rfm" else lambda group: group_name(int(group))
    names = FeatureNames()
    codes, categories = bought["code"].fillna(""), bought["category_id"].fillna(ALL).astype(int)
    customers = dict(zip(zip(codes, categories, strict=True), bought["customers"], strict=True))
    is_scored = {"not": {"field": FIELDS[run.analysis], "op": "is_empty"}}

    def bought_of(category: object, whom: Conditions, count: int) -> str:
        return counted_in(published, "category", category, whom, run=run, drawn=count)

    of_groups = [
        _end("segment", place, count := customers[group, ALL], bought_of("", _is_in(run, group), count))
        for group, place in zip(found["groups"], found["rows"], strict=True)
    ]
    of_categories = [
        _end("category", place, count := customers["", category], bought_of(category, is_scored, count))
        for category, place in zip(found["categories"], found["columns"], strict=True)
    ]
    total = sum(found["group_lines"])
    across, up = found["explained"]
    pairs = [(group, category) for group in found["groups"] for category in found["categories"]]
    hidden = _hidden(pairs, [customers.get(pair, 0) for pair in pairs]) if hides_few(published.sight) else set()
    rows = []
    for row, group in enumerate(found["groups"]):
        for column, category in enumerate(found["categories"]):
            count = customers.get((group, category), 0)
            if (group, category) in hidden:
                continue
            rows.append(
                {
                    "segment": name(group),
                    "category": str(names.label(f"{CATEGORY}{category}")),
                    **of_groups[row],
                    **of_categories[column],
                    "lines": found["group_lines"][row] * found["category_lines"][column] / total,
                    "ratio": found["ratios"][row][column],
                    "customers": count,
                    "filter": bought_of(category, _is_in(run, group), count) if count else "",
                    "explained_x": across,
                    "explained_y": up,
                }
            )
    return rows


def _end(end: str, place: tuple[float, float], customers: int, filter_text: str) -> dict[str, Any]:
    x, y = place
    return {f"{end}_x": x, f"{end}_y": y, f"{end}_customers": customers, f"{end}_filter": filter_text}


def _is_in(run: Run, group: object) -> Conditions:
    return {"field": FIELDS[run.analysis], "op": "is", "value": group if run.analysis == "rfm" else int(str(group))}


def _hidden(pairs: Sequence[tuple[Any, Any]], customers: Sequence[int]) -> set[tuple[Any, Any]]:
    """Those of few, and of the others as many as it takes that the sums of groups and of categories do not tell these.
    Groups have different customers, categories the same ones."""
    asked = pd.DataFrame(pairs, columns=["group", "category"]).assign(customers=customers)
    few = untold(asked, counts=["customers"], sums={"category": True, "group": False})
    return {pair for pair, is_few in zip(pairs, few, strict=True) if is_few}


def group_name(number: int) -> str:
    return _("Group %(number)d") % {"number": number} if number > 0 else _("No group")


def segment_name(code: str) -> str:
    return str(segments.words(code).label)
