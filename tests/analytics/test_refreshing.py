"""Scores of customers who bought since the last recomputation: as a full one would give them, and of nobody else."""

from __future__ import annotations

import datetime as dt
import random

import pandas as pd
import pytest
from django.urls import reverse

from analytics import fresh_rows, publishing, refreshing
from analytics.actions import request_recomputation
from analytics.analyses.rfm import RFM
from analytics.collection import KEPT_SNAPSHOTS
from analytics.features import Facts
from analytics.job_kinds import REFRESH
from analytics.models import ChangeMark, RfmScore, Run, RunSummary, SnapshotManifest
from analytics.present_facts import MANY
from analytics.snapshot import last_day, latest_manifest, open_facts
from customers.consent import object_to_profiling
from customers.models import Customer, Order
from jobs.actions import enqueue
from jobs.errors import LeaseLost
from jobs.execution import run_job
from jobs.models import Job, Schedule
from jobs.schedules import enqueue_due
from tests.analytics.test_snapshot_refresh import deleted_order, late_refund, merged_customer, moved_order, new_order
from tests.factories import create_customer, create_order, create_product, create_refund, create_user

pytestmark = pytest.mark.django_db(transaction=True)

FIRST_DAY, LAST_DAY = dt.date(2026, 1, 1), dt.date(2026, 5, 31)


@pytest.fixture
def shop(transactional_db) -> list[Customer]:
    """Forty customers with one to four orders between the first day and the last, and their scores."""
    create_product()
    customers = [create_customer() for _number in range(40)]
    for number, customer in enumerate(customers):
        for visit in range(1 + number % 4):
            day = FIRST_DAY + dt.timedelta(days=number * 3 + visit)
            create_order(customer, on=day, amount=f"{10 + number}.00")
    create_order(customers[0], on=LAST_DAY)
    assert recomputed().status == "done"
    return customers


def recomputed(**how) -> Job:
    return run_job(request_recomputation(analyses=["rfm"], **how).pk)


def refreshed() -> Job:
    job = run_job(enqueue(kind=REFRESH, params={}).pk)
    assert job.error == ""
    return job


def shown() -> Run:
    run = publishing.current_run("rfm")
    assert run is not None
    return run


def rows() -> pd.DataFrame:
    return publishing.result_frame(shown()).set_index("customer_id").sort_index()


def by_the_cut_points_of(run: Run) -> pd.DataFrame:
    """All customers anew over the present facts, without learning anything."""
    manifest = latest_manifest()
    assert manifest is not None and RFM.apply is not None  # noqa: PT018
    with open_facts(manifest) as engine:
        scores = RFM.apply(Facts(engine, as_of=last_day(manifest)), run.fitted)
    return scores.rename(columns={"monetary": "monetary_minor"}).set_index("customer_id").sort_index()


def test_a_refresh_gives_what_a_full_computation_with_the_same_cut_points_gives(shop):
    """Whatever has happened: all rows are then as if all had been computed anew."""
    rng = random.Random(11)
    run, before = shown(), rows()
    for changes in ((new_order, moved_order), (late_refund, deleted_order), (merged_customer, new_order)):
        for change in changes:
            change(rng)
        create_refund(order=Order.objects.latest("pk"), on=LAST_DAY, amount="1.00", customer=create_customer())
        refreshed()
        found = rows()
        pd.testing.assert_frame_equal(
            found, by_the_cut_points_of(run)[found.columns], check_dtype=False, check_exact=True
        )
    assert shown() == run
    assert not rows().equals(before)
    sizes = {code: customers for code, customers, _money in RunSummary.objects.get(run=run, name="segments").rows}
    assert sizes == rows()["segment"].value_counts().to_dict()
    assert shown().row_count == len(rows())


def test_only_the_buyer_is_touched_and_the_pages_say_when(client, shop):
    before, buyer = rows(), shop[5]
    create_order(buyer, on=LAST_DAY + dt.timedelta(days=1), amount="500.00")
    create_order(None, on=LAST_DAY)
    assert refreshed().result["rfm"] == 1
    after = rows()
    assert (after.loc[buyer.pk, "recency_days"], after.loc[buyer.pk, "r_score"]) == (0, 5)
    assert after.loc[buyer.pk, "monetary_minor"] == before.loc[buyer.pk, "monetary_minor"] + 50_000
    assert after.drop(buyer.pk).equals(before.drop(buyer.pk))
    assert list(RfmScore.objects.exclude(refreshed_at=None).values_list("customer_id", flat=True)) == [buyer.pk]
    run = shown()
    assert (run.refreshed_customers, run.refreshed_manifest) == (1, latest_manifest())
    client.force_login(create_user("admin"))
    for page in (reverse("analytics:runs"), reverse("analytics:run", args=[run.pk])):
        assert "1 customer since, scored as this run has learnt" in client.get(page).content.decode()
    assert "of customers who have bought since" in client.get(reverse("customers:list")).content.decode()
    assert refreshed().result["rfm"] == 0, "nothing has changed since"


def test_whoever_objects_meanwhile_gets_no_row(context, shop):
    objector, buyer = shop[3], shop[4]
    run, frame = shown(), by_the_cut_points_of(shown()).reset_index().rename(columns={"monetary_minor": "monetary"})
    object_to_profiling(customer=objector)
    manifest = latest_manifest()
    assert manifest is not None
    assert fresh_rows.replace_rows(context(), run, frame, [objector.pk, buyer.pk], manifest=manifest)
    assert objector.pk not in rows().index
    assert buyer.pk in rows().index


def test_an_attempt_that_lost_its_lease_replaces_nothing(context, shop):
    create_order(shop[5], on=LAST_DAY)
    before, stale = rows(), context()
    Job.objects.filter(pk=stale.job_id).update(attempt=2)
    with pytest.raises(LeaseLost):
        refreshing.refresh(stale)
    assert rows().equals(before)


def test_what_somebody_chose_to_see_stays_as_it_is(shop):
    first = shown()
    recomputed()
    publishing.roll_back(analysis="rfm", run=first, by=create_user("admin"))
    create_order(shop[5], on=LAST_DAY)
    assert not refreshing.is_needed()
    assert "rfm" not in refreshed().result
    recomputed(as_of=LAST_DAY - dt.timedelta(days=40))
    create_order(shop[5], on=LAST_DAY)
    assert not refreshing.is_needed()


def test_many_changed_customers_have_all_computed_anew(shop, monkeypatch):
    monkeypatch.setattr(refreshing, "FEW", 3)
    for customer in shop[:6]:
        create_order(customer, on=LAST_DAY)
    refreshed()
    asked = Job.objects.get(kind="recompute", status="queued")
    assert asked.params["analyses"] == ["rfm"]
    refreshed()
    assert Job.objects.filter(kind="recompute", status="queued").count() == 1
    run_job(asked.pk)
    assert not refreshing.is_needed()
    # What they did on the site, and who they are, changes no score, but lists ask the database of each of them until
    # the next snapshot.
    ChangeMark.objects.create(kind="events", whose=list(range(1, MANY)))
    assert not refreshing.is_needed()
    ChangeMark.objects.create(kind="customers", whose=[MANY])
    assert refreshing.is_needed()


def test_the_schedule_makes_a_job_where_a_purchase_is_new_and_pauses_after_a_failure(shop):
    schedule = Schedule.objects.create(kind=REFRESH, every="often", at_time=dt.time(0))
    moments = (schedule.changed_at + dt.timedelta(seconds=30 * number) for number in range(1, 9))

    def due() -> list[str]:
        return [job.kind for job in enqueue_due(now=next(moments)) if job.kind == REFRESH]

    assert due() == []
    create_order(shop[5], on=LAST_DAY)
    assert due() == [REFRESH]
    job = Job.objects.get(kind=REFRESH)
    run_job(job.pk)
    assert due() == []
    assert not ChangeMark.objects.exists()
    # Another recomputation has read the change, and deleted its mark.
    create_order(shop[6], on=LAST_DAY)
    run_job(request_recomputation(analyses=["daily"]).pk)
    assert due() == [REFRESH]
    Job.objects.filter(kind=REFRESH, status="queued").update(status="failed", finished_at=schedule.changed_at)
    assert due() == []


def test_files_that_a_refresh_compares_with_are_kept(shop):
    create_order(shop[0], on=LAST_DAY)
    refreshed()
    for number in range(KEPT_SNAPSHOTS + 1):
        create_order(shop[number], on=LAST_DAY)
        run_job(request_recomputation(analyses=["daily"]).pk)
    kept = SnapshotManifest.objects.filter(status="ready")
    assert {shown().manifest_id, shown().refreshed_manifest_id} <= set(kept.values_list("pk", flat=True))
    assert refreshing.is_needed()
    assert refreshed().result["rfm"] == KEPT_SNAPSHOTS + 1
