from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.models import OrganisationSettings
from core.undo import undo_of
from jobs.actions import enqueue
from jobs.models import Job, Schedule
from tests.factories import create_user

pytestmark = pytest.mark.django_db
URL = "/jobs/schedules/"


@pytest.fixture(autouse=True)
def admin(client):
    OrganisationSettings.objects.update_or_create(pk=1, defaults={"time_zone": "Europe/Berlin"})
    user = create_user("admin")
    client.force_login(user)
    return user


@pytest.fixture(autouse=True)
def nightly() -> Schedule:
    Schedule.objects.all().delete()
    return Schedule.objects.create(kind="test-count", params={"upto": 3}, at_time=dt.time(3))


def post(client, schedule: Schedule, **fields):
    button = {"preview": fields.pop("preview")} if "preview" in fields else {}
    data = {"every": "day", "weekday": "0", "at_time": "03:00", "is_active": "on", **fields}
    named = {f"schedule-{schedule.pk}-{name}": value for name, value in data.items() if value is not None}
    return client.post(URL, {"schedule": schedule.pk, **named, **button})


def test_it_lists_what_starts_by_itself_and_when(client):
    page = client.get(URL).content.decode()
    for words in ("Count", "up to 3", "Europe/Berlin", "03:00", "It has not come due yet."):
        assert words in page


def test_slots_are_shown_on_the_organisations_clock_whatever_the_readers(client, admin, nightly):
    admin.time_zone = "Asia/Shanghai"
    admin.save()
    assert ", 03:00</small>" in client.get(URL).content.decode()


def test_it_says_what_became_of_the_last_one(client, nightly):
    slot = timezone.now() - dt.timedelta(hours=1)
    job = enqueue(kind="test-count", params={"upto": 3}, scheduled_for=slot)
    enqueue(kind="test-count", params={"upto": 4}, scheduled_for=slot)
    Job.objects.filter(pk=job.pk).update(status="failed")
    (entry,) = client.get(URL).context["entries"]
    assert entry.last_job == job
    assert "Failed" in client.get(URL).content.decode()


def test_an_admin_changes_it(client, nightly):
    response = post(client, nightly, every="week", weekday="4", at_time="22:15", is_active=None)
    assert response.url == URL
    nightly.refresh_from_db()
    assert (nightly.every, nightly.weekday, nightly.at_time, nightly.is_active) == ("week", 4, dt.time(22, 15), False)


def test_what_would_come_is_shown_before_it_is_saved_and_a_change_can_be_undone(client, nightly):
    tried = post(client, nightly, every="week", weekday="4", at_time="22:15", preview="1")
    page = tried.content.decode()
    assert page.count(", 22:15") == 3
    assert "Nothing is saved yet." in page
    off = post(client, nightly, is_active=None, preview="1").content.decode()
    assert "it would not start by itself" in off
    nightly.refresh_from_db()
    assert (nightly.every, nightly.is_active) == ("day", True)
    post(client, nightly, every="week", weekday="4", at_time="22:15")
    [message] = client.get(URL).context["messages"]
    undo = undo_of(message)
    assert undo is not None
    client.post(undo.url, undo.fields)
    nightly.refresh_from_db()
    assert (nightly.every, nightly.weekday, nightly.at_time) == ("day", 0, dt.time(3))


def test_nothing_changed_keeps_the_slot_that_is_about_to_come_due(client, nightly):
    post(client, nightly)
    before = nightly.changed_at
    nightly.refresh_from_db()
    assert nightly.changed_at == before


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"at_time": "25:00"}, "Write a time of day from 00:00 to 23:59."),
        ({"at_time": ""}, "Say at what time."),
        ({"weekday": "9"}, "Select a valid choice."),
        ({"every": "year"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said_in_words_and_not_saved(client, nightly, fields, words):
    response = post(client, nightly, **fields)
    assert response.status_code == 422
    assert words in response.content.decode()
    (entry,) = response.context["entries"]
    assert entry.schedule.every == "day"
    nightly.refresh_from_db()
    assert nightly.at_time == dt.time(3)


@pytest.mark.parametrize("number", ["", "nonsense", "0", "99999999"])
def test_a_schedule_that_is_not_there(client, number):
    assert client.post(URL, {"schedule": number}).status_code == 404


def test_as_many_queries_for_thirty_schedules_as_for_three(client):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(URL)
        return len(captured)

    def add(numbers: range) -> None:
        for number in numbers:
            Schedule.objects.create(kind="test-count", params={"upto": number}, at_time=dt.time(3))
            enqueue(kind="test-count", params={"upto": number}, scheduled_for=timezone.now())

    add(range(10, 13))
    few = queries()
    add(range(13, 40))
    assert queries() == few


def test_nothing_scheduled_is_said_in_words(client):
    Schedule.objects.all().delete()
    assert "Nothing starts by itself" in client.get(URL).content.decode()


def test_the_administration_adds_schedules_for_kinds_that_may_be(client):
    page = client.get("/admin/jobs/schedule/add/").content.decode()
    assert "test-count" in page
    assert "test-publish" not in page
    fields = {"kind": "test-count", "every": "hour", "weekday": "0", "at_time": "00:20", "is_active": "on"}
    wrong = client.post("/admin/jobs/schedule/add/", {**fields, "params": "[1]"})
    assert "Parameters are names with values" in wrong.content.decode()
    client.post("/admin/jobs/schedule/add/", {**fields, "params": '{"upto": 2}'})
    assert Schedule.objects.get(every="hour").params == {"upto": 2}
