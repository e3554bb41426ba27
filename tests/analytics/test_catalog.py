"""Every entry of the catalog keeps what the pipeline, the pages and the reader rely on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.db import connection
from django.utils import timezone

from analytics import catalog, publishing
from analytics.algorithms.drift import distributions
from analytics.algorithms.errors import NotEnoughData
from analytics.catalog import ANALYSES, Analysis
from analytics.findings import FEATURES
from analytics.judged_customers import Judgement, judgement_of
from analytics.models import CustomerResult, Run
from analytics.results import TABLES, ResultTable
from analytics.words import not_enough
from customers.consent import object_to_profiling
from customers.models import Customer
from tests.analytics.sample_runs import AS_OF, SampleFacts, computed
from tests.factories import create_customer

ROOT = Path(__file__).resolve().parents[2]

each_analysis = pytest.mark.parametrize("analysis", ANALYSES, ids=lambda analysis: analysis.name)


# So few of the sample are tested that no part of them has enough: `algorithms/test_explaining.py` has more.
SLICED = {"labels": True}


class NoFacts(SampleFacts):
    """An empty house."""

    def customers(self, *args: Any, **kwargs: Any) -> pd.DataFrame:
        return super().customers(*args, **kwargs).iloc[:0]

    def category_lines(self, **kwargs: Any) -> pd.DataFrame:
        return super().category_lines(**kwargs).iloc[:0]

    def product_purchases(self, **kwargs: Any) -> pd.DataFrame:
        return super().product_purchases(**kwargs).iloc[:0]

    def purchase_histories(self, **kwargs: Any) -> pd.DataFrame:
        return super().purchase_histories(**kwargs).iloc[:0]

    def baskets(self, **kwargs: Any) -> pd.DataFrame:
        return super().baskets(**kwargs).iloc[:0]

    def rule_segment_filters(self) -> dict[int, Any]:
        return {}

    def daily(self) -> pd.DataFrame:
        return super().daily().iloc[:0]

    def demand_totals(self) -> pd.DataFrame:
        return super().demand_totals().iloc[:0]


def test_names_are_different():
    assert len({analysis.name for analysis in ANALYSES}) == len(ANALYSES)


def test_an_unknown_name_is_answered_with_those_that_exist():
    with pytest.raises(catalog.UnknownAnalysis, match=r"daily, rfm, clv, .*, composite, rule_segments"):
        catalog.get("horoscope")


@each_analysis
def test_default_parameters_are_plain_and_pass_their_own_check(analysis: Analysis):
    params = analysis.default_params()
    assert json.loads(json.dumps(params)) == json.loads(json.dumps(analysis.checked(params)))
    assert analysis.checked(json.loads(json.dumps(params))) == analysis.checked(params)


@each_analysis
def test_nothing_at_all_is_answered_in_words(analysis: Analysis):
    with pytest.raises(NotEnoughData) as caught:
        analysis.compute(NoFacts(), analysis.default_params(), np.random.default_rng(1))  # type: ignore[arg-type]
    words = not_enough(caught.value)
    assert words.startswith("Not enough data, because ")
    assert caught.value.reason not in words


@pytest.mark.django_db
@each_analysis
def test_what_is_kept_of_a_run_is_plain(analysis: Analysis):
    _params, found = computed(analysis.name)
    counted = distributions(found.watched, {})
    json.dumps({"fitted": found.fitted, "metrics": found.metrics, "drift": counted}, allow_nan=False)
    assert found.withheld == ""
    assert set(counted) <= set(FEATURES)


@pytest.mark.django_db
@each_analysis
def test_its_page_says_what_has_moved_and_how_it_does_for_some_or_why_that_means_nothing(analysis: Analysis):
    params, found = computed(analysis.name)
    run = Run(analysis=analysis.name, as_of=AS_OF, params=params, fitted=found.fitted, metrics=found.metrics)
    proof = analysis.proof(run)
    assert any(len(values) for _name, values in found.watched.items()) != bool(proof.no_drift)
    if proof.baseline:
        assert SLICED.get(analysis.name, bool(proof.slices)) != bool(proof.no_slices)


@pytest.mark.django_db(transaction=True)
@each_analysis
def test_who_objects_to_profiling_is_in_no_row(analysis: Analysis, context):
    """Not in one of their own, nor as somebody whom others are told of; before publication or after."""
    table = TABLES[analysis.name]
    if not issubclass(table.model, CustomerResult):
        return
    attempt, (_params, found) = context(), computed(analysis.name)
    objects, later = (create_customer(pk=int(pk)) for pk in found.frame["customer_id"].iloc[[1, 2]])
    run = Run.objects.create(analysis=analysis.name, job_id=attempt.job_id, as_of=AS_OF)
    Customer.objects.filter(pk=objects.pk).update(profiling_objected_at=timezone.now())
    publishing.publish(attempt, run, found, checkpoint={})
    assert rows_about(objects, table, run) == 0
    assert rows_about(later, table, run) > 0
    object_to_profiling(customer=later)
    assert rows_about(later, table, run) == 0
    assert table.model._default_manager.filter(run_id=run.pk).count() == len(found.frame) - 2


def rows_about(customer: Customer, table: ResultTable, run: Run) -> int:
    rows: Any = table.model._default_manager.filter(run_id=run.pk)
    among = (
        rows.filter(**{f"{table.other_customers}__contains": [customer.pk]}) if table.other_customers else rows.none()
    )
    judged = judgement_of(run.pk)
    as_judged = 0 if judged is None else len(judged.among(np.array([customer.pk])))
    return rows.filter(customer_id=customer.pk).count() + among.count() + as_judged


@pytest.mark.parametrize("analysis", ["clv", "churn"])
def test_the_customers_whom_it_was_judged_on_make_its_calibration_to_the_last_one(analysis):
    _params, found = computed(analysis)
    judged = found.metrics["judged"]
    told = (judged["purchases"] if analysis == "clv" else judged)["calibration"]
    assert found.judged is not None
    kept = Judgement.from_bytes(found.judged.to_bytes())
    tenths = kept.tenths()
    assert [tenth.cases for tenth in tenths] == [cases for _said, _came, cases in told]
    assert [tenth.said for tenth in tenths] == pytest.approx([said for said, _came, _cases in told], rel=1e-6)
    listed = [kept.between(tenth.first, tenth.last) for tenth in tenths]
    assert [len(ids) for ids in listed] == [tenth.cases for tenth in tenths]
    assert sorted(np.concatenate(listed).tolist()) == kept.customers.tolist()


@pytest.mark.django_db
@each_analysis
def test_its_table_has_a_column_for_each_that_is_written(analysis: Analysis):
    table = TABLES[analysis.name]
    with connection.cursor() as cursor:
        columns = [column.name for column in connection.introspection.get_table_description(cursor, table.name)]
    # What is kept fresh says so row by row; a run leaves that empty.
    assert columns == ["run_id", *table.columns, *(["refreshed_at"] if analysis.apply else [])]
    assert {field.column for field in table.model._meta.concrete_fields if field.column} == set(columns)


@each_analysis
def test_it_has_a_page_of_documentation_and_one_of_proof(analysis: Analysis):
    assert (ROOT / "docs" / "analyses" / f"{analysis.name}.md").exists()
    assert (ROOT / "templates" / "analytics" / "runs" / f"{analysis.name}.html").exists()
