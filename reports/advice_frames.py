"""What charts of recommendations and rules are drawn from: what their runs found, and how these were judged."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analytics import publishing
from analytics.analyses.recommendations import POPULAR
from analytics.models import ProductRule, Run
from analytics.product_rules import rules_in_words
from analytics.recommenders import ComparedRecommenders
from core.text import isolated
from reports.frames import Published

MOST_RUNS = 24
# More arrows than that hide each other.
MOST_RULES = 24
OFFER_COLUMNS = ["as_of", "offered", "bought", "not_relevant"]
METHOD_COLUMNS = ["label", "is_used", "is_baseline", "ndcg", "recall", "coverage", "n", "customers"]
RULE_COLUMNS = [
    *("antecedent", "consequent", "antecedent_name", "consequent_name"),
    *("confidence", "lift", "joint_count", "held", "baskets"),
]


def recommendations(published: Published) -> Run | None:
    return publishing.current_runs().get("recommendations")


def rules(published: Published) -> Run | None:
    return publishing.current_runs().get("rules")


def offers(published: Published) -> pd.DataFrame:
    """See `charts.recommendations`. Counted over all customers: who sees a part of them has none."""
    shown = recommendations(published)
    if shown is None or not published.sight.sees_all:
        return pd.DataFrame(columns=OFFER_COLUMNS)
    runs = Run.objects.filter(
        analysis="recommendations", status__in=[Run.Status.PUBLISHED, Run.Status.COLLECTED], pk__lte=shown.pk
    )
    counted = list(runs.order_by("-pk").values_list("as_of", "metrics__outcomes")[:MOST_RUNS])[::-1]
    # Of several runs of a day the last one tells.
    by_day = {as_of: outcomes for as_of, outcomes in counted if outcomes}
    rows = [(day, *(int(outcomes[name]) for name in OFFER_COLUMNS[1:])) for day, outcomes in by_day.items()]
    return pd.DataFrame(rows, columns=OFFER_COLUMNS)


def methods(published: Published) -> pd.DataFrame:
    """See `charts.recommendations`: on the days that the champion was judged on, of which no method knew."""
    run = recommendations(published)
    if run is None or not published.sight.sees_all or "backtest" not in run.metrics:
        return pd.DataFrame(columns=METHOD_COLUMNS)
    backtest = run.metrics["backtest"]
    is_popular = run.metrics["used"] in POPULAR
    rows: list[tuple[Any, ...]] = [
        (
            str(row.label),
            row.is_baseline if is_popular else row.is_champion,
            row.is_baseline,
            *(row.judging[name] for name in ("ndcg", "recall", "coverage")),
            backtest["n"],
            backtest["test_customers"],
        )
        for row in ComparedRecommenders(run).rows
    ]
    frame = pd.DataFrame(rows, columns=METHOD_COLUMNS)
    return frame.sort_values("ndcg", ascending=False, kind="stable", ignore_index=True)


def product_rules(published: Published) -> pd.DataFrame:
    """See `charts.rule_network`: rules from one product to another."""
    run = rules(published)
    if run is None:
        return pd.DataFrame(columns=RULE_COLUMNS)
    pairs = ProductRule.objects.filter(run_id=run.pk, antecedent_ids__len=1).order_by("rule")[:MOST_RULES]
    rows = [
        (
            each.antecedent[0].pk,
            each.consequent.pk,
            isolated(each.antecedent[0].name),
            isolated(each.consequent.name),
            each.rule.confidence,
            each.rule.lift,
            each.rule.joint_count,
            each.held_later,
            run.metrics.get("baskets", each.rule.joint_count),
        )
        for each in rules_in_words(pairs)
    ]
    return pd.DataFrame(rows, columns=RULE_COLUMNS)
