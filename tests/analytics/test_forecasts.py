"""What runs said is kept until its time has passed, and stands beside what came."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from django.db import connection
from django.urls import reverse

from analytics import collection, kept_samples, publishing
from analytics.actions import request_recomputation
from analytics.collection import collect
from analytics.erasure import collect as analyses_of
from analytics.erasure import delete_results
from analytics.forecasts import awaited_runs
from analytics.judged_customers import Judgement, judgement_of, keep
from analytics.models import ForecastOutcome, JudgedCustomers, Run
from analytics.outcomes import outcomes_of
from customers.consent import object_to_profiling
from customers.models import Category
from jobs.errors import JobError
from jobs.execution import run_job
from privacy.people import person_of
from tests.factories import create_customer, create_order, create_product, create_user
from tests.reports.runs import publish, publish_recommendations

pytestmark = pytest.mark.django_db(transaction=True)

SAID_ON = dt.date(2026, 1, 31)
PARAMS = {"horizon_days": 90}


def churn_run(*scores: tuple[int, float], as_of: dt.date = SAID_ON) -> Run:
    run = publish("churn", [(pk, said, "low", [], []) for pk, said in scores], as_of=as_of)
    Run.objects.filter(pk=run.pk).update(params=PARAMS)
    return run


def recompute() -> None:
    job = run_job(request_recomputation(analyses=["daily"], as_of=None).pk)
    assert (job.status, job.error) == ("done", "")


def test_what_was_said_stands_beside_what_came_once_its_time_has_passed(client):
    faithful, silent, late, erased = (create_customer(name) for name in ("Faithful", "Silent", "Late", "Erased"))
    for customer in (faithful, silent, late, erased):
        create_order(customer, on=SAID_ON, amount="10.00")
    run = churn_run((faithful.pk, 0.1), (silent.pk, 0.9), (late.pk, 0.4), (erased.pk, 0.0))
    # After the amounts come least and most: of purchase days, and of what is spent.
    told = (faithful.pk, 1.0, 1_000, 2.0, 2_000, 2.0, 2_000, 4.0, 10_000, 0, 20_000, None, 1.0, 3.0, 2_500, 5_000)
    clv = publish("clv", [told], as_of=SAID_ON)
    for day, amount in ((30, "12.00"), (60, "8.00")):
        create_order(faithful, on=SAID_ON + dt.timedelta(days=day), amount=amount)
    recompute()
    assert not ForecastOutcome.objects.exists(), "the horizon has not passed"
    create_order(late, on=SAID_ON + dt.timedelta(days=91))
    object_to_profiling(customer=erased)
    recompute()
    recompute()
    outcomes = {(each.run_id, each.forecast): each for each in ForecastOutcome.objects.all()}
    assert set(outcomes) == {(run.pk, "silence"), (clv.pk, "purchases_3m"), (clv.pk, "spend_3m")}
    found = outcomes[run.pk, "silence"]
    assert found.until == SAID_ON + dt.timedelta(days=90)
    assert (found.cases, found.said, found.became) == (3, pytest.approx(1.4 / 3), pytest.approx(2 / 3))
    assert found.squared_error == pytest.approx((0.1**2 + 0.1**2 + 0.6**2) / 3)
    assert found.inside is None
    assert (outcomes[clv.pk, "purchases_3m"].became, outcomes[clv.pk, "spend_3m"].became) == (2, 2_000)
    assert (outcomes[clv.pk, "purchases_3m"].inside, outcomes[clv.pk, "spend_3m"].inside) == (1, 0)
    said_of = judgement_of(run.pk, "silence")
    assert said_of is not None
    assert (said_of.customers.tolist(), said_of.came.tolist()) == ([faithful.pk, silent.pk, late.pk], [0, 1, 1])
    assert judgement_of(clv.pk, "spend_3m") is None, "no proof stands beside it"
    [section] = [each for each in analyses_of(person_of(late)) if each.key == "analytics.judged"]
    assert [(row["forecast"], row["said"], row["came"]) for row in section.rows] == [("silence", 0.4, 1.0)]
    delete_results([late.pk])
    assert JudgedCustomers.objects.get(run=run).customers == 2
    client.force_login(create_user("manager"))
    page = " ".join(client.get(reverse("analytics:run", args=[clv.pk])).content.decode().split())
    assert "What was said before, and what it became" in page
    assert "Spend, 3 months" in page
    assert "€20.00" in page


def test_of_each_month_the_first_run_keeps_its_rows_until_it_is_compared(monkeypatch):
    monkeypatch.setattr(collection, "KEPT_RUNS", 1)
    customer = create_customer()
    runs = [churn_run((customer.pk, 0.5), as_of=SAID_ON + dt.timedelta(days=day)) for day in (0, 1, 2, 3, 30, 31)]
    collect()
    assert [run.status for run in Run.objects.order_by("pk")] == [
        "published", "published", "collected", "published", "published", "published",
    ]  # fmt: skip
    assert awaited_runs("churn") == {runs[0].pk, runs[1].pk, runs[4].pk}
    for run in runs:
        ForecastOutcome.objects.create(
            run=run, forecast="silence", until=SAID_ON, cases=1, said=0, became=0, squared_error=0
        )
    collect()
    assert list(Run.objects.filter(status="published").order_by("pk")) == [runs[0], runs[3], runs[5]], "last of months"
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM analytics_churn")
        assert cursor.fetchone() == (3,)


def test_who_was_judged_is_kept_as_long_as_charts_are_drawn_from_it(monkeypatch):
    monkeypatch.setattr(collection, "KEPT_RUNS", 1)
    teacher, dropped, shown = (churn_run(as_of=SAID_ON + dt.timedelta(days=70 * back)) for back in range(3))
    Run.objects.filter(pk=shown.pk).update(learned_by=teacher)
    Run.objects.filter(pk__in=(teacher.pk, dropped.pk)).update(status="collected")
    judged = Judgement.of(np.array([1]), np.array([0.5]), np.array([1]))
    for run in (teacher, dropped, shown):
        keep(judged, run=run)
        keep(judged, run=run, forecast="silence")
        means = {"cases": 1, "said": 0, "became": 0, "squared_error": 0}
        ForecastOutcome.objects.create(run=run, forecast="silence", until=run.as_of, **means)
    collect()
    kept = JudgedCustomers.objects.order_by("pk").values_list("run_id", "forecast")
    assert list(kept) == [(teacher.pk, ""), (shown.pk, ""), (shown.pk, "silence")]


def test_a_run_that_waits_for_the_comparison_alone_keeps_a_sample_of_its_customers(monkeypatch):
    """Nobody can roll back to it; what it said is compared for those who are left."""
    monkeypatch.setattr(collection, "KEPT_RUNS", 1)
    monkeypatch.setattr(kept_samples, "CUSTOMERS", 2)
    customers = [create_customer(f"Customer {number}") for number in range(5)]
    scores = [(customer.pk, 0.25) for customer in customers]
    oldest, newest = churn_run(*scores, as_of=SAID_ON - dt.timedelta(days=1)), churn_run(*scores)
    Run.objects.update(row_count=5)
    collect()
    collect()
    assert list(Run.objects.order_by("pk").values_list("status", flat=True)) == ["sampled", "published"]
    assert len(publishing.result_frame(oldest)) == 2
    assert len(publishing.result_frame(newest)) == 5
    with pytest.raises(JobError, match="rows are not kept"):
        publishing.roll_back(analysis="churn", run=oldest, by=create_user("admin"))
    create_order(customers[0], on=SAID_ON + dt.timedelta(days=90))
    recompute()
    found = ForecastOutcome.objects.get(run=oldest)
    assert (found.cases, found.said) == (2, 0.25)
    oldest.refresh_from_db()
    assert oldest.status == "collected"


def test_demand_of_the_periods_ahead_stands_beside_what_was_sold():
    """Two months are said from January on; the second is over on the last of February."""
    tea = create_product("Tea", category=Category.objects.create(name="Tea"))
    series = {
        "revenue": (2_000, 1_900),
        "orders": (2, 5),
        f"category:{tea.category_id}": (1_000, 0),
        f"product:{tea.pk}": (1, 0),
    }
    ahead = [dt.date(2026, 1, 1), dt.date(2026, 2, 1)]
    rows = [
        (place, key, day, None, said, said - 500, said + 500, False)
        for place, (key, day, said) in enumerate(
            (key, day, said) for key, both in series.items() for day, said in zip(ahead, both, strict=True)
        )
    ]
    run = publish("demand", rows, as_of=dt.date(2026, 1, 20))
    Run.objects.filter(pk=run.pk).update(metrics={"grain": "month", "last_date": "2025-12-31", "horizon": 2})
    buyer = create_customer("Buyer")
    create_order(buyer, on=dt.date(2026, 1, 5), amount="15.00", products=[tea])
    create_order(buyer, on=dt.date(2026, 2, 27), amount="10.00")
    recompute()
    assert not ForecastOutcome.objects.exists(), "February is not over"
    create_order(buyer, on=dt.date(2026, 2, 28), amount="10.00", products=[tea])
    create_order(buyer, on=dt.date(2026, 3, 1), amount="99.00", products=[tea])
    recompute()
    found = {each.forecast: each for each in ForecastOutcome.objects.all()}
    assert {name: (each.cases, each.said, each.became, each.inside) for name, each in found.items()} == {
        "revenue": (2, 1_950, 1_750, 1.0),
        "orders": (2, 3.5, 1.5, 1.0),
        "category": (2, 500, 1_250, 0.5),
        "product": (2, 0.5, 1, 1.0),
    }
    assert found["revenue"].until == dt.date(2026, 2, 28)
    told = {str(each.label): (each.said, each.became) for each in outcomes_of("demand", currency="EUR")}
    assert told["Revenue of a period"] == ("€19.50", "€17.50")


def test_what_stood_on_a_list_stands_beside_what_was_bought_since(client):
    """Half of what one bought, all of what another did; what somebody had already was not to be recommended."""
    lamp, shade, chair = (create_product(name) for name in ("Lamp", "Shade", "Chair"))
    half, whole, owner, idle, objector = (create_customer(name) for name in ("Half", "Whole", "Owner", "Idle", "No"))
    for customer, before in ((half, chair), (whole, chair), (owner, lamp), (idle, chair), (objector, chair)):
        create_order(customer, on=SAID_ON - dt.timedelta(days=9), products=[before])
    lists = [(each.pk, [lamp.pk]) for each in (half, whole, owner, idle, objector)]
    run = publish_recommendations(lists, as_of=SAID_ON)
    recall = {"model": 0.25, "baseline": 0.1}
    params = {"test_days": 60, "again_from_share": 0.5, "again_after_days": 30}
    Run.objects.filter(pk=run.pk).update(params=params, metrics={"backtest": {"beats": True, "recall": recall}})
    for customer, since in ((half, [lamp, shade]), (whole, [lamp]), (owner, [lamp]), (objector, [lamp])):
        create_order(customer, on=SAID_ON + dt.timedelta(days=60), products=since)
    create_order(whole, on=SAID_ON + dt.timedelta(days=61), products=[shade])
    object_to_profiling(customer=objector)
    recompute()
    found = ForecastOutcome.objects.get(run=run)
    assert (found.forecast, found.cases, found.said, found.became) == ("recall", 2, 0.25, 0.75)
    [told] = outcomes_of("recommendations", currency="EUR")
    assert (told.said, told.became) == ("25.0%", "75.0%")
