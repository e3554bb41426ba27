"""The pages of runs: what is shown, in words; who may recompute and roll back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessRule, Reach, Role
from analytics import catalog
from analytics.models import CurrentRun, Run
from customers.models import Category
from jobs.models import Job
from tests.analytics.sample_runs import AS_OF, SampleFacts, computed, create_run
from tests.factories import create_user

pytestmark = pytest.mark.django_db

RUNS = reverse("analytics:runs")
RECOMPUTE = reverse("analytics:recompute")
NAMES = [analysis.name for analysis in catalog.ANALYSES]


@pytest.fixture
def manager(client):
    user = create_user("manager")
    client.force_login(user)
    return user


@pytest.fixture
def admin(client):
    user = create_user("admin", name="Ada")
    client.force_login(user)
    return user


def text(response) -> str:
    """What a person reads, with single spaces."""
    return " ".join(response.content.decode().split())


def test_an_empty_house_says_what_is_missing(client, manager):
    page = text(client.get(RUNS))
    assert page.count("Nothing has been computed yet.") == len(NAMES)
    assert "No run yet" in page


def test_each_analysis_shows_what_came_out_and_how_good_it_is(client, manager):
    for name in NAMES:
        create_run(name, is_current=True)
    page = text(client.get(RUNS))
    assert "12 orders on 1 days" in page
    assert "200 of 200 customers bought within 365 days and are scored." in page
    assert "2 groups of 200 buyers; silhouette 0.9" in page
    assert "Clearer than chance" in page
    assert "Better than popular products" in page
    assert page.count("Shown now") == len(NAMES)
    assert "30 Jun 2026" in page


def test_recommendations_that_were_beaten_say_so(client, manager):
    _params, found = computed("recommendations")
    create_run("recommendations", is_current=True, metrics={**found.metrics, "used": "popularity"})
    assert "Beaten – popularity is used" in text(client.get(RUNS))
    beaten = {**found.metrics["backtest"]["ndcg"], "beats": False}
    metrics = {"used": "popularity", "backtest": {**found.metrics["backtest"], "ndcg": beaten}}
    run = create_run("recommendations", metrics=metrics)
    page = text(client.get(reverse("analytics:run", args=[run.pk])))
    assert "Popularity is used" in page
    assert "Does not beat the baseline" in page


def test_where_rfm_stands_for_a_churn_model_that_does_not_beat_it_the_page_says_so(client, manager):
    run = create_run("churn", is_current=True, fitted={"model": "rfm", "typical": []})
    page = text(client.get(reverse("analytics:run", args=[run.pk])))
    assert "Not better than RFM – RFM is used" in page
    assert "Brier score of “" in page, "of what was chosen and is not used"
    auc = run.metrics["judged"]["auc"]["rfm"]
    assert f"AUC {auc:.3f}; the days since the last purchase alone" in page


def test_a_failure_stands_beside_the_run_that_stays(client, manager):
    create_run("rfm", is_current=True)
    failed = Run.objects.create(analysis="rfm", as_of=AS_OF, status="failed", error="The disk is full.")
    page = text(client.get(RUNS))
    assert "The disk is full. The run above stays in place." in page
    assert reverse("analytics:run", args=[failed.pk]) in page


def test_a_failure_before_the_shown_run_is_history(client, manager):
    Run.objects.create(analysis="rfm", as_of=AS_OF, status="failed", error="The disk is full.")
    create_run("rfm", is_current=True)
    assert "stays in place" not in text(client.get(RUNS))


def test_what_could_not_be_computed_says_why(client, manager):
    Run.objects.create(analysis="kmeans", as_of=AS_OF, status="withheld", error="Not enough data, because of this.")
    page = text(client.get(RUNS))
    assert "Not enough data, because of this." in page
    assert page.count("Nothing has been computed yet.") == len(NAMES) - 1


def test_a_recomputation_under_way_shows_its_progress(client, manager):
    job = Job.objects.create(
        kind="recompute",
        params_hash="x",
        status="running",
        lease_until=timezone.now() + dt.timedelta(hours=1),
        progress_done=3,
        progress_total=14,
        progress_note="Reading events",
    )
    page = text(client.get(RUNS))
    assert "Recomputation under way" in page
    assert "Reading events" in page
    assert reverse("jobs:progress", args=[job.pk]) in page


def queries_of(client, runs: int) -> int:
    while Run.objects.count() < runs:
        create_run(NAMES[Run.objects.count() % len(NAMES)], is_current=True)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(RUNS).status_code == 200
    return len(captured)


def test_as_many_queries_for_thirty_runs_as_for_four(client, manager):
    assert queries_of(client, 4) == queries_of(client, 30)


def test_older_runs_are_on_the_next_page_and_cards_only_on_the_first(client, manager):
    runs = [create_run("rfm", is_current=True) for _run in range(25)]
    first = client.get(RUNS)
    overview = first.context["overview"]
    assert [row.run for row in overview.rows] == runs[:4:-1]
    second = client.get(RUNS + overview.next_url)
    assert [row.run for row in second.context["overview"].rows] == runs[4::-1]
    assert "standing-rfm" in text(first)
    assert "standing-rfm" not in text(second)


def test_the_history_of_one_analysis(client, manager):
    create_run("daily")
    wanted = create_run("rfm")
    overview = client.get(RUNS, {"analysis": "rfm"}).context["overview"]
    assert [row.run for row in overview.rows] == [wanted]
    assert len(client.get(RUNS, {"analysis": "nonsense"}).context["overview"].rows) == 2


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("daily", ["Sold", "€1,234.00"]),
        ("rfm", ["Champions", "Where the scores lie", "nobody", "Weighted score: 0.5 recency", "New for, days"]),
        (
            "kmeans",
            [
                "Group 1",
                "spend more: €",
                "bought more recently:",
                "buy more of Lamps: 100%",
                "chosen",
                "Beats the baseline",
                "A missing value is taken to be the median of those known.",
                "in the range between the quartiles over 1.349",
                "what lies farther than 4 times that is cut off",
                "new, for less than 90 days",
            ],
        ),
        ("hdbscan", ["Least size", "chosen", "Davies", "A missing value is taken to be the median", "bought once"]),
        (
            "labels",
            [
                "decision tree by Gini",
                "decision tree by entropy",
                "multinomial logistic regression",
                "linear support vector machine",
                "Gain ratio",
                "always the commonest",
                "The few rules",
            ],
        ),
        (
            "recommendations",
            [
                "Used: ",
                "nDCG of the first 10",
                "Beats the baseline",
                "1 May 2026",
                "Similar customers, by Euclidean distance",
                "Alike in name and category",
                "bought more before",
                "None was marked as offered so far.",
            ],
        ),
        (
            "composite",
            ["What it is made of", "Customers referred who bought", "left out", "Of 67 customers", "from 0 to 1"],
        ),
        (
            "clv",
            ["was closest", "Pareto/NBD", "boosted trees", "Expected of all buyers", "bought once", "calibration-plot"],
        ),
        (
            "churn",
            [
                "What was said, and what became of it",
                "Ranked by",
                "days since the last purchase alone",
                "came back",
            ],
        ),
        ("rules", ["Who has these, often has this too", "Share of rules that hold later", "whoever made them"]),
        (
            "demand",
            [
                "Which model each series gets",
                "Lamps",
                "Whole months from 1 Mar 2023",
                "in 3 of 3 series",
                "It is judged series by series",
            ],
        ),
        ("similar", ["What neighbours are good for", "1 Apr 2026", "Share of later purchases", "bought more before"]),
        ("daily", ["It has no features and no scores that could move"]),
    ],
)
def test_the_page_of_a_run_says_what_it_found_in_words(client, manager, name, words):
    Category.objects.create(pk=1, name="Lamps")
    run = create_run(name, is_current=True)
    page = text(client.get(reverse("analytics:run", args=[run.pk])))
    for word in [*words, "4,000", "Shown now"]:
        assert word in page


def test_rules_that_would_be_too_many_are_fewer_and_the_page_says_so(client, manager):
    params = {**catalog.get("rules").default_params(), "most_itemsets": 100}
    found = catalog.get("rules").compute(SampleFacts(), params, np.random.default_rng(1))  # type: ignore[arg-type]
    assert found.metrics["is_capped"]
    run = create_run("rules", params=params, metrics=found.metrics)
    assert "There are more than 100 combinations with the support of" in text(
        client.get(reverse("analytics:run", args=[run.pk]))
    )


def test_what_has_moved_since_the_run_before_is_told(client, manager):
    earlier = create_run("churn")
    moved = {"silence": {"edges": [], "counts": [], "psi": 0.31}, "frequency": {"edges": [], "counts": [], "psi": 0.02}}
    run = create_run("churn", distributions={"earlier": earlier.pk, "columns": moved})
    page = text(client.get(reverse("analytics:run", args=[run.pk])))
    assert reverse("analytics:run", args=[earlier.pk]) in page
    assert page.index("moved far") < page.index(">still<")
    assert "What has moved" not in text(client.get(reverse("analytics:run", args=[earlier.pk])))


def test_a_night_says_when_it_was_learned_and_judged_and_when_applied(client, manager):
    learned = create_run("churn")
    Run.objects.filter(pk=learned.pk).update(as_of=AS_OF - dt.timedelta(days=3))
    night = create_run("churn", learned_by=learned)
    page = text(client.get(reverse("analytics:run", args=[night.pk])))
    assert reverse("analytics:run", args=[learned.pk]) in page
    assert "learned as of 27 Jun 2026, applied as of 30 Jun 2026; how good it is was measured there" in page
    assert "until 27 Jun 2026, of which it knew nothing" in page


def test_the_first_run_says_that_there_is_nothing_to_compare_with(client, manager):
    column: dict[str, Any] = {"edges": [], "counts": [], "psi": None}
    run = create_run("churn", distributions={"earlier": None, "columns": {"silence": column}})
    page = text(client.get(reverse("analytics:run", args=[run.pk])))
    assert "This is the first run that was published: there is nothing yet to compare it with." in page
    assert "How it did from run to run" not in page


def test_the_model_page_lasts_and_tells_who_won_from_run_to_run(client, manager):
    """Of two runs another model won in the later; one of a night, and one that kept nothing, are left out."""
    address = reverse("analytics:model", args=["churn"])
    assert client.get(address).url == f"{RUNS}?analysis=churn"
    assert client.get(reverse("analytics:model", args=["nonsense"])).status_code == 404
    withheld = Run.objects.create(analysis="churn", as_of=AS_OF, status="withheld", error="Not enough data.")
    assert "Not enough data." in text(client.get(address))
    first, second = (create_run("churn", is_current=True) for _again in range(2))
    other = "logistic" if second.fitted["model"] == "boosting" else "boosting"
    Run.objects.filter(pk=first.pk).update(fitted={**first.fitted, "model": other})
    night = create_run("churn", is_current=True)
    Run.objects.filter(pk=night.pk).update(learned_by=second)
    page = text(client.get(address))
    assert f"run {night.pk}" in page
    history = page.partition("How it did from run to run")[2]
    assert history.index(f"Run {second.pk}<") < history.index(f"Run {first.pk}<")
    assert history.count("another than before") == 1
    assert all(f"Run {left_out.pk}<" not in history for left_out in (withheld, night))
    assert address in text(client.get(RUNS))


@pytest.mark.parametrize("status", ["computing", "failed", "withheld", "collected"])
def test_a_run_without_results_has_a_page_too(client, manager, status):
    run = Run.objects.create(analysis="rfm", as_of=AS_OF, status=status, error="Because." if status == "failed" else "")
    page = text(client.get(reverse("analytics:run", args=[run.pk])))
    assert ("Because." in page) == (status == "failed")
    assert "Roll back" not in page


def test_a_run_of_an_analysis_that_is_no_more_shows_its_facts(client, manager):
    run = Run.objects.create(analysis="gone", as_of=AS_OF, status="collected", metrics={"x": 1}, params={"y": [1]})
    assert "30 Jun 2026" in text(client.get(reverse("analytics:run", args=[run.pk])))


def test_only_admins_are_offered_a_recomputation(client, admin):
    assert RECOMPUTE in text(client.get(RUNS))
    client.force_login(create_user("manager"))
    assert RECOMPUTE not in text(client.get(RUNS))


def test_the_button_asks_for_a_job_and_leads_to_it(client, admin):
    response = client.post(RECOMPUTE, {"analyses": ["kmeans", "rfm"], "as_of": "2026-03-31"})
    job = Job.objects.get()
    assert response.url == reverse("jobs:detail", args=[job.pk])
    assert job.params == {"analyses": ["rfm", "kmeans"], "as_of": "2026-03-31"}
    assert (job.kind, job.requested_by, job.reason) == ("recompute", admin, "by the button")
    assert "as of 31 Mar 2026" in text(client.get(response.url))


def test_a_second_click_leads_to_the_same_job(client, admin):
    everything = client.post(RECOMPUTE)
    assert client.post(RECOMPUTE, {"analyses": NAMES}).url == everything.url
    assert Job.objects.get().params == {"analyses": [], "as_of": None}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"as_of": "2999-01-01"}, "This day is still to come."),
        ({"as_of": "soon"}, "Enter a valid date."),
        ({"analyses": ["horoscope"]}, "horoscope is not one of the available choices"),
    ],
)
def test_what_cannot_be_computed_is_said_at_the_form(client, admin, data, words):
    response = client.post(RECOMPUTE, data)
    assert response.status_code == 422
    assert words in text(response)
    assert not Job.objects.exists()


def test_rolling_back_is_offered_confirmed_and_told(client, admin):
    earlier, _later = create_run("rfm"), create_run("rfm", is_current=True)
    address = reverse("analytics:run", args=[earlier.pk])
    assert "Yes, show this run to everybody" in text(client.get(address))
    response = client.post(reverse("analytics:roll_back", args=[earlier.pk]), follow=True)
    assert f"Run {earlier.pk} is shown to everybody now." in text(response)
    assert CurrentRun.objects.get().run == earlier
    assert "Rolled back" in text(client.get(RUNS))
    assert "by Ada" in text(client.get(RUNS))


def test_a_failed_run_is_not_rolled_back_to(client, admin):
    failed = Run.objects.create(analysis="rfm", as_of=AS_OF, status="failed")
    page = text(client.post(reverse("analytics:roll_back", args=[failed.pk]), follow=True))
    assert "cannot be shown: its rows are not kept" in page
    assert not CurrentRun.objects.exists()


def test_a_manager_neither_recomputes_nor_rolls_back(client, manager):
    run = create_run("rfm")
    assert client.post(RECOMPUTE).status_code == 403
    assert client.post(reverse("analytics:roll_back", args=[run.pk])).status_code == 403
    assert "Roll back" not in text(client.get(reverse("analytics:run", args=[run.pk])))
    assert not Job.objects.exists()


def test_sales_people_see_no_runs(client):
    run = create_run("rfm")
    client.force_login(create_user("sales"))
    assert client.get(RUNS).status_code == 403
    assert client.get(reverse("analytics:run", args=[run.pk])).status_code == 403


def test_nothing_is_written_by_get(client, admin):
    run = create_run("rfm")
    assert client.get(RECOMPUTE).status_code == 405
    assert client.get(reverse("analytics:roll_back", args=[run.pk])).status_code == 405


def test_a_manager_who_sees_a_part_of_the_customers_is_shown_no_sums_over_all(client):
    AccessRule.objects.create(role=Role.MANAGER, sees=Reach.TEAM, edits=Reach.TEAM)
    client.force_login(create_user(Role.MANAGER))
    run = create_run(NAMES[0], is_current=True)
    assert client.get(RUNS).status_code == 403
    assert client.get(reverse("analytics:run", args=[run.pk])).status_code == 403
