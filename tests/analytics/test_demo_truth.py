"""On the demo the published groups and recommendations find what it was made of."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from sklearn.metrics import adjusted_rand_score, roc_auc_score

from analytics import publishing
from analytics.actions import request_recomputation
from analytics.models import ChurnScore, ClusterAssignment, DemandPeriod, LifetimeValue, ProductRule, Recommendation
from customers.models import OrderLine, Product
from imports.demo.truth import DemoTruth, load
from jobs.execution import run_job

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def truth(transactional_db, tmp_path: Path) -> DemoTruth:
    """The demo of 2,000 customers and 20,000 orders, recomputed."""
    call_command("generate", "--until=2026-11-01", f"--truth={tmp_path}", stdout=StringIO(), stderr=StringIO())
    job = run_job(request_recomputation().pk)
    assert (job.status, job.error) == ("done", "")
    return load(tmp_path)


def test_groups_and_recommendations_find_the_truth(truth: DemoTruth):
    assert_groups_are_found(truth)
    assert_companions_are_recommended(truth)
    assert_the_season_is_found(truth)
    assert_planted_rules_are_found(truth)
    assert_who_has_left_is_told_from_who_has_not(truth)


def assert_groups_are_found(truth: DemoTruth) -> None:
    run = publishing.current_run("kmeans")
    assert run is not None
    assert len(run.metrics["profiles"]) == len(truth.document["groups"]) == 4
    found = dict(ClusterAssignment.objects.filter(run=run).values_list("customer_id", "cluster"))
    made = truth.customers["group"].loc[list(found)]
    assert adjusted_rand_score(made, list(found.values())) > 0.8


def assert_companions_are_recommended(truth: DemoTruth) -> None:
    """Of those who bought a product and not yet what goes with it, most are recommended that, and told why."""
    run = publishing.current_run("recommendations")
    assert run is not None
    assert not run.metrics["used"].startswith("popular")
    assert run.metrics["backtest"]["ndcg"]["low"] > 0.1
    lists = {row.customer_id: row for row in Recommendation.objects.filter(run=run)}
    asked = offered = told = 0
    for rule in truth.companions:
        product, companion = (Product.objects.get(sku=rule[name]).pk for name in ("product", "companion"))
        lists_without = [lists[customer] for customer in buyers_of(product) - buyers_of(companion) if customer in lists]
        lists_with = [row for row in lists_without if companion in row.product_ids]
        reasons = [row.reason_product_ids[row.product_ids.index(companion)] for row in lists_with]
        asked, offered, told = asked + len(lists_without), offered + len(lists_with), told + reasons.count(product)
    assert offered > 0.7 * asked
    assert told > 0.9 * offered


def assert_the_season_is_found(truth: DemoTruth) -> None:
    """The months that the orders of the demo were stretched by, from the strongest to the weakest."""
    run = publishing.current_run("demand")
    assert run is not None
    assert run.metrics["grain"] == "month"
    rows = DemandPeriod.objects.filter(run_id=run.pk, series="orders", value__isnull=False).order_by("-start_date")[:12]
    found = {row.start_date.month: row.multiplicative_season or 0.0 for row in rows}
    made = {int(month): weight for month, weight in enumerate(truth.document["season"]["months"], start=1)}
    assert max(found, key=found.__getitem__) == max(made, key=made.__getitem__) == 12
    assert np.corrcoef([found[month] for month in made], list(made.values()))[0, 1] > 0.9


def assert_planted_rules_are_found(truth: DemoTruth) -> None:
    """All of them, among the rules that have held in the last fifth of the time."""
    run = publishing.current_run("rules")
    assert run is not None
    held = ProductRule.objects.filter(run_id=run.pk, later_lift__gt=1).values_list("antecedent_ids", "consequent_id")
    found = {(antecedent[0], consequent) for antecedent, consequent in held if len(antecedent) == 1}
    planted = {
        tuple(Product.objects.get(sku=rule[name]).pk for name in ("product", "companion")) for rule in truth.companions
    }
    assert planted <= found


def assert_who_has_left_is_told_from_who_has_not(truth: DemoTruth) -> None:
    """By the probability of buying nothing, and by that of still being a customer."""
    for analysis, model, column, sign in (
        ("churn", ChurnScore, "churn_probability", 1),
        ("clv", LifetimeValue, "alive_probability", -1),
    ):
        run = publishing.current_run(analysis)
        assert run is not None
        said = dict(model._default_manager.filter(run_id=run.pk).values_list("customer_id", column))
        has_left = truth.customers["left_on"].loc[list(said)].notna()
        assert roc_auc_score(has_left, [sign * each for each in said.values()]) > 0.8, analysis


def buyers_of(product: int) -> set[int]:
    return set(OrderLine.objects.filter(product=product).values_list("order__customer_id", flat=True))
