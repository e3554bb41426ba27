"""What charts of recommendations and rules are drawn from: what their runs found, and how these were judged."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.analyses.recommendations import POPULAR
from analytics.models import JudgedCustomers, ProductRule, Run
from analytics.product_rules import rules_in_words
from analytics.recommenders import ComparedRecommenders
from analytics.snapshot_columns import MOST_IDS, NoColumns
from core.text import isolated
from reports import noted_answers
from reports.bought_columns import purchases_with
from reports.bought_lines import lines, only_bought
from reports.charts.drawing import rows_of
from reports.drilling import behind, counted_in, found_in
from reports.frames import Published
from reports.semantics.facts import FEWEST_OF_A_GROUP, ScopedFacts, hides_few

MOST_RUNS = 24
# More arrows than that hide each other.
MOST_RULES = 24
NONE = {"pairs": 0, "customers": 0}
METHOD_COLUMNS = ["label", "is_used", "is_baseline", "ndcg", "recall", "coverage", "n", "customers", "filter"]
RULE_COLUMNS = [
    *("antecedent", "consequent", "antecedent_name", "consequent_name"),
    *("confidence", "lift", "joint_count", "held", "baskets", "customers", "filter"),
    *("antecedent_customers", "antecedent_filter", "consequent_customers", "consequent_filter"),
]
# What each purchase has of the products of rules, as bits, and whether it has two products or more.
PURCHASES = """
    SELECT MIN(l.customer_id) AS customer_id, COALESCE(BIT_OR(r.bit), 0) AS held,
        MIN(l.product_id) <> MAX(l.product_id) AS is_basket
    FROM ({lines}) AS l LEFT JOIN products_of_rules AS r ON r.product_id = l.product_id
    GROUP BY l.order_id
"""


def recommendations(published: Published) -> Run | None:
    return published.run_of("recommendations")


def rules(published: Published) -> Run | None:
    return published.run_of("rules")


def offers(published: Published) -> pd.DataFrame:
    """See `charts.recommendations`: up to the day of each run, as the newest facts know it."""
    days, kinds = _days_of_runs(published), list(noted_answers.KINDS)
    found = published.of_facts(f"answers {days}", lambda facts: noted_answers.counted(facts, days))
    by_day = {day: {row["kind"]: row for row in rows_of(rows)} for day, rows in found.groupby("day")}
    told = [(day, counts) for day in days if (counts := by_day.get(day)) and not _tells_of_few(counts, published)]
    frame = pd.DataFrame({"as_of": [day for day, _counts in told]}, dtype="object")
    for kind in kinds:
        of_kind = [counts.get(kind, NONE) for _day, counts in told]
        frame[kind] = [int(counts["pairs"]) for counts in of_kind]
        frame[f"{kind}_customers"] = [int(counts["customers"]) for counts in of_kind]
        frame[f"{kind}_filter"] = [
            _noted_by(published, kind, day, customers) if customers else ""
            for (day, _counts), customers in zip(told, frame[f"{kind}_customers"], strict=True)
        ]
    frame.attrs["hides_few"] = len(told) < len(by_day)
    return frame


def _days_of_runs(published: Published) -> list[dt.date]:
    """Of the last ones, in order."""
    shown = recommendations(published)
    kept = [*Run.WITH_ROWS, Run.Status.COLLECTED]
    runs = Run.objects.filter(analysis="recommendations", status__in=kept, pk__lte=shown.pk if shown else 0)
    return sorted(set(runs.order_by("-pk").values_list("as_of", flat=True)[:MOST_RUNS]))


def _noted_by(published: Published, kind: str, day: dt.date, customers: int) -> str:
    runs = [published.days, published.scores]
    return behind(runs, published.among, of="noted", key=kind, since=day, until=day, drawn=int(customers))


def _tells_of_few(counts: Mapping[str, Any], published: Published) -> bool:
    return any(_is_hidden(of_kind["customers"], published) for of_kind in counts.values())


def methods(published: Published) -> pd.DataFrame:
    """See `charts.recommendations`: on the days that the champion was judged on, of which no method knew."""
    run = recommendations(published)
    if run is None or not published.sight.sees_all or "backtest" not in run.metrics:
        return pd.DataFrame(columns=METHOD_COLUMNS)
    backtest = run.metrics["backtest"]
    is_popular = run.metrics["used"] in POPULAR
    judged_run, customers, who = run.learned_by_id or run.pk, backtest["test_customers"], ""
    if kept := JudgedCustomers.objects.filter(run=judged_run, forecast="").only("customers").first():
        customers, who = kept.customers, found_in(published, run, "recommenders", str(judged_run), drawn=kept.customers)
    rows: list[tuple[Any, ...]] = [
        (
            str(row.label),
            row.is_baseline if is_popular else row.is_champion,
            row.is_baseline,
            *(row.judging[name] for name in ("ndcg", "recall", "coverage")),
            backtest["n"],
            customers,
            who,
        )
        for row in ComparedRecommenders(run).rows
    ]
    frame = pd.DataFrame(rows, columns=METHOD_COLUMNS)
    return frame.sort_values("ndcg", ascending=False, kind="stable", ignore_index=True)


def product_rules(published: Published) -> pd.DataFrame:
    """See `charts.rule_network`: rules from one product to another, counted anew in the purchases of the scope."""
    run = rules(published)
    if run is None:
        return pd.DataFrame(columns=RULE_COLUMNS)
    pairs = ProductRule.objects.filter(run_id=run.pk, antecedent_ids__len=1).order_by("rule")[:MOST_RULES]
    named = [(each.antecedent[0], each.consequent, each.held_later) for each in rules_in_words(pairs)]
    ids = [(one.pk, other.pk) for one, other, _held in named]
    counts = published.of_facts(f"rules {run.pk} {run.finished_at}", lambda facts: _counted(facts, ids))
    told = [
        (
            one.pk,
            other.pk,
            isolated(one.name),
            isolated(other.name),
            row["joint"] / row["one_count"],
            row["joint"] * row["baskets"] / (row["one_count"] * row["other_count"]),
            row["joint"],
            held,
            row["baskets"],
            row["customers"],
            counted_in(published, "together", f"{one.pk}.{other.pk}"),
            *_product(published, one.pk, row["one_customers"]),
            *_product(published, other.pk, row["other_customers"]),
        )
        for (one, other, held), row in zip(named, rows_of(counts), strict=True)
        if row["joint"] and row["customers"] and not _is_hidden(row["customers"], published)
    ]
    frame = pd.DataFrame(told, columns=RULE_COLUMNS)
    frame.attrs["found"] = len(named)
    return frame


def _product(published: Published, product: int, customers: int) -> tuple[float, str]:
    if _is_hidden(customers, published):
        return math.nan, ""
    return customers, counted_in(published, "together", product)


def _is_hidden(customers: int, published: Published) -> bool:
    return hides_few(published.sight) and customers < FEWEST_OF_A_GROUP


def _counted(facts: ScopedFacts, pairs: Sequence[tuple[int, int]]) -> pd.DataFrame:
    """Of each pair of products in how many baskets, which are purchases of two products or more, they are: one_count,
    other_count, joint, baskets (in all); and how many customers bought them: one_customers, other_customers, customers
    (both together)."""
    bits = {product: 1 << place for place, product in enumerate(dict.fromkeys(chain(*pairs)))}
    try:
        found, baskets = purchases_with(facts, bits)
    except NoColumns:
        found, baskets = _purchases_with(facts, bits)
    held, is_basket = found["held"].to_numpy(), found["is_basket"].to_numpy(dtype=np.bool_)
    known = found["customer_id"].fillna(0).to_numpy(dtype=np.int64)
    if known.max(initial=0) >= MOST_IDS:
        known = np.unique(np.append(known, 0), return_inverse=True)[1][:-1]
    bought = np.zeros(int(known.max(initial=0)) + 1, dtype=np.bool_)

    def counted(has_all: NDArray[np.intp]) -> tuple[int, int]:
        """Baskets, and different customers, of these purchases."""
        bought[:] = False
        bought[known[has_all]] = True
        return int(np.count_nonzero(is_basket[has_all])), int(np.count_nonzero(bought[1:]))

    with_one = {product: np.flatnonzero(held & held.dtype.type(bit)) for product, bit in bits.items()}
    alone = {product: counted(has_it) for product, has_it in with_one.items()}
    rows = []
    for one, other in pairs:
        has_one = with_one[one]
        joint, customers = counted(has_one[held[has_one] & held.dtype.type(bits[other]) != 0])
        rows.append((alone[one][0], alone[other][0], joint, baskets, alone[one][1], alone[other][1], customers))
    columns = ["one_count", "other_count", "joint", "baskets", "one_customers", "other_customers", "customers"]
    return pd.DataFrame(rows, columns=columns)


def _purchases_with(facts: ScopedFacts, bits: Mapping[int, int]) -> tuple[pd.DataFrame, int]:
    products = pd.DataFrame({"product_id": list(bits), "bit": list(bits.values())}, dtype="int64")
    facts.engine.define_frame("products_of_rules", products)
    only_bought(facts)
    facts.define("purchases", PURCHASES.format(lines=lines(facts)))
    baskets = int(facts.frame("SELECT COUNT(*) AS baskets FROM purchases WHERE is_basket").iloc[0]["baskets"])
    return facts.frame("SELECT customer_id, held, is_basket FROM purchases WHERE held <> 0"), baskets
