"""Segments that people define by a filter: who may, who is in them, who sees that, and what changes."""

from __future__ import annotations

import datetime as dt
import json
from urllib.parse import quote

import pytest
from django.urls import reverse

from accounts.models import AccessRule, Reach, Role
from accounts.visibility import EVERYTHING
from analytics import publishing, refreshing, rule_segments, summaries
from analytics.actions import request_recomputation
from analytics.job_kinds import REFRESH
from analytics.models import RuleSegmentMember, Run, RunSummary
from analytics.segment_extensions import moves
from customers.filters import FilterError, apply, parse
from customers.models import Customer, SavedFilter
from jobs.actions import enqueue
from jobs.execution import run_job
from jobs.models import Job
from tests.api.conftest import issue
from tests.factories import create_customer, create_order, create_user
from tests.reports.runs import publish

LEADS = {"field": "lifecycle", "op": "is", "value": "lead"}


def define(owner=None, *, name="Leads", expression=LEADS, sharing="everybody") -> SavedFilter:
    owner = owner or create_user("manager", email=f"{name.lower()}@example.com")
    return rule_segments.define(owner=owner, name=name, expression=expression, sharing=sharing)


def kept(sizes: dict[SavedFilter, list[Customer]]) -> Run:
    """A published run with these members."""
    rows = [(customer.pk, segment.pk) for segment, members in sizes.items() for customer in members]
    run = publish("rule_segments", rows)
    metrics = {"customers": 9, "sizes": {str(segment.pk): len(members) for segment, members in sizes.items()}}
    Run.objects.filter(pk=run.pk).update(metrics=metrics)
    table = f"analytics_rule_segments_r{run.pk}"
    sums = summaries.summed_up(run, partition=table, earlier=publishing.previous_run(run))
    RunSummary.objects.bulk_create(sums)
    return Run.objects.get(pk=run.pk)


@pytest.mark.django_db(transaction=True)
def test_a_recomputation_finds_the_members_but_nobody_who_objects():
    lead, customer = create_customer("Lead", lifecycle="lead"), create_customer("Customer", lifecycle="customer")
    objecting = create_customer("Objecting", lifecycle="lead")
    Customer.objects.filter(pk=objecting.pk).update(profiling_objected_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    leads = define()
    unreadable = define(name="Gone")
    gone = {"version": 1, "field": "custom.gone", "op": "is", "value": 1}
    SavedFilter.objects.filter(pk=unreadable.pk).update(expression=gone)
    job = run_job(request_recomputation(analyses=["rule_segments"]).pk)
    assert (job.status, job.error) == ("done", "")
    run = publishing.current_run("rule_segments")
    assert run is not None
    assert run.metrics["sizes"] == {str(leads.pk): 1}
    rows = RuleSegmentMember.objects.filter(run=run)
    assert list(rows.values_list("segment_id", "customer_id")) == [(leads.pk, lead.pk)]
    lacking = parse({"field": "rule_segment", "op": "lacks", "value": leads.pk})
    found = apply(Customer.objects.all(), lacking, sight=EVERYTHING)
    assert customer in found
    assert lead not in found


@pytest.mark.django_db(transaction=True)
def test_new_orders_move_a_customer_and_a_newer_segment_is_counted_with_them():
    last_day = dt.date(2026, 5, 31)
    regular, other = create_customer("Regular"), create_customer("Other")
    for customer in (regular, other):
        create_order(customer, on=last_day)
    twice = define(name="Twice", expression={"field": "orders", "op": ">=", "value": 2})
    once = define(name="Once", expression={"field": "orders", "op": "is", "value": 1})
    assert run_job(request_recomputation(analyses=["rule_segments"]).pk).status == "done"
    create_order(regular, on=last_day)
    newer = define(name="Newer", expression={"field": "orders", "op": ">=", "value": 1})
    assert run_job(enqueue(kind=REFRESH, params={}).pk).error == ""
    found = set(rule_segments.current_members().values_list("segment_id", "customer_id"))
    assert found == {(twice.pk, regular.pk), (once.pk, other.pk), (newer.pk, regular.pk), (newer.pk, other.pk)}
    assert rule_segments.sizes_now() == {twice.pk: 1, once.pk: 1, newer.pk: 2}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ({"and": []}, "Choose a filter first"),
        ({"field": "email", "op": "is", "value": "ada@example.com"}, "hidden from some roles"),
        ({"not": {"field": "rule_segment", "op": "has", "value": 1}}, "cannot be made of other segments"),
    ],
)
def test_what_would_tell_or_mean_nothing_is_refused_in_words(expression, why):
    with pytest.raises(FilterError, match=why):
        define(expression=expression)


@pytest.mark.django_db
def test_who_joined_and_left_is_counted_and_told_on_the_timeline():
    staying, leaving, joining = (create_customer(name) for name in ("Staying", "Leaving", "Joining"))
    leads, fresh = define(), define(name="Fresh")
    kept({leads: [staying, leaving]})
    run = kept({leads: [staying, joining], fresh: [staying]})
    newest, first = rule_segments.history(leads)
    assert (newest.run, newest.customers, newest.joined, newest.left) == (run, 2, 1, 1)
    assert (first.customers, first.joined, first.left) == (2, None, None)
    assert rule_segments.changes([leads.pk, fresh.pk]) == {leads.pk: (1, 1)}
    titles = {
        customer: [str(entry.title) for entry in moves(customer, EVERYTHING, None, 5)]
        for customer in (staying, leaving, joining)
    }
    assert titles == {
        staying: [],
        leaving: ["Left the segment Leads"],
        joining: ["Joined the segment Leads"],
    }


@pytest.mark.django_db
def test_a_filter_of_the_list_becomes_a_segment_that_the_list_can_show(client):
    user = create_user("manager")
    client.force_login(user)
    text = json.dumps(LEADS)
    create = f"{reverse('analytics:segment_create')}?filter={quote(text)}"
    assert create.split("?")[0] in client.get(reverse("customers:list"), {"filter": text}).content.decode()
    assert "Lead" in client.get(create).content.decode()
    form = reverse("analytics:segment_create")
    assert client.post(form, {"name": "Ours", "sharing": "nobody", "filter": ""}).status_code == 422
    answer = client.post(create, {"name": "Ours", "sharing": "nobody", "filter": text}, follow=True)
    assert "Its customers are being counted." in answer.content.decode()
    assert client.post(create, {"name": "ours", "sharing": "nobody", "filter": text}).status_code == 422
    segment = SavedFilter.objects.get(purpose="segment")
    lead, other = create_customer("Ada Lead"), create_customer("Bob Other")
    kept({segment: [lead]})
    asked = json.dumps({"field": "rule_segment", "op": "has", "value": segment.pk})
    page = client.get(reverse("customers:list"), {"filter": asked, "columns": "name,rule_segments"}).content.decode()
    assert (lead.name in page, other.name in page) == (True, False)
    assert "Ours" in page
    token = {"Authorization": f"Bearer {issue(user)}"}
    answered = client.get(reverse("api:v1:customers"), {"filter": asked}, headers=token).json()
    assert [each["id"] for each in answered["results"]] == [lead.pk]
    assert "Ours" in client.get(reverse("analytics:segments")).content.decode()
    assert client.post(reverse("analytics:segment_delete", args=[segment.pk])).status_code == 302
    assert client.get(segment_page := reverse("analytics:segment", args=[segment.pk])).status_code == 404
    assert client.post(reverse("analytics:segment_restore", args=[segment.pk])).url == segment_page
    assert "Ours" in client.get(segment_page).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_segment_gets_another_name_and_filter_and_keeps_its_history(client):
    """A job counts by the new filter at once, and who left by it is told as ever."""
    lead, customer = create_customer("Lead", lifecycle="lead"), create_customer("Customer", lifecycle="customer")
    create_order(lead, on=dt.date(2026, 5, 1))
    owner = create_user("manager")
    segment = define(owner, name="Leads")
    for _twice in range(2):  # who moved is told against the run before
        assert run_job(request_recomputation(analyses=["rule_segments"]).pk).status == "done"
    assert refreshing.is_needed() is False
    client.force_login(owner)
    page = reverse("analytics:segment", args=[segment.pk])
    assert "Has bought once, an average basket, last bought 0 days ago" in client.get(page).content.decode()
    customers = {"field": "lifecycle", "op": "is", "value": "customer"}
    made = f"{reverse('analytics:segment_create')}?filter={quote(json.dumps(customers))}"
    change = f"{reverse('analytics:segment_change', args=[segment.pk])}?filter="
    assert change in client.get(made).content.decode()
    asked = {"name": "Ours", "sharing": "everybody", "version": segment.version, "filter": json.dumps(customers)}
    secret = {"field": "email", "op": "is", "value": "ada@example.com"}
    refused = client.post(change, {**asked, "filter": json.dumps(secret)})
    assert (refused.status_code, "hidden from some roles" in refused.content.decode()) == (422, True)
    stale = client.post(change, {**asked, "version": 7})
    assert (stale.status_code, "Somebody has changed this segment" in stale.content.decode()) == (422, True)
    assert client.post(change, asked, follow=True).status_code == 200
    segment.refresh_from_db()
    assert (segment.name, segment.expression["value"]) == ("Ours", "customer")
    assert "Its customers are being counted." in client.get(page).content.decode()
    assert set(rule_segments.current_members().values_list("customer_id", flat=True)) == {lead.pk}
    counting = Job.objects.get(kind=REFRESH, status="queued")
    assert refreshing.is_needed()
    assert run_job(counting.pk).error == ""
    assert set(rule_segments.current_members().values_list("customer_id", flat=True)) == {customer.pk}
    newest, first = rule_segments.history(segment)
    assert (newest.customers, newest.joined, newest.left, newest.refiltered) == (1, 1, 1, True)
    assert first.refiltered is False
    told = client.get(page).content.decode()
    assert ("new filter" in told, "being counted" in told) == (True, False)
    assert "Has bought once" not in told, "that was of those before"
    assert [str(entry.title) for entry in moves(customer, EVERYTHING, None, 5)] == ["Joined the segment Ours"]
    assert refreshing.is_needed() is False


@pytest.mark.django_db
def test_who_sees_a_part_is_told_of_that_part_and_of_no_private_segment(client):
    mine, theirs = create_customer("Mine"), create_customer("Theirs")
    leads, private = define(), define(name="Private", sharing="nobody")
    kept({leads: [mine, theirs], private: [mine]})
    AccessRule.objects.create(role=Role.SALES, sees=Reach.OWN, edits=Reach.OWN)
    seller = create_user(Role.SALES)
    Customer.objects.filter(pk=mine.pk).update(owner=seller)
    client.force_login(seller)
    page = client.get(reverse("analytics:segment", args=[leads.pk])).content.decode()
    assert "1 of the customers whom you see is in it." in page
    assert "Size over time" in page
    assert client.get(reverse("analytics:segment", args=[private.pk])).status_code == 404
    listed = client.get(reverse("analytics:segments")).content.decode()
    assert ("Leads" in listed, "Private" in listed) == (True, False)
    cells = client.get(reverse("customers:list"), {"columns": "name,rule_segments"}).content.decode()
    assert "Private" not in cells
