"""A recomputation from facts to published results: whole, failing in part, killed, and taken up again."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from analytics import catalog, publishing
from analytics.actions import request_recomputation, save_settings
from analytics.job_kinds import RECOMPUTE, REFRESH
from analytics.models import (
    AnalysisSettings,
    ClusterAssignment,
    CurrentRun,
    DailyFigure,
    Recommendation,
    RfmScore,
    Run,
    SnapshotManifest,
)
from analytics.rule_segments import define
from analytics.switches import IsSwitchedOff, switch_off, switch_on
from customers.models import Product
from jobs import leases
from jobs.actions import enqueue, retry
from jobs.execution import run_job
from jobs.models import Job
from tests.factories import create_customer, create_order, create_product, create_user
from tests.jobs.processes import process, until

pytestmark = pytest.mark.django_db(transaction=True)

AS_OF = dt.date(2026, 6, 30)


def recomputed(*analyses: str, as_of: dt.date | None = None) -> Job:
    return run_job(request_recomputation(analyses=analyses, as_of=as_of).pk)


def statuses(job: Job) -> dict[str, str]:
    return dict(Run.objects.filter(job=job).order_by("pk").values_list("analysis", "status"))


def failing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def fail(*args):
        raise ZeroDivisionError

    entries = [replace(entry, compute=fail) if entry.name == name else entry for entry in catalog.ANALYSES]
    monkeypatch.setattr(catalog, "ANALYSES", tuple(entries))


@pytest.fixture
def shop(transactional_db) -> None:
    """Sixty customers: half buy lamps and shades often, half bought a chair once, some time ago; two more."""
    lamp, shade, chair, table = (create_product(name) for name in ("Lamp", "Shade", "Chair", "Table"))
    for number in range(30):
        often, once = create_customer(), create_customer()
        for visit in range(5 + number % 3):
            day = AS_OF - dt.timedelta(days=number % 7 + 20 * visit)
            create_order(often, on=day, amount=f"{80 + number}.00", products=[lamp, shade])
        create_order(once, on=AS_OF - dt.timedelta(days=150 + number), amount=f"{5 + number % 4}.00", products=[chair])
    create_order(create_customer("Late"), on=AS_OF, products=[lamp, table])
    create_customer("Visitor")


def test_everything_is_published_over_one_snapshot(shop):
    job = recomputed()
    assert (job.status, job.error) == ("done", "")
    assert set(statuses(job)) == {analysis.name for analysis in catalog.ANALYSES}
    assert SnapshotManifest.objects.count() == 1
    assert {run.manifest_id for run in Run.objects.all()} == {SnapshotManifest.objects.get().pk}
    rfm = publishing.current_run("rfm")
    assert rfm is not None
    assert (rfm.as_of, rfm.row_count, rfm.metrics["buyers"]) == (AS_OF, 62, 61)
    assert RfmScore.objects.filter(run=rfm, segment="prospect").count() == 1
    assert DailyFigure.objects.filter(run_id=publishing.current_run_id("daily") or 0).count() > 20
    assert job.progress_done == job.progress_total


def tonight() -> Job:
    """As the nightly schedule asks for it."""
    params = {"analyses": ["rfm", "kmeans"], "as_of": None, "learn": False}
    return run_job(enqueue(kind=RECOMPUTE, params=params).pk)


def groups(run: Run) -> dict[int, int]:
    return dict(ClusterAssignment.objects.filter(run_id=run.pk).values_list("customer_id", "cluster"))


def test_nights_keep_the_groups_that_a_week_has_learned(shop):
    recomputed("kmeans")
    learned = publishing.current_run("kmeans")
    newcomer = create_customer("Newcomer")
    create_order(newcomer, on=AS_OF, amount="90.00", products=[Product.objects.get(name="Lamp")])
    assert tonight().error == ""
    run = publishing.current_run("kmeans")
    assert learned is not None
    assert run is not None
    assert (run.learned_by, run.fitted) == (learned, learned.fitted)
    before, after = groups(learned), groups(run)
    assert set(after) == {*before, newcomer.pk}
    assert {pk: after[pk] for pk in before} == before
    assert run.metrics["customers"] == len(after) == sum(each["customers"] for each in run.metrics["profiles"])
    rfm = publishing.current_run("rfm")
    assert rfm is not None
    assert rfm.learned_by is None, "it learns every time"


def test_a_night_learns_anew_where_the_settings_are_others(shop):
    recomputed("kmeans")
    save_settings(analysis="kmeans", params={"window_days": 200}, by=create_user("admin"))
    tonight()
    run = publishing.current_run("kmeans")
    assert run is not None
    assert (run.learned_by, run.params["window_days"]) == (None, 200)
    recomputed("kmeans", as_of=AS_OF)
    Run.objects.update(as_of=AS_OF + dt.timedelta(days=1))
    tonight()
    run = publishing.current_run("kmeans")
    assert run is not None
    assert run.learned_by is None, "nothing is learned from days to come"


def test_a_night_learns_anew_where_another_version_has_kept_the_model(shop):
    recomputed("kmeans")
    Run.objects.filter(analysis="kmeans").update(fitted={"centres": []})
    assert tonight().error == ""
    run = publishing.current_run("kmeans")
    assert run is not None
    assert run.learned_by is None
    assert run.row_count == 61


def test_clusters_are_published_if_they_beat_chance(shop):
    recomputed("kmeans")
    run = publishing.current_run("kmeans")
    assert run is not None
    assert run.metrics["against_permuted"]["beats"]
    assert len(run.fitted["centres"]) == 2
    sizes = [ClusterAssignment.objects.filter(run=run, cluster=number).count() for number in (1, 2)]
    assert sizes == [31, 30], "the one who came late spent more than those who bought once"


def test_recommendations_that_cannot_be_judged_are_not_published():
    for _number in range(3):
        customer = create_customer()
        for day in (AS_OF, AS_OF - dt.timedelta(days=130)):
            create_order(customer, on=day, products=[create_product()])
    job = recomputed("recommendations")
    run = Run.objects.get()
    assert (job.status, run.status) == ("done", "withheld")
    assert run.error.startswith("Not enough data, because only ")
    assert run.error in job.result["recommendations"]
    assert publishing.current_run("recommendations") is None
    assert not Recommendation.objects.exists()


def test_an_empty_house_says_what_is_missing():
    job = recomputed()
    assert job.status == "done"
    assert set(statuses(job).values()) == {"withheld"}
    assert Run.objects.get(analysis="rfm").error == "Not enough data, because there are no customers."
    assert Run.objects.get(analysis="daily").error == "Not enough data, because there are no orders yet."
    assert not CurrentRun.objects.exists()


def test_customers_without_orders_are_prospects():
    create_customer()
    recomputed("rfm")
    score = RfmScore.objects.get()
    assert (score.segment, score.lifecycle_class, score.r_score) == ("prospect", "prospect", None)


def test_what_is_switched_off_is_left_out_and_keeps_what_it_has_published(shop):
    def scheduled() -> Job:
        return run_job(enqueue(kind=RECOMPUTE, params={"analyses": ["daily", "rule_segments"], "as_of": None}).pk)

    leads = {"field": "lifecycle", "op": "is", "value": "lead"}
    define(owner=create_user("admin"), name="Leads", expression=leads, sharing="everybody")
    assert scheduled().error == ""
    first = publishing.current_run("rule_segments")
    assert first is not None
    switch_off(analysis="rule_segments", by=create_user("admin"))
    job = scheduled()
    assert (job.status, set(statuses(job))) == ("done", {"daily"})
    assert job.result["rule_segments"] == "left out: it is switched off"
    assert publishing.current_run("rule_segments") == first
    create_order(create_customer(), on=AS_OF)
    assert "rule_segments" not in run_job(enqueue(kind=REFRESH, params={}).pk).result
    with pytest.raises(IsSwitchedOff, match="“Segments of your own” is switched off"):
        request_recomputation(analyses=["rule_segments"])
    switch_on(analysis="rule_segments")
    assert publishing.current_run("rule_segments") == first
    assert set(statuses(scheduled())) == {"daily", "rule_segments"}


def test_a_failed_analysis_leaves_the_last_good_run_and_the_others_publish(shop, monkeypatch):
    recomputed()
    before = {name: publishing.current_run_id(name) for name in ("daily", "rfm", "kmeans")}
    failing(monkeypatch, "rfm")
    job = recomputed()
    assert job.status == "failed"
    assert job.error.startswith("Not everything could be computed; what was published before stays in place.")
    assert "RFM scores and segments" in job.error
    assert statuses(job)["rfm"] == "failed"
    assert statuses(job)["daily"] == statuses(job)["kmeans"] == "published"
    assert publishing.current_run_id("rfm") == before["rfm"]
    assert publishing.current_run_id("daily") != before["daily"]
    assert RfmScore.objects.filter(run_id=before["rfm"] or 0).count() == 62


def test_what_asks_for_a_failed_analysis_waits_for_it_and_nothing_else_does(shop, monkeypatch, admin_of_house):
    """Segments by a score, of an analysis that fails: they are computed with it when the job is started again."""
    best = {"field": "rfm.segment", "op": "is", "value": "champions"}
    define(owner=admin_of_house, name="Best", expression={"not": {"and": [best]}})
    with monkeypatch.context() as broken:
        failing(broken, "kmeans")
        assert statuses(recomputed("rfm", "kmeans", "rule_segments"))["rule_segments"] == "published", "not asked for"
        before = publishing.current_run("rule_segments")
        failing(broken, "rfm")
        job = recomputed("rfm", "daily", "rule_segments")
    assert statuses(job) == {"rfm": "failed", "daily": "published", "rule_segments": "withheld"}
    waiting = Run.objects.get(job=job, analysis="rule_segments")
    assert waiting.error.startswith("It waits for RFM scores and segments, which failed")
    assert publishing.current_run("rule_segments") == before, "what was published stays"
    job = run_job(retry(job=job, by=admin_of_house).pk)
    assert (job.status, job.error) == ("done", "")
    assert statuses(job) == {"rfm": "published", "daily": "published", "rule_segments": "published"}
    again = publishing.current_run("rule_segments")
    assert again is not None
    assert again.pk > waiting.pk
    assert Run.objects.filter(job=job, analysis="daily").count() == 1


def test_a_failed_job_that_is_started_again_computes_only_what_failed(shop, monkeypatch, admin_of_house):
    with monkeypatch.context() as broken:
        failing(broken, "rfm")
        job = recomputed()
    done_before = set(Run.objects.filter(status="published").values_list("pk", flat=True))
    job = run_job(retry(job=job, by=admin_of_house).pk)
    assert (job.status, job.error) == ("done", "")
    fresh = Run.objects.filter(status="published").exclude(pk__in=done_before)
    assert [run.analysis for run in fresh] == ["rfm"]
    assert SnapshotManifest.objects.count() == 1


@pytest.fixture
def admin_of_house(transactional_db):
    return create_user("admin")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("point", "published"), [("rows written", False), ("about to commit", False), ("published", True)]
)
def test_a_killed_attempt_publishes_all_of_a_run_or_nothing(shop, settings, point, published):
    job = request_recomputation(analyses=["rfm"])
    with process("tests.analytics.dying", point, str(job.pk), CRM_SNAPSHOT_DIR=str(settings.SNAPSHOT_DIR)) as victim:
        assert victim.wait(60) == -9
    assert RfmScore.objects.count() == (62 if published else 0)
    assert (publishing.current_run("rfm") is not None) is published
    until(lambda: leases.return_lost() == 1)
    again = run_job(job.pk)
    assert (again.status, again.attempt) == ("done", 2)
    assert Run.objects.filter(status="published").count() == 1, "what was published is not published again"
    assert RfmScore.objects.count() == 62
    assert SnapshotManifest.objects.count() == 1, "the snapshot of the first attempt serves the second"


def test_a_cancelled_recomputation_publishes_no_more(shop, monkeypatch):
    """Cancelled while the scores are computed: what was published before stays published."""

    def cancelled_meanwhile(facts, params, rng):
        Job.objects.update(cancel_requested=True)
        return scores.compute(facts, params, rng)

    scores = catalog.get("rfm")
    entries = (catalog.get("daily"), replace(scores, compute=cancelled_meanwhile), catalog.get("kmeans"))
    monkeypatch.setattr(catalog, "ANALYSES", entries)
    job = recomputed()
    assert job.status == "cancelled"
    assert statuses(job) == {"daily": "published", "rfm": "failed"}
    assert Run.objects.get(analysis="rfm").error == "The attempt was broken off."
    assert not RfmScore.objects.exists()


def test_an_admins_settings_are_laid_over_the_defaults(shop):
    AnalysisSettings.objects.create(analysis="rfm", params={"window_days": 100})
    recomputed("rfm")
    run = publishing.current_run("rfm")
    assert run is not None
    assert run.params["window_days"] == 100
    assert run.params["weights"] == {"recency": 0.5, "frequency": 0.3, "monetary": 0.2}
    assert (run.metrics["buyers"], run.metrics["segments"]["lapsed_before_window"]) == (31, 30)


def test_settings_that_do_not_fit_fail_their_analysis_in_words(shop):
    AnalysisSettings.objects.create(analysis="rfm", params={"window_days": -1})
    job = recomputed("rfm")
    assert job.status == "failed"
    assert "Its settings cannot be used" in job.error


def test_without_a_day_it_is_the_last_one_with_data(shop):
    recomputed("daily")
    assert Run.objects.get().as_of == AS_OF


def test_as_of_an_earlier_day_later_orders_are_not_seen(shop):
    recomputed("rfm", as_of=AS_OF - dt.timedelta(days=149))
    run = publishing.current_run("rfm")
    assert run is not None
    assert run.metrics["buyers"] == 30
    assert RfmScore.objects.filter(run=run, segment="prospect").count() == 32


def test_equal_facts_give_equal_results(shop):
    recomputed("kmeans")
    first = publishing.current_run("kmeans")
    recomputed("kmeans")
    second = publishing.current_run("kmeans")
    assert first is not None
    assert second is not None
    assert first.pk != second.pk
    assert publishing.result_frame(first).equals(publishing.result_frame(second))
    assert first.metrics == second.metrics
