from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from jobs import kinds
from jobs.actions import enqueue
from jobs.models import Job
from tests.factories import create_user

pytestmark = pytest.mark.django_db
LIST = "/jobs/"
# What a page has that asks again by itself.
POLLS = 'hx-trigger="every'
HTMX = {"HX-Request": "true"}


@pytest.fixture
def manager(client):
    user = create_user("manager", name="Li Na")
    client.force_login(user)
    return user


@pytest.fixture
def admin(client):
    user = create_user("admin", name="Ada Root")
    client.force_login(user)
    return user


def waiting(upto: int = 1, **fields) -> Job:
    return enqueue(kind="test-count", params={"upto": upto}, **fields)


def running(upto: int = 1, **fields) -> Job:
    job = waiting(upto)
    now = timezone.now()
    state = {"status": "running", "attempt": 1, "started_at": now, "lease_until": now + dt.timedelta(minutes=1)}
    Job.objects.filter(pk=job.pk).update(**{**state, **fields})
    job.refresh_from_db()
    return job


def over(upto: int = 1, status: str = "done", **fields) -> Job:
    job = waiting(upto)
    now = timezone.now()
    state = {"status": status, "attempt": 1, "started_at": now - dt.timedelta(seconds=75), "finished_at": now}
    Job.objects.filter(pk=job.pk).update(**{**state, **fields})
    job.refresh_from_db()
    return job


def text(response) -> str:
    return str(response.content, "utf-8")


@pytest.mark.parametrize("name", ["list", "detail", "progress", "schedules"])
def test_a_stranger_is_sent_to_the_login(client, name):
    url = reverse(f"jobs:{name}", args=[waiting().pk] if name in {"detail", "progress"} else [])
    assert client.get(url).url.startswith(reverse("accounts:login"))


@pytest.mark.parametrize("name", ["detail", "progress", "cancel"])
@pytest.mark.parametrize("role", ["sales", "manager"])
def test_the_job_of_another_is_not_there(client, name, role):
    """As it is for a number that no job has."""
    client.force_login(create_user(role))
    job = enqueue(kind="test-wait", params={}, requested_by=create_user(role))
    ask = client.post if name == "cancel" else client.get
    refused = [ask(reverse(f"jobs:{name}", args=[pk])) for pk in (job.pk, 10**9)]
    assert [response.status_code for response in refused] == [404, 404]
    job.refresh_from_db()
    assert not job.cancel_requested


def test_the_list_shows_what_the_reader_may_see(client):
    seller, colleague, manager, admin = (create_user(role) for role in ("sales", "sales", "manager", "admin"))
    own, others = waiting(1, requested_by=seller), waiting(2, requested_by=colleague)
    secret = enqueue(kind="test-wait", params={}, requested_by=admin)
    seen_over = over(3, requested_by=seller)

    def shown(user) -> set[int]:
        client.force_login(user)
        listing = client.get(LIST).context["listing"]
        return {job.pk for job in [*listing.live, *listing.page.rows]}

    assert shown(seller) == {own.pk, seen_over.pk}
    assert shown(colleague) == {others.pk}
    assert shown(manager) == {own.pk, others.pk, seen_over.pk}, "no role but admins is said to see test-wait"
    assert shown(admin) == {own.pk, others.pk, seen_over.pk, secret.pk}


def test_a_kind_that_nobody_knows_is_for_admins(client, manager):
    job = over(1)
    Job.objects.update(kind="from-the-future")
    assert client.get(reverse("jobs:detail", args=[job.pk])).status_code == 404
    client.force_login(create_user("admin"))
    assert client.get(reverse("jobs:detail", args=[job.pk])).status_code == 200


def test_the_schedules_are_for_admins(client):
    client.force_login(create_user("sales"))
    assert client.get(reverse("jobs:schedules")).status_code == 403


def test_a_kind_says_in_words_what_came_of_it(client, admin, monkeypatch):
    def in_words(result):
        return [("Numbers counted", str(result["counted"]))]

    monkeypatch.setitem(kinds._kinds, "test-count", replace(kinds.get("test-count"), describe_result=in_words))
    job = over(3, result={"counted": 42})
    assert "<dt>Numbers counted</dt><dd>42</dd>" in text(client.get(reverse("jobs:detail", args=[job.pk])))
    Job.objects.update(result={"of an older version": 7})
    assert "<dt>of an older version</dt><dd>7</dd>" in text(client.get(reverse("jobs:detail", args=[job.pk])))


def test_they_see_and_cancel_what_they_asked_for(client):
    importer = create_user("sales")
    client.force_login(importer)
    job = waiting(requested_by=importer)
    assert "Cancel" in text(client.get(reverse("jobs:detail", args=[job.pk])))
    assert client.get(reverse("jobs:progress", args=[job.pk])).status_code == 200
    assert client.post(reverse("jobs:cancel", args=[job.pk])).url == reverse("jobs:detail", args=[job.pk])
    job.refresh_from_db()
    assert (job.status, job.cancelled_by) == ("cancelled", importer)


def test_managers_look_but_do_not_touch(client, manager):
    job, failed = waiting(), over(2, "failed")
    assert "Cancel" not in text(client.get(reverse("jobs:detail", args=[job.pk])))
    assert "Start again" not in text(client.get(reverse("jobs:detail", args=[failed.pk])))
    assert client.post(reverse("jobs:cancel", args=[job.pk])).status_code == 403
    assert client.post(reverse("jobs:retry", args=[failed.pk])).status_code == 403
    assert client.get(reverse("jobs:schedules")).status_code == 403
    assert set(Job.objects.values_list("status", flat=True)) == {"queued", "failed"}


@pytest.mark.parametrize("name", ["cancel", "retry"])
def test_it_rejects_get(client, admin, name):
    assert client.get(reverse(f"jobs:{name}", args=[waiting().pk])).status_code == 405


def test_no_job_yet_is_said_in_words(client, manager):
    assert "No job yet" in text(client.get(LIST))


def test_it_shows_who_why_what_and_how_it_stands(client, manager):
    asked_by = create_user("admin", name="Tom Berg")
    running(
        7, requested_by=asked_by, reason="New prices", progress_done=1234, progress_total=5000, progress_note="lines"
    )
    page = text(client.get(LIST))
    for words in ("Count", "up to 7", "Tom Berg", "New prices", "Running", "25% · 1,234 of 5,000 · lines"):
        assert words in page
    assert '<progress value="1234" max="5000"' in page


def test_it_shows_how_a_job_ended(client, manager):
    over(7, "failed", error="The file has no column <date>.", attempt=2, peak_memory_mb=1234)
    page = text(client.get(LIST))
    for words in ("Failed", "The file has no column &lt;date&gt;.", "1 min", "1,234 MB"):
        assert words in page


def test_the_schedule_and_the_system_ask_for_jobs_too(client, manager):
    over(1)
    over(2, scheduled_for=dt.datetime(2026, 6, 1, 1, tzinfo=dt.UTC))
    page = text(client.get(LIST))
    assert "The system" in page
    assert "The schedule" in page


def test_the_list_is_fetched_again_only_while_something_is_live(client, manager):
    over(1)
    assert POLLS not in text(client.get(LIST))
    live = running(2)
    assert f'hx-get="?seen={live.pk}" hx-trigger="every 2s"' in text(client.get(LIST))


def test_while_the_same_jobs_are_live_only_how_they_stand_is_sent(client, manager):
    over(1)
    job = running(2, progress_done=5, progress_total=10)
    answer = client.get(client.get(LIST).context["listing"].poll_url.replace("?", LIST + "?"), headers=HTMX)
    assert answer["HX-Reswap"] == "none"
    assert f'id="job-{job.pk}-progress" hx-swap-oob="true"' in text(answer)
    assert "50% · 5 of 10" in text(answer)
    assert "<a " not in text(answer)


def test_when_other_jobs_are_live_the_tables_are_sent(client, manager):
    job = running(2)
    poll_url = client.get(LIST).context["listing"].poll_url.replace("?", LIST + "?")
    Job.objects.filter(pk=job.pk).update(status="done", finished_at=timezone.now())
    answer = client.get(poll_url, headers=HTMX)
    assert "HX-Reswap" not in answer
    assert "<html" not in text(answer)
    assert POLLS not in text(answer)
    assert text(answer).count("<tr>") == 2  # a head and the job that is over


def test_the_later_pages_hold_still(client, manager):
    running(100)
    for number in range(30):
        over(number)
    first = client.get(LIST)
    listing = first.context["listing"]
    assert [job.params["upto"] for job in listing.page.rows] == list(range(29, 4, -1))
    second = client.get(LIST + listing.next_url)
    assert [job.params["upto"] for job in second.context["listing"].page.rows] == [4, 3, 2, 1, 0]
    assert POLLS not in text(second)
    assert second.context["listing"].next_url == ""
    back = client.get(LIST + second.context["listing"].previous_url)
    assert [job.pk for job in back.context["listing"].page.rows] == [job.pk for job in listing.page.rows]


def test_it_filters_by_kind_and_status(client, manager):
    failed, done, live = over(1, "failed"), over(2), running(3)
    other = enqueue(kind="test-wait", params={}, requested_by=manager)

    def shown(query: str) -> set[int]:
        listing = client.get(LIST + query).context["listing"]
        return {job.pk for job in [*listing.live, *listing.page.rows]}

    assert shown("?status=failed") == {failed.pk}
    assert shown("?status=running") == {live.pk}
    assert shown("?kind=test-count") == {failed.pk, done.pk, live.pk}
    assert shown("?kind=test-wait&status=queued") == {other.pk}
    assert shown("?kind=nonsense&status=nonsense") == {failed.pk, done.pk, live.pk, other.pk}
    assert "No such job" in text(client.get(LIST + "?status=cancelled"))
    assert client.get(LIST + "?cursor=nonsense").status_code == 200


def test_as_many_queries_for_thirty_jobs_as_for_three(client, manager):
    def add(numbers: range) -> None:
        for number in numbers:
            over(number, requested_by=create_user("admin"), cancelled_by=create_user("admin"))
            running(1000 + number, requested_by=create_user("admin"))

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            client.get(LIST)
        return len(captured)

    add(range(3))
    few = queries()
    add(range(3, 25))
    assert queries() == few


def test_a_job_says_its_facts(client, admin):
    job = over(3, attempt=2, failures=1, result={"rows": 42}, code_version="abc123", worker="host:1")
    page = text(client.get(reverse("jobs:detail", args=[job.pk])))
    for words in ("up to 3", "1 without getting any further", "rows", "42", "abc123", "host:1", "Done"):
        assert words in page
    assert POLLS not in page


def test_a_live_job_is_fetched_again_until_it_is_over(client, manager):
    job = running(3)
    url = reverse("jobs:detail", args=[job.pk])
    live = client.get(url, headers=HTMX)
    assert f'hx-get="{url}" hx-trigger="every 1s"' in text(live)
    assert "<form" not in text(live)
    Job.objects.update(status="done", finished_at=timezone.now())
    assert client.get(url, headers=HTMX)["HX-Refresh"] == "true"


def test_a_failed_job_is_started_again_by_an_admin(client, admin):
    job = over(3, "failed", error="!", checkpoint={"next": 1})
    url = reverse("jobs:detail", args=[job.pk])
    assert "It goes on where the last attempt had got to." in text(client.get(url))
    assert client.post(reverse("jobs:retry", args=[job.pk])).url == url
    job.refresh_from_db()
    assert (job.status, job.requested_by) == ("queued", admin)


def test_what_cannot_be_done_any_more_is_said_in_words(client, admin):
    job = over(3)
    for name, words in (("cancel", "over already"), ("retry", "failed or was cancelled")):
        response = client.post(reverse(f"jobs:{name}", args=[job.pk]), follow=True)
        assert words in text(response)


def test_a_job_being_cancelled_says_that_it_stops(client, admin):
    job = running(1)
    client.post(reverse("jobs:cancel", args=[job.pk]))
    page = text(client.get(reverse("jobs:detail", args=[job.pk])))
    assert "stopping" in page
    assert reverse("jobs:cancel", args=[job.pk]) not in page


def test_the_progress_fragment_asks_again_until_the_job_is_over(client, manager):
    job = running(1)
    url = reverse("jobs:progress", args=[job.pk])
    live = client.get(url, headers=HTMX)
    assert f'hx-get="{url}"' in text(live)
    assert "<html" not in text(live)
    assert "HX-Trigger" not in live
    Job.objects.update(status="done", finished_at=timezone.now())
    ended = client.get(url, headers=HTMX)
    assert "hx-get" not in text(ended)
    assert ended["HX-Trigger"] == '{"job-over": {}}'


def test_a_job_without_known_length_shows_a_bar_without_value(client, manager):
    job = running(1, progress_note="reading")
    page = text(client.get(reverse("jobs:progress", args=[job.pk])))
    assert "<progress aria-label" in page
    assert "reading" in page


def test_a_job_that_is_not_there(client, manager):
    assert client.get(reverse("jobs:detail", args=[10**9])).status_code == 404


@pytest.mark.parametrize("path", ["", "add/"])
def test_the_administration_shows_jobs_and_makes_none(client, admin, path):
    waiting()
    assert client.get(f"/admin/jobs/job/{path}").status_code == (403 if path else 200)
