"""`manage.py recompute` and `manage.py results`."""

from __future__ import annotations

import datetime as dt
import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from analytics import publishing
from analytics.catalog import ANALYSES
from analytics.models import Run
from jobs.models import Job
from tests.factories import create_customer, create_order

AS_OF = dt.date(2026, 6, 30)
KNOWN = ", ".join(analysis.name for analysis in ANALYSES)


def printed(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def refused(*command: str) -> CommandError:
    with pytest.raises(CommandError) as caught:
        call_command(*command, stdout=StringIO())
    return caught.value


@pytest.mark.django_db(transaction=True)
def test_recompute_and_wait_computes_here_and_says_what_came_of_it():
    create_order(create_customer(), on=AS_OF)
    summary: dict[str, Any] = json.loads(printed("recompute", "rfm", "daily", "--wait"))
    assert (summary["status"], summary["error"]) == ("done", "")
    assert summary["peak_memory_mb"] > 0
    assert [(run["analysis"], run["status"], run["as_of"], run["rows"]) for run in summary["runs"]] == [
        ("daily", "published", "2026-06-30", 1),
        ("rfm", "published", "2026-06-30", 1),
    ]
    lines = printed("results", "rfm").splitlines()
    assert lines[0].startswith("customer_id,")
    assert len(lines) == 2


@pytest.mark.django_db(transaction=True)
def test_recompute_without_waiting_says_which_job():
    summary = json.loads(printed("recompute", "--as-of", "2026-01-31"))
    job = Job.objects.get()
    assert summary == {"job": job.pk, "status": "queued"}
    assert job.params == {"analyses": [], "as_of": "2026-01-31"}
    assert job.reason == "manage.py recompute"


@pytest.mark.django_db(transaction=True)
def test_a_failed_recomputation_ends_with_an_error(settings):
    settings.ANALYTICS_MEMORY = "nonsense"
    error = refused("recompute", "daily", "--wait")
    assert error.returncode == 1
    assert "Something happened" in str(error)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("command", "words"),
    [
        (
            ["recompute", "horoscope"],
            f"There is no analysis “horoscope”. There are: {KNOWN}.",
        ),
        (["recompute", "--as-of", "2999-01-01"], "1 Jan 2999 is still to come."),
        (["results", "horoscope"], f"There is no analysis “horoscope”. There are: {KNOWN}."),
        (["results", "rfm", "--run", "7"], "There is no run 7 of rfm with rows. There are: –."),
    ],
)
def test_what_does_not_exist_is_named_with_what_does(command, words):
    error = refused(*command)
    assert words in str(error)
    assert error.returncode == 2
    assert not Job.objects.exists()


@pytest.mark.django_db
def test_a_bad_day_is_refused_with_an_example():
    assert "“soon” is no day; write it like 2026-03-31." in str(refused("recompute", "--as-of", "soon"))


@pytest.mark.django_db
def test_results_before_the_first_run_say_how_to_start():
    assert "recompute --wait" in str(refused("results", "rfm"))


@pytest.mark.django_db
def test_results_of_another_analysis_are_not_given_out():
    run = Run.objects.create(analysis="daily", as_of=AS_OF, status="published")
    assert publishing.current_run("rfm") is None
    assert refused("results", "rfm", "--run", str(run.pk)).returncode == 2
