"""Publishing: rows appear together with the pointer or not at all; earlier runs stay and can be shown again."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from django.db import connection, transaction
from django.utils import timezone

from analytics import publishing
from analytics.algorithms.recommenders.lists import Recommendations
from analytics.models import CurrentRun, DailyFigure, Recommendation, RfmScore, Run
from analytics.results import TABLES, Computed
from jobs.errors import JobError, LeaseLost
from jobs.models import Job
from tests.factories import create_customer, create_user

pytestmark = pytest.mark.django_db(transaction=True)

AS_OF = dt.date(2026, 6, 30)


def scores(*customer_ids: int) -> pd.DataFrame:
    """As `score_with` gives them: the last customer never bought."""
    count = len(customer_ids)
    return pd.DataFrame(
        {
            "customer_id": customer_ids,
            "recency_days": pd.array([3] * (count - 1) + [pd.NA], dtype="Int32"),
            "frequency": [2] * (count - 1) + [0],
            "monetary": [2**40] * (count - 1) + [0],
            **{name: pd.array([5] * (count - 1) + [pd.NA], dtype="Int8") for name in ("r_score", "f_score", "m_score")},
            "weighted_score": pd.array([4.5] * (count - 1) + [pd.NA], dtype="Float64"),
            "segment": ["champions"] * (count - 1) + ["prospect"],
            "lifecycle_class": ["active"] * (count - 1) + ["prospect"],
        }
    )


@pytest.fixture
def published(context):
    """Publishes a run of RFM with these customers."""

    def publish(*customer_ids: int) -> Run:
        attempt = context()
        run = Run.objects.create(analysis="rfm", job_id=attempt.job_id, as_of=AS_OF)
        found = Computed(scores(*customer_ids), fitted={"cuts": (1, 2)}, metrics={"buyers": len(customer_ids) - 1})
        publishing.publish(attempt, run, found, checkpoint={"runs": {"rfm": run.pk}})
        run.refresh_from_db()
        return run

    return publish


def test_a_published_run_is_current_with_all_its_rows(published):
    run = published(7, 8, 9)
    assert (run.status, run.row_count, run.fitted, run.metrics) == (
        "published",
        3,
        {"cuts": [1, 2]},
        {"buyers": 2},
    )
    assert run.finished_at is not None
    assert publishing.current_run("rfm") == run
    best = RfmScore.objects.get(run=run, customer_id=7)
    assert (best.recency_days, best.monetary_minor, best.weighted_score, best.segment) == (3, 2**40, 4.5, "champions")
    assert RfmScore.objects.get(run=run, customer_id=9).r_score is None
    assert Job.objects.get().checkpoint == {"runs": {"rfm": run.pk}}


def test_a_later_run_takes_over_and_the_earlier_one_stays_readable(published):
    first, second = published(1, 2), published(1, 2, 3)
    assert publishing.current_run_id("rfm") == second.pk
    assert publishing.previous_run(second) == first
    assert publishing.previous_run(first) is None
    assert publishing.result_frame(first, ["customer_id", "segment"]).to_dict("list") == {
        "customer_id": [1, 2],
        "segment": ["champions", "prospect"],
    }


def test_an_attempt_that_lost_its_lease_publishes_nothing(context):
    stale = context()
    run = Run.objects.create(analysis="rfm", job_id=stale.job_id, as_of=AS_OF)
    Job.objects.update(attempt=2)
    with pytest.raises(LeaseLost):
        publishing.publish(stale, run, Computed(scores(1, 2)), checkpoint={})
    assert not RfmScore.objects.exists()
    assert not CurrentRun.objects.exists()
    run.refresh_from_db()
    assert run.status == "computing"


def test_a_partition_has_every_index_of_its_table_and_attaching_reads_nothing(published):
    run = published(1, 2)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, count(*) FILTER (WHERE pi.inhrelid IS NOT NULL), count(*)"
            " FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid"
            " LEFT JOIN pg_inherits pi ON pi.inhrelid = i.indexrelid"
            " WHERE c.relname IN ('analytics_rfm', %s) GROUP BY 1 ORDER BY 1",
            [f"analytics_rfm_r{run.pk}"],
        )
        assert cursor.fetchall() == [("analytics_rfm", 0, 6), (f"analytics_rfm_r{run.pk}", 6, 6)]
        cursor.execute(
            "SELECT count(*) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'",
            [f"analytics_rfm_r{run.pk}"],
        )
        assert cursor.fetchone() == (0,)


def test_the_best_customers_are_found_by_an_index(published):
    run = published(*range(1, 400))
    scored = RfmScore.objects.filter(run_id=run.pk, weighted_score__isnull=False)
    best = scored.order_by("-weighted_score", "-customer_id").values("customer_id", "weighted_score")
    with connection.cursor() as cursor:
        cursor.execute("SET enable_sort = off; SET enable_seqscan = off; SET enable_bitmapscan = off")
        plan = best[:5].explain()
        cursor.execute("RESET enable_sort; RESET enable_seqscan; RESET enable_bitmapscan")
    assert f"Index Only Scan Backward using analytics_rfm_r{run.pk}_weighted_score_customer_id_run_id" in plan
    assert "Sort" not in plan


def test_recommendations_become_one_row_of_arrays_a_customer(context):
    attempt = context()
    run = Run.objects.create(analysis="recommendations", job_id=attempt.job_id, as_of=AS_OF)
    lists = Recommendations(
        customer_ids=np.array([5, 6, 4]),
        product_ids=np.array([[13, 12], [0, 0], [11, 0]]),
        scores=np.array([[0.5, 0.0], [0.0, 0.0], [0.25, 0.0]], dtype=np.float32),
        reason_product_ids=np.array([[11, 0], [0, 0], [12, 0]]),
        reason_shares=np.array([[0.75, 0.125], [0.0, 0.0], [0.5, 0.0]], dtype=np.float32),
    ).to_wide_frame()
    publishing.publish(attempt, run, Computed(lists), checkpoint={})
    row = Recommendation.objects.get(customer_id=5)
    assert (row.product_ids, row.scores, row.reason_product_ids, row.reason_shares) == (
        [13, 12],
        [0.5, 0.0],
        [11, None],
        [0.75, 0.125],
    )
    assert publishing.result_frame(run, ["customer_id", "product_ids"])["product_ids"].tolist() == [[11], [13, 12]]


def test_who_objects_between_snapshot_and_publication_gets_no_row(context):
    objects, agrees = create_customer(profiling_objected_at=timezone.now()), create_customer()
    attempt = context()
    run = Run.objects.create(analysis="rfm", job_id=attempt.job_id, as_of=AS_OF)
    publishing.publish(attempt, run, Computed(scores(objects.pk, agrees.pk)), checkpoint={})
    assert list(RfmScore.objects.values_list("customer_id", flat=True)) == [agrees.pk]
    run.refresh_from_db()
    assert run.row_count == 1
    assert sum(customers for _, customers, _ in run.summaries.get(name="segments").rows) == 1


def test_a_run_without_rows_is_published_too(context):
    attempt = context()
    run = Run.objects.create(analysis="daily", job_id=attempt.job_id, as_of=AS_OF)
    empty = pd.DataFrame({name: pd.Series(dtype="int64") for name in TABLES["daily"].columns})
    publishing.publish(attempt, run, Computed(empty.assign(day=pd.Series(dtype="datetime64[us]"))), checkpoint={})
    assert publishing.current_run("daily") == run
    assert not DailyFigure.objects.exists()


def test_a_withheld_run_keeps_its_figures_and_leaves_the_current_one(context, published):
    good = published(1, 2)
    attempt = context()
    run = Run.objects.create(analysis="rfm", job_id=attempt.job_id, as_of=AS_OF)
    found = Computed(scores(1, 2), metrics={"buyers": 1}, withheld="No better than chance.")
    publishing.withhold(attempt, run, found, checkpoint={})
    run.refresh_from_db()
    assert (run.status, run.error, run.metrics) == ("withheld", "No better than chance.", {"buyers": 1})
    assert publishing.current_run("rfm") == good


def test_rolling_back_shows_the_earlier_run_and_who_chose_it(published):
    first, second = published(1, 2), published(1, 2, 3)
    admin = create_user("admin")
    publishing.roll_back(analysis="rfm", run=first, by=admin)
    pointer = CurrentRun.objects.get()
    assert (pointer.run, pointer.chosen_by) == (first, admin)
    publishing.roll_back(analysis="rfm", run=second, by=admin)
    assert publishing.current_run("rfm") == second
    third = published(1, 2)
    pointer.refresh_from_db()
    assert (pointer.run, pointer.chosen_by) == (third, None)


@pytest.mark.parametrize("status", ["failed", "withheld", "collected", "computing"])
def test_a_run_without_rows_is_not_rolled_back_to(published, status):
    run = published(1, 2)
    other = Run.objects.create(analysis="rfm", as_of=AS_OF, status=status)
    with pytest.raises(JobError, match="rows are not kept"):
        publishing.roll_back(analysis="rfm", run=other, by=create_user("admin"))
    with pytest.raises(JobError):
        publishing.roll_back(analysis="kmeans", run=run, by=create_user("admin"))
    assert publishing.current_run("rfm") == run


def test_csv_has_a_line_of_names_and_the_rows_in_order(published):
    run = published(9, 3, 4)
    lines = "".join(publishing.as_csv(run)).splitlines()
    assert lines[0].startswith("customer_id,recency_days,frequency,monetary_minor")
    assert [line.split(",")[0] for line in lines[1:]] == ["3", "4", "9"]
    assert lines[2] == "4,,0,0,,,,,prospect,prospect"


def test_scores_by_another_model_or_other_parameters_are_not_compared_with_those_before(context):
    """Nobody has changed but the champion: the index of the scores must not say that they moved."""
    attempt = context()

    def watched(model: str, *, said: float, params: dict) -> dict:
        run = Run.objects.create(analysis="churn", job_id=attempt.job_id, as_of=AS_OF, params=params)
        frame = pd.DataFrame({"silence": [1.0, 2.0] * 50, "churn_probability": [said] * 100})
        found = Computed(pd.DataFrame(), fitted={"model": model}, withheld="Of no matter here.", watched=frame)
        publishing.withhold(attempt, run, found, checkpoint={})
        Run.objects.filter(pk=run.pk).update(status="published")
        run.refresh_from_db()
        return {name: (column["psi"], column.get("why")) for name, column in run.distributions["columns"].items()}

    quarter, year = {"horizon_days": 90}, {"horizon_days": 365}
    assert watched("logistic", said=0.1, params=quarter)["silence"] == (None, None)
    same = watched("logistic", said=0.9, params=quarter)
    assert same["churn_probability"][0] > 0.25
    other = watched("boosting", said=0.1, params=quarter)
    assert other == {"silence": (0.0, None), "churn_probability": (None, "other_model")}
    assert watched("boosting", said=0.1, params=year)["silence"] == (None, "other_parameters")


def test_a_run_that_is_known_is_told_anew_once_it_has_changed(published):
    run = published(7, 8)
    assert publishing.current_run("rfm").metrics == {"buyers": 1}
    with transaction.atomic():
        for buyers in (2, 3):  # twice in one transaction, which leaves its mark but once
            Run.objects.filter(pk=run.pk).update(metrics={"buyers": buyers})
            assert publishing.current_run("rfm").metrics == {"buyers": buyers}


def test_what_is_large_of_a_run_is_read_once(published):
    published(7, 8)
    first, second = publishing.current_run("rfm"), publishing.current_run("rfm")
    assert first is not second
    assert first.fitted is second.fitted
