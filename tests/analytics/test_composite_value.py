"""Composite value from the facts to the customer's page."""

from __future__ import annotations

import datetime as dt
from statistics import mean, stdev

import pytest
from django.utils import timezone

from accounts.models import Team
from analytics import publishing, value_groups
from analytics.actions import request_recomputation, save_settings
from analytics.algorithms.composite import INDICATORS
from analytics.analyses.composite import weight_name
from analytics.models import ChangeMark, CompositeValue, Run
from customers.models import Address, Customer
from jobs.execution import run_job
from surveys.models import Answer, Invitation, Question, Questionnaire
from tests.factories import create_customer, create_event, create_order, create_user

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = dt.date(2026, 6, 30)


@pytest.fixture
def people():
    """One who buys, rates, answers and referred somebody who bought; that one; one who objects; one who only looks."""
    north = Team.objects.create(name="North")
    seller = create_user("sales", team=north)
    star = create_customer("Star", owner=seller, team=north)
    friend = create_customer("Friend", referred_by=star)
    lead = create_customer("Lead", referred_by=star)
    objector = create_customer("Objector", profiling_objected_at=timezone.now())
    Address.objects.create(customer=star, region="Hesse", is_primary=True)
    for day in (10, 20):
        create_order(star, on=TODAY - dt.timedelta(days=day), amount="50.00")
    create_order(friend, on=TODAY - dt.timedelta(days=30), amount="20.00")
    create_order(objector, on=TODAY, amount="999.00")
    create_event(star, "rating", on=TODAY - dt.timedelta(days=5), value=5)
    create_event(friend, "service_use", on=TODAY - dt.timedelta(days=5), seconds=60)
    survey = Questionnaire.objects.create(title="How was it?")
    scale = {"questionnaire": survey, "kind": "scale", "lowest": 1, "highest": 5}
    fair = Question.objects.create(position=1, text="Fair?", facet="price_fairness", **scale)
    effort = Question.objects.create(position=2, text="Hard?", measure="ces", **scale)
    invitation = Invitation.objects.create(questionnaire=survey, customer=star)
    at = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
    Answer.objects.create(invitation=invitation, question=fair, number=2, answered_at=at)
    Answer.objects.create(invitation=invitation, question=effort, number=5, answered_at=at)
    return star, friend, lead


def recompute() -> Run:
    job = run_job(request_recomputation(analyses=["rfm", "composite"], as_of=TODAY).pk)
    assert (job.status, job.error) == ("done", "")
    run = publishing.current_run("composite")
    assert run is not None
    return run


def test_value_is_told_on_list_page_and_run(people, client):
    star, friend, lead = people
    assert ChangeMark.objects.filter(kind="answers").exists()
    run = recompute()
    rows = {row.customer_id: row for row in CompositeValue.objects.filter(run=run)}
    assert set(rows) == {star.pk, friend.pk, lead.pk}
    assert rows[star.pk].score > rows[friend.pk].score > rows[lead.pk].score == 0
    assert (rows[star.pk].referrals, rows[friend.pk].referrals) == (1, 0)
    assert rows[star.pk].feedback is None, "nobody else rated or answered: it tells nobody from another"
    assert rows[star.pk].perceived == pytest.approx((1.0 + 0.25) / 2)
    assert rows[lead.pk].perceived is None
    assert run.fitted["weights"]["referred"] == pytest.approx(0.125)

    client.force_login(create_user("admin"))
    run_page = " ".join(client.get(f"/analytics/{run.pk}/").content.decode().split())
    groups = ("Need attention", "Hesse", "North", "no team", "no country", str(star.owner))
    for told in (*groups, "Of 1 customer it is known"):
        assert told in run_page, told
    whole = client.get("/analytics/value/").content.decode()
    assert ">3</td>" in whole
    referrers = client.get("/analytics/value/", {"filter": '{"field": "team", "op": "is", "value": "North"}'})
    assert referrers.status_code == 200
    value = {
        str(each.label): each for each in value_groups.of_any(Customer.objects.filter(pk__in=[star.pk, friend.pk]))
    }
    both = [rows[star.pk].score, rows[friend.pk].score]
    assert value["Composite value"].mean == pytest.approx(mean(both))
    assert value["Composite value"].deviation == pytest.approx(stdev(both))
    assert (value["As they perceive it"].customers, value["As they perceive it"].deviation) == (1, None)
    customer_page = client.get(star.get_absolute_url()).content.decode()
    assert "As they perceive it" in customer_page
    listed = client.get("/customers/", {"columns": "composite", "sort": "-composite"}).content.decode()
    assert listed.index("Star") < listed.index("Friend")


def test_weights_are_set_and_reach_the_next_run(people):
    star, friend, _lead = people
    weights = {weight_name(each.name): 0.0 for each in INDICATORS} | {"weight_service_uses": 3.0}
    save_settings(analysis="composite", params=weights, by=create_user("admin"))
    run = recompute()
    assert run.fitted["weights"] == {"service_uses": 1.0}
    scores = dict(CompositeValue.objects.filter(run=run).values_list("customer_id", "score"))
    assert (scores[friend.pk], scores[star.pk]) == (1.0, 0.0)
