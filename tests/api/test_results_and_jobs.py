"""What the analyses found, for the customers that one sees; long work, and asking for it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from analytics.models import CurrentRun, Run
from analytics.switches import switch_off
from jobs.models import Job
from tests.api.conftest import Api
from tests.factories import create_customer, create_team, create_user
from tests.reports.runs import publish, publish_days, publish_scores

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return Api(create_user("admin"))


def score(customer_id: int) -> tuple[int, int, int, int, int, int, str]:
    return (customer_id, 3, 9, 90_000, 5, 5, "champions")


def test_rows_are_those_of_customers_that_one_sees():
    north, south = create_team(), create_team()
    ours, theirs = create_customer(team=north), create_customer(team=south)
    gone = create_customer(deleted_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    publish_scores([score(ours.pk), score(theirs.pk), score(gone.pk)])
    rows = Api(create_user("sales", team=north)).get("results/rfm/rows").json()["results"]
    assert [(row["customer_id"], row["segment"]) for row in rows] == [(ours.pk, "champions")]
    everything = Api(create_user("manager")).get("results/rfm/rows").json()["results"]
    assert [row["customer_id"] for row in everything] == [ours.pk, theirs.pk]


def test_each_analysis_of_customers_has_its_rows_and_tells_of_nobody_unseen():
    north = create_team()
    ours, theirs = create_customer(team=north), create_customer(team=create_team())
    publish("clv", [(ours.pk, 1.0, 1_000, 1.0, 1_000, 2.0, 2_000, 4.0, 4_000, 0, 9_000, None)])
    churn = publish("churn", [(ours.pk, 0.8, "high", ["overdue"], [1.5])])
    Run.objects.filter(pk=churn.pk).update(fitted={"model": "boosting"})
    publish("similar", [(ours.pk, [theirs.pk, ours.pk])])
    publish("rules", [(1, [5], 6, 9, 9, 8, 0.1, 0.9, 3.0, 0.1, None, 2, 0.5, 1.5)])
    sales, manager = Api(create_user("sales", team=north)), Api(create_user("manager"))
    rows = {name: sales.get(f"results/{name}/rows").json()["results"] for name in ("clv", "churn", "similar")}
    assert [row["expected_spend_12m_minor"] for row in rows["clv"]] == [4_000]
    assert [(row["churn_probability"], row["reasons"]) for row in rows["churn"]] == [(0.8, ["overdue"])]
    assert [row["similar_ids"] for row in rows["similar"]] == [[ours.pk]]
    assert manager.get("results/similar/rows").json()["results"][0]["similar_ids"] == [theirs.pk, ours.pk]
    assert manager.get("results/rules/rows").json()["results"][0]["later_lift"] == 1.5
    assert sales.get("results/rules/rows").status_code == 403
    for told in (sales.get("results/churn").json(), sales.get("results/churn/rows").json()):
        assert (told["run"], told["models"], told["as_of"]) == (churn.pk, ["boosting"], churn.as_of.isoformat())
    assert sales.get("results/rules").json()["models"] == []


def test_pages_of_rows_follow_each_other(admin):
    customers = [create_customer().pk for _each in range(5)]
    publish_scores([score(pk) for pk in customers])
    seen, cursor = [], ""
    while cursor is not None:
        page = admin.get(f"results/rfm/rows?limit=2{cursor and f'&cursor={cursor}'}").json()
        seen += [row["customer_id"] for row in page["results"]]
        cursor = page["next_cursor"]
    assert seen == customers
    assert admin.get(f"results/rfm/rows?customer={customers[2]}").json()["results"][0]["customer_id"] == customers[2]
    assert admin.get("results/rfm/rows?cursor=made-up").status_code == 400


def test_a_cursor_of_another_run_is_refused(admin):
    publish_scores([score(create_customer().pk) for _each in range(3)])
    cursor = admin.get("results/rfm/rows?limit=1").json()["next_cursor"]
    publish_scores([score(create_customer().pk)])
    assert admin.get(f"results/rfm/rows?cursor={cursor}").status_code == 400


def test_sums_over_everybody_are_for_those_who_see_everybody(admin):
    publish_days()
    assert admin.get("results/daily/rows").json()["results"]
    assert admin.get("results/daily/rows?customer=1").status_code == 400
    sales = Api(create_user("sales", team=create_team()))
    assert sales.get("results/daily/rows").status_code == 403


def test_metrics_are_for_managers():
    run = Run.objects.create(analysis="rfm", as_of="2026-06-01", status="published", metrics={"buyers": 7})
    CurrentRun.objects.create(analysis="rfm", run=run, published_at=dt.datetime.now(dt.UTC))
    assert Api(create_user("manager")).get("results/rfm").json()["metrics"] == {"buyers": 7}
    assert Api(create_user("sales")).get("results/rfm").json()["metrics"] is None
    assert Api(create_user("viewer")).get("results/rfm").json()["run"] == run.pk


def test_an_analysis_without_a_run_is_there_and_one_that_is_not_is_not(admin):
    assert {each["analysis"]: each["run"] for each in admin.get("results").json()}["rfm"] is None
    nothing: dict[str, Any] = {"run": None, "as_of": None, "models": [], "results": [], "next_cursor": None}
    assert admin.get("results/rfm/rows").json() == nothing
    assert admin.get("results/horoscope").status_code == 404


# --- jobs -------------------------------------------------------------------------------------------------------------


def test_a_recomputation_is_asked_for_and_followed(admin):
    asked = admin.post("recompute", {"analyses": ["rfm"], "reason": "new prices"})
    assert asked.status_code == 202, asked.content
    job = Job.objects.get()
    assert asked.headers["Location"] == f"/api/v1/jobs/{job.pk}"
    assert (job.requested_by, job.reason, job.params["analyses"]) == (admin.user, "new prices", ["rfm"])
    assert admin.post("recompute", {"analyses": ["rfm"]}).json()["id"] == job.pk
    assert admin.get(f"jobs/{job.pk}").json()["status"] == "queued"
    cancelled = admin.post(f"jobs/{job.pk}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert admin.post(f"jobs/{job.pk}/cancel").status_code == 409


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"analyses": ["horoscope"]}, "/analyses/0"),
        ({"analyses": ["churn"]}, "/analyses"),
        ({"as_of": "2999-01-01"}, "/as_of"),
        ({"as_of": "0001-01-01"}, "/as_of"),
        ({"reason": "x" * 201}, "/reason"),
    ],
)
def test_a_recomputation_that_cannot_be_is_refused(admin, body, pointer):
    switch_off(analysis="churn", by=admin.user)
    refused = admin.post("recompute", body)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == pointer


def test_jobs_are_listed_to_whom_they_concern(admin):
    sales = Api(create_user("sales"))
    own = Job.objects.create(kind="import", params_hash="a", requested_by=sales.user)
    other = Job.objects.create(kind="import", params_hash="b", requested_by=admin.user)
    assert [row["id"] for row in sales.get("jobs").json()["results"]] == [own.pk]
    assert sales.get(f"jobs/{other.pk}").status_code == 404
    assert [row["id"] for row in admin.get("jobs?kind=import").json()["results"]] == [other.pk, own.pk]
    assert admin.get("jobs?status=running").json()["results"] == []
    assert sales.post(f"jobs/{own.pk}/cancel").status_code == 200
