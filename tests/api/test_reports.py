"""The semantic layer for programs: the explorer's numbers, for the same eyes."""

from __future__ import annotations

import datetime as dt
import json
from urllib.parse import urlencode

import pytest
from django.core.cache import cache

from accounts.models import FIRST_RULES, AccessRule, Role
from analytics.job_kinds import RECOMPUTE
from jobs import actions
from jobs.execution import run_job
from reports.models import Report
from tests.api.conftest import Api
from tests.factories import create_customer, create_order, create_team, create_user
from tests.reports.runs import drop_partitions


@pytest.fixture
def facts(settings, tmp_path):
    """Six customers of the North, met at a fair; one of the South."""
    settings.SNAPSHOT_DIR = tmp_path / "snapshots"
    cache.clear()
    north, south = create_team("North"), create_team("South")
    for team, source, count in ((north, "fair", 6), (south, "", 1)):
        for number in range(count):
            customer = create_customer(f"{team.name} {number}", team=team, source=source)
            create_order(customer, on=dt.date(2026, 6, 1), amount="10.50")
    run_job(actions.enqueue(kind=RECOMPUTE, params={"analyses": ["daily"]}, notify=False).pk)
    yield {"north": north, "south": south}
    drop_partitions()


def told(answered):
    assert answered.status_code == 200, answered.content
    return {row["label"]: row["value"] for row in answered.json()["rows"]}


@pytest.mark.django_db(transaction=True)
def test_an_answer_is_the_explorers_for_the_same_eyes(facts):
    manager = Api(create_user(Role.MANAGER))
    of_june = "reports/answer?measure=revenue&by=source&since=2026-06-01&until=2026-06-30"
    answered = manager.get(of_june)
    assert told(answered) == {"fair": 63.0, "Unknown": 10.5}
    whole = answered.json()
    assert (whole["n"], whole["kind"], whole["currency"]) == (7, "money", "EUR")
    assert (whole["since"], whole["until"], whole["as_of"]) == ("2026-06-01", "2026-06-30", "2026-06-01")
    fair, unknown = whole["rows"]
    assert (fair["group"], unknown["group"], unknown["key"]) == ("value", "unknown", None)
    behind = manager.get(f"customers?{urlencode({'filter': json.dumps(fair['filter'])})}").json()["results"]
    assert {customer["name"] for customer in behind} == {f"North {number}" for number in range(6)}
    only_fair = json.dumps({"field": "source", "op": "is", "value": "fair"})
    assert told(manager.get(f"{of_june}&filter={only_fair}")) == {"fair": 63.0}
    assert told(Api(create_user(Role.SALES, team=facts["south"])).get(of_june)) == {"Unknown": 10.5}
    AccessRule.objects.create(role=Role.VIEWER, **{**FIRST_RULES[Role.VIEWER], "sees": "all", "masked": ["email"]})
    viewer = Api(create_user(Role.VIEWER))
    assert told(viewer.get(of_june)) == {"Small groups together": 73.5}, "one is not told of, nor left over"
    hidden = json.dumps({"field": "email", "op": "starts_with", "value": "ada"})
    refused = viewer.get(f"{of_june}&filter={hidden}")
    assert (refused.status_code, refused.headers["Content-Type"]) == (403, "application/problem+json")
    shared = Report.objects.create(name="Teams", sharing="everybody", question={"measure": "customers", "by": "team"})
    assert told(manager.get(f"reports/answer?report={shared.pk}")) == {"North": 6.0, "South": 1.0}
    impossible = manager.get("reports/answer?measure=visits&by=channel")
    assert (impossible.status_code, impossible.json()["errors"][0]["parameter"]) == (400, "")
    assert "cannot be divided by" in impossible.json()["errors"][0]["detail"]


@pytest.mark.django_db
def test_reports_and_measures_are_those_that_one_may_use():
    owner, other = create_user(Role.MANAGER), Api(create_user(Role.MANAGER))
    secret = Report.objects.create(name="Mine", owner=owner, question={"measure": "orders"})
    Report.objects.create(name="Ours", owner=owner, sharing="everybody", question={"measure": "orders"})
    assert [each["name"] for each in other.get("reports").json()] == ["Ours"]
    assert other.get(f"reports/answer?report={secret.pk}").status_code == 404
    assert other.get("reports/answer").json()["rows"] == []  # there are no facts yet
    assert other.get("reports/answer?messure=orders").status_code == 400
    assert "born" in str(other.get("reports/measures").json()["dimensions"])
    AccessRule.objects.create(role=Role.VIEWER, **{**FIRST_RULES[Role.VIEWER], "masked": ["birth_date"]})
    known = Api(create_user(Role.VIEWER)).get("reports/measures").json()
    assert "born" not in {each["key"] for each in known["dimensions"]}
    [revenue] = [each for each in known["measures"] if each["key"] == "revenue"]
    assert (revenue["kind"], "month" in revenue["dimensions"], "born" in revenue["dimensions"]) == (
        "money",
        True,
        False,
    )
