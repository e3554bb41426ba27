"""Reports by e-mail: each once at its moment, with what its recipient may see, and none where it is not theirs."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.mail.backends import locmem
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import FIRST_RULES, AccessRule, Role, User
from analytics.job_kinds import RECOMPUTE
from analytics.models import CurrentRun, Run, SnapshotManifest
from customers.models import SavedFilter
from jobs import actions, kinds
from jobs.execution import run_job
from jobs.models import Job, Schedule
from jobs.schedules import enqueue_due
from protection.audit.models import AccessLog
from reports.catalog import BY_KEY, DASHBOARD
from reports.catalog.subjects import SUBJECTS
from reports.models import Dashboard, Report, Subscription
from reports.subscriptions.job_kinds import SEND_REPORTS
from reports.subscriptions.mails import letter_for
from reports.subscriptions.moments import due
from tests.factories import create_customer, create_order, create_user
from tests.reports.runs import drop_partitions, publish_demand

ORIGIN = "https://crm.example.org"
QUESTION = {"measure": "customers", "by": "source", "compare": ""}


def subscribed(user: User, *, question=None, sharing="everybody", **more) -> Subscription:
    """To a report, due since five minutes."""
    report = Report.objects.create(name=f"Where from {user.pk}", sharing=sharing, question=question or QUESTION)
    at_time = (timezone.now() - dt.timedelta(minutes=5)).time().replace(second=0, microsecond=0)
    more = {"every": "day", "at_time": at_time, **more}
    found = Subscription.objects.create(user=user, report=report, origin=ORIGIN, **more)
    Subscription.objects.filter(pk=found.pk).update(changed_at=timezone.now() - dt.timedelta(hours=1))
    return found


@pytest.fixture(autouse=True)
def artist(settings, tmp_path):
    """In Chromium's place, quick: the first picture of a page. The real one: `test_pictures`."""
    program = tmp_path / "artist"
    program.write_text("#!/bin/sh\necho '<output data-of=\"0\">data:image/png;base64,iVBORw0KGgo=</output>'\n")
    program.chmod(0o755)
    settings.CHROMIUM = str(program)


def sent() -> list[Any]:
    """The mails that left: with all that Django's have, which its stubs do not know of."""
    return list(mail.outbox)


def send() -> Job:
    return run_job(actions.enqueue(kind=SEND_REPORTS, params={}, notify=False).pk)


@pytest.fixture
def facts_without_files():
    """A run whose snapshot is known and gone: enough for all but an answer."""
    now = timezone.now()
    manifest = SnapshotManifest.objects.create()
    run = Run.objects.create(analysis="daily", as_of=now.date(), status="published", finished_at=now, manifest=manifest)
    CurrentRun.objects.create(analysis="daily", run=run, published_at=now)


@pytest.fixture
def facts(settings, tmp_path):
    """Six customers met at a fair, one on the web."""
    settings.SNAPSHOT_DIR = tmp_path / "snapshots"
    cache.clear()
    for number in range(7):
        customer = create_customer(f"Customer {number}", source="fair" if number else "web")
    create_order(customer, on=dt.date(2026, 6, 1), amount="10.00")
    run_job(actions.enqueue(kind=RECOMPUTE, params={"analyses": ["daily"]}, notify=False).pk)
    yield
    drop_partitions()


# --- what -------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_each_gets_once_what_they_may_see_in_their_language(facts):
    manager = create_user(Role.MANAGER)
    masked = {**FIRST_RULES[Role.VIEWER], "sees": "all", "masked": ["email"], "may_export": False}
    AccessRule.objects.create(role=Role.VIEWER, **masked)
    viewer = create_user(Role.VIEWER, language="zh-hans")
    disabled = create_user(Role.MANAGER, is_active=False)
    own = {each: subscribed(each) for each in (manager, viewer, disabled)}
    Schedule.objects.all().delete()
    Schedule.objects.create(kind=SEND_REPORTS, every="often", at_time=dt.time(0))
    Schedule.objects.update(changed_at=timezone.now() - dt.timedelta(days=1))
    for _beat in range(2):
        enqueue_due(now=timezone.now())
    [job] = Job.objects.filter(kind=SEND_REPORTS)
    counted = run_job(job.pk).result
    assert counted == {"sent": 2, "refused": 0, "paused": 0, "no_facts": 0}
    assert ("Sent", "2") in kinds.result_in_words(SEND_REPORTS, counted)
    assert enqueue_due(now=timezone.now() + dt.timedelta(minutes=1)) == []
    for_manager, for_viewer = sent()
    assert (for_manager.to, for_viewer.to) == ([manager.email], [viewer.email])
    html = for_manager.alternatives[0][0]
    for text in (for_manager.body, html):
        assert "Customers: fair leads with 6, 85.7% of all" in text
        assert "web" in text
        assert f"{ORIGIN}/reports/explore/?report={own[manager].report_id}" in text
    assert for_manager.extra_headers["List-Unsubscribe"] == f"<{ORIGIN}/reports/subscriptions/{own[manager].pk}/>"
    picture, (file_name, content, kind) = for_manager.attachments
    assert picture["Content-ID"] == f"<report-{own[manager].report_id}@picture>"
    assert f'src="cid:report-{own[manager].report_id}@picture"' in html
    assert (file_name, kind) == (f"report-{own[manager].report_id}-2026-06-01.csv", "text/csv")
    assert "fair,6" in content
    # Groups of fewer than five are not told to whom fields are hidden from.
    assert "web" not in for_viewer.body + for_viewer.alternatives[0][0]
    assert "客户" in for_viewer.body
    assert [each.get_content_type() for each in for_viewer.attachments] == ["image/png"]
    assert "CSV" not in for_viewer.body
    [noted] = AccessLog.objects.filter(what="export")
    assert (noted.actor_id, noted.detail["rows"]) == (manager.pk, 2)
    board = Dashboard.objects.create(name="Board", owner=manager)
    board.cards.create(position=0, report=own[manager].report)
    board.cards.create(position=1, chart=DASHBOARD[0])
    anew = {"sent_for": None, "tried_at": None}
    Subscription.objects.filter(pk=own[manager].pk).update(report=None, dashboard=board, **anew)
    page = {"report": None, "page": "customers", "scope": {"period": "30d", "among": "source = fair"}}
    Subscription.objects.filter(pk=own[viewer].pk).update(user=manager, **page, **anew)
    assert send().result["sent"] == 2
    whole, of_page = sent()[2:]
    assert f"{ORIGIN}/reports/about/customers/?among=source+%3D+fair&period=30d" in of_page.body
    assert "3 May 2026 – 1 Jun 2026" in of_page.body
    assert "Source is “fair”" in of_page.body
    assert len(of_page.attachments) > 2
    assert f"{ORIGIN}{board.get_absolute_url()}" in whole.body
    assert "Customers: fair leads with 6, 85.7% of all" in whole.body
    assert str(BY_KEY[DASHBOARD[0]].title) in whole.alternatives[0][0]
    assert mail.outbox[:2] == [for_manager, for_viewer]


@pytest.mark.django_db
def test_demand_is_sent_of_the_series_that_was_asked_for_and_the_overview_with_its_figures(client, facts_without_files):
    publish_demand([40.0] * 29 + [70.0], series="orders")
    reader = create_user(Role.MANAGER)
    client.force_login(reader)
    weekly = {"every": "week", "weekday": "0", "monthday": "1", "at_time": "08:00"}
    offered = re.search(r'href="([^"]+/subscribe/[^"]*)"', client.get("/demand/?series=orders").content.decode())
    assert offered is not None
    assert client.post(offered[1], weekly).status_code == 302
    assert client.get(f"{offered[1]}x").url.startswith("/demand/?series=")
    assert client.post(reverse("reports:subscribe_page", args=["overview"]), weekly).status_code == 302
    of_demand, of_overview = (
        letter_for(each, timezone.now()).mail for each in Subscription.objects.filter(user=reader).order_by("pk")
    )
    assert f"http://testserver{reverse('reports:demand')}?series=orders" in of_demand.body
    assert "Orders: 41 expected in Jan 2026" in of_demand.body
    assert of_demand.attachments[1][0].startswith("demand-forecast-orders-")
    for key in DASHBOARD:
        assert str(BY_KEY[key].title) in str(of_overview.alternatives[0][0])
    AccessRule.objects.create(role=Role.SALES, sees="team", edits="team")
    client.force_login(create_user(Role.SALES))
    assert client.get(reverse("reports:subscribe_page", args=["demand"])).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.key)
def test_every_report_page_leads_to_having_it_by_mail(subject, client, facts_without_files):
    publish_demand([40.0] * 30)
    client.force_login(create_user(Role.ADMIN))
    assert reverse("reports:subscribe_page", args=[subject.key]) in client.get(subject.url).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_time_zone_that_nobody_knows_stops_no_tick_and_is_named_to_its_person_and_the_admin(
    client, facts_without_files
):
    impossible = {"measure": "visits", "by": "channel"}
    lost = subscribed(create_user(Role.MANAGER, time_zone="Mars/Olympus_Mons"), question=impossible)
    subscribed(create_user(), question=impossible)
    Schedule.objects.all().delete()
    Schedule.objects.create(kind=SEND_REPORTS, every="often", at_time=dt.time(0))
    Schedule.objects.update(changed_at=timezone.now() - dt.timedelta(days=1))
    [job] = enqueue_due(now=timezone.now())
    result = run_job(job.pk).result
    assert result["paused"] == 2  # neither has an answer, and each is told
    of_lost, of_other = mail.outbox
    assert "knows no time zone “Mars/Olympus_Mons”" in of_lost.body
    assert "knows no time zone" not in of_other.body
    said = dict(kinds.result_in_words(SEND_REPORTS, result))
    known = [words for label, words in said.items() if "Mars/Olympus_Mons" in str(label)]
    assert known == [f"{lost.user.name} <{lost.user.email}>"]
    client.force_login(lost.user)
    assert "knows no time zone “Mars/Olympus_Mons”" in client.get(reverse("accounts:profile")).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_report_without_an_answer_says_so_once_and_one_that_is_not_shared_any_more_says_nothing(facts_without_files):
    broken = subscribed(create_user(), question={"measure": "visits", "by": "channel"})
    taken_away = subscribed(create_user(), sharing="nobody")
    for _time in range(2):
        send()
    [last] = sent()
    assert last.to == [broken.user.email]
    assert "cannot be divided by" in last.body
    assert "cannot be divided by" in last.alternatives[0][0]
    for subscription, paused in ((broken, "unanswerable"), (taken_away, "out_of_reach")):
        subscription.refresh_from_db()
        assert subscription.paused == paused


# --- once -------------------------------------------------------------------------------------------------------------


class Killed(BaseException):
    pass


class Breaking(locmem.EmailBackend):
    """Breaks off once, before or after the mail is taken."""

    by: list[BaseException] = []
    takes_it = False

    def send_messages(self, messages):
        if self.by and not self.takes_it:
            raise self.by.pop()
        taken = super().send_messages(messages)
        if self.by:
            raise self.by.pop()
        return taken


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_over_a_mail_has_not_sent_it_and_the_next_does(facts_without_files, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Breaking"
    impossible = {"measure": "visits", "by": "channel"}
    for reader in (create_user(), create_user()):
        subscribed(reader, question=impossible)
    job = actions.enqueue(kind=SEND_REPORTS, params={}, notify=False)
    Breaking.by = [Killed()]
    with pytest.raises(Killed):
        run_job(job.pk)
    assert mail.outbox == []
    assert run_job(job.pk).result["paused"] == 1  # the other one; that which broke off waits for a minute
    assert due_now() == []
    assert len(due_now(minutes=2)) == 1
    Subscription.objects.filter(paused="").update(tried_at=timezone.now() - dt.timedelta(minutes=2))
    send()
    send()
    assert len({letter.extra_headers["Message-ID"] for letter in mail.outbox}) == len(mail.outbox) == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_jobs_that_find_the_same_due_one_sends_it(facts_without_files, monkeypatch):
    subscribed(create_user(), question={"measure": "visits", "by": "channel"})
    found = list(due(timezone.now()))
    send()
    Subscription.objects.update(paused="")
    monkeypatch.setattr("reports.subscriptions.sending.due", lambda _now: found)
    send()
    # The other one has begun already, and comes to the handing over second.
    monkeypatch.setattr("reports.subscriptions.sending._begin", lambda _context, owed: owed)
    send()
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_between_the_mail_servers_yes_and_the_commit_sends_the_same_message_again(
    facts_without_files, settings, monkeypatch
):
    settings.EMAIL_BACKEND = f"{__name__}.Breaking"
    monkeypatch.setattr(Breaking, "takes_it", True)
    subscribed(create_user(Role.MANAGER))
    Breaking.by = [Killed()]
    with pytest.raises(Killed):
        send()
    Subscription.objects.update(tried_at=None)
    assert send().result["sent"] == 1
    first, second = (letter.extra_headers["Message-ID"] for letter in mail.outbox)
    assert first == second


@pytest.mark.django_db(transaction=True)
def test_what_the_mail_server_refuses_or_has_no_facts_is_tried_again_later(facts_without_files, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Breaking"
    refused = subscribed(create_user(Role.MANAGER))
    Breaking.by = [OSError("no route")]
    assert send().result == {"sent": 0, "refused": 1, "paused": 0, "no_facts": 0}
    assert AccessLog.objects.count() == 0
    assert (due_now(), due_now(minutes=2)) == ([], [refused.pk])
    CurrentRun.objects.all().delete()
    Subscription.objects.update(tried_at=timezone.now() - dt.timedelta(minutes=1))
    assert send().result == {"sent": 0, "refused": 0, "paused": 0, "no_facts": 1}
    assert due_now(minutes=1) == []  # the second time it waits for two
    assert mail.outbox == []


def due_now(*, minutes: int = 0) -> list[int]:
    return [each.subscription.pk for each in due(timezone.now() + dt.timedelta(minutes=minutes))]


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_somebody_subscribes_changes_pauses_and_ends_it_and_others_do_not_see_it(client):
    reader = create_user()
    report = Report.objects.create(name="Where <from>", sharing="everybody", question=QUESTION)
    board = Dashboard.objects.create(name="Board", sharing="everybody")
    client.force_login(reader)
    page = reverse("reports:subscribe", args=[report.pk])
    assert client.get(page).status_code == 200
    sent = {"every": "month", "weekday": "0", "monthday": "31", "at_time": "07:30"}
    assert client.post(page, {**sent, "at_time": "25:00"}).status_code == 422
    assert client.post(page, sent).status_code == 302
    own = Subscription.objects.get()
    assert (own.user, own.at_time, own.origin) == (reader, dt.time(7, 30), "http://testserver")
    assert "Where &lt;from&gt;" in client.get(reverse("accounts:profile")).content.decode()
    edit = reverse("reports:subscription", args=[own.pk])
    assert client.post(edit, {**sent, "every": "day"}).status_code == 302
    for paused in ("person", ""):
        client.post(reverse("reports:subscription_pause", args=[own.pk]))
        own.refresh_from_db()
        assert (own.every, own.paused) == ("day", paused)
    client.force_login(create_user(Role.ADMIN))
    for name in ("subscription", "subscription_pause", "subscription_delete"):
        assert client.post(reverse(f"reports:{name}", args=[own.pk]), sent).status_code == 404
    of_page = reverse("reports:subscribe_page", args=["customers"])
    assert client.post(f"{of_page}?period=30d&noise=1", sent).status_code == 302
    assert Subscription.objects.latest("pk").scope == {"period": "30d"}
    assert client.get(reverse("reports:subscribe_page", args=["horoscope"])).status_code == 404
    for_board = reverse("reports:subscribe_dashboard", args=[board.pk])
    assert client.get(for_board).status_code == 200
    for each, address in ((Report, page), (Dashboard, for_board)):
        each.objects.update(sharing="nobody")
        assert client.get(address).status_code == 404
    client.force_login(reader)
    client.post(reverse("reports:subscription_delete", args=[own.pk]))
    assert not Subscription.objects.filter(user=reader).exists()


@pytest.mark.django_db
def test_two_of_one_page_are_told_apart_by_their_days_and_customers(client):
    reader = create_user()
    client.force_login(reader)
    view = SavedFilter.objects.create(name="Fair people", owner=reader, expression={"version": 1, "and": []})
    scopes: tuple[dict[str, str], ...] = (
        {}, {"period": "30d", "compare": ""}, {"since": "2026-01-02", "until": "2026-02-03"},
        {"view": str(view.pk), "among": "country = DE"},
        {"filter": '{"version": 1, "field": "source", "op": "is", "value": "web"}', "compare": ""},
    )  # fmt: skip
    for page, scope in (*(("customers", scope) for scope in scopes), ("demand", {"series": "orders"})):
        Subscription.objects.create(user=reader, page=page, scope=scope, origin=ORIGIN)
    said = re.findall("<small><bdi>(.*?)</bdi></small>", client.get(reverse("accounts:profile")).content.decode())
    year = "compared with the year before"
    assert said == [
        f"The last 12 months · {year}", "The last 30 days", f"2 Jan 2026 – 3 Feb 2026 · {year}",
        f"The last 12 months · {year} · Fair people · country = DE", "The last 12 months · Source is “web”", "Orders",
    ]  # fmt: skip


@pytest.mark.django_db
def test_the_list_asks_the_same_however_many_there_are(client):
    reader = create_user()
    client.force_login(reader)
    client.get(reverse("accounts:profile"))
    counted = []
    for number in (3, 30):
        for _each in range(number):
            report = Report.objects.create(name=f"Report {Report.objects.count()}", sharing="everybody")
            Subscription.objects.create(user=reader, report=report, origin=ORIGIN)
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("accounts:profile"))
        counted.append(len(asked))
    assert counted[0] == counted[1]
