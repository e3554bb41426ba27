"""Telling people: in the bell, on the page, once a day by e-mail."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from customers.assigning import tell_new_owners
from jobs import kinds
from jobs.actions import enqueue
from jobs.digests import SEND_DIGESTS
from jobs.errors import JobError
from jobs.execution import run_job
from notifications import digests
from notifications.models import Digest, Notification
from notifications.reading import lines
from notifications.telling import tell
from tests.factories import create_customer, create_interaction, create_task, create_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client):
    user = create_user(name="Lena Vogt")
    client.force_login(user)
    return user


def mention(reader, number=1):
    """So many mentions at customers of theirs."""
    made = []
    for _each in range(number):
        note = create_interaction(create_customer("Ada", owner=reader))
        params = {"interaction": note.pk, "by": reader.pk}
        made.append(Notification.objects.create(recipient=reader, kind="mentioned", params=params))
    return made


def test_a_key_is_told_once_and_nobody_is_told_what_they_did_themselves():
    one, two, gone = create_user(), create_user(), create_user(is_active=False)
    for _time in range(2):
        tell([one.pk, two.pk, gone.pk, None], kind="mentioned", params={}, key="7", but_not=two.pk)
    assert [each.recipient for each in Notification.objects.all()] == [one]


def test_the_bell_counts_what_is_unread_and_the_page_marks_it(client, reader):
    [first, second] = mention(reader, 2)
    assert "2 unread" in client.get(reverse("notifications:bell")).content.decode()
    opened = client.post(reverse("notifications:open", args=[first.pk]))
    assert opened.headers["Location"].startswith("/customers/")
    assert "1 unread" in client.get(reverse("notifications:list")).content.decode()
    client.post(reverse("notifications:read"))
    second.refresh_from_db()
    assert second.read_at is not None
    assert "unread" not in client.get(reverse("notifications:bell")).content.decode()


def test_a_bell_whose_login_has_ended_leaves_the_page_as_it_is():
    response = Client().get(reverse("notifications:bell"), headers={"HX-Request": "true"})
    assert (response.status_code, response.content) == (204, b"")
    assert "HX-Redirect" not in response.headers


def test_nobody_opens_a_notification_of_somebody_else(client, reader):
    [theirs] = mention(create_user())
    assert client.post(reverse("notifications:open", args=[theirs.pk])).status_code == 404
    client.post(reverse("notifications:read"), {"notification": theirs.pk})
    theirs.refresh_from_db()
    assert theirs.read_at is None


def test_it_says_nothing_of_what_its_reader_may_not_see_any_more(reader):
    [told] = mention(reader)
    stranger = create_user()
    assert lines([told], stranger)[0].words.text == "Something that is no longer there, or not for you to see any more."


def test_the_page_asks_as_much_for_thirty_rows_as_for_three(client, reader):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            client.get(reverse("notifications:list"))
        return len(seen)

    mention(reader, 3)
    few = queries()
    mention(reader, 27)
    assert queries() == few


# --- jobs -------------------------------------------------------------------------------------------------------------


def fail(context):
    raise JobError("no such file")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("run", "said"), [(lambda context: {}, "“Tea” is done."), (fail, "“Tea” has failed.")])
def test_whoever_asked_for_a_job_is_told_how_it_ended(run, said, monkeypatch):
    monkeypatch.setitem(kinds._kinds, "tea", kinds.JobKind("tea", "tea", kinds.RUNS, run))
    asker = create_user()
    job = enqueue(kind="tea", params={}, requested_by=asker, notify=False)
    run_job(job.pk)
    run_job(enqueue(kind="tea", params={"of": "nobody"}, notify=False).pk)
    [told] = Notification.objects.all()
    [line] = lines([told], asker)
    assert (line.words.text, line.words.url) == (said, reverse("jobs:detail", args=[job.pk]))


# --- by e-mail --------------------------------------------------------------------------------------------------------


def test_a_digest_is_due_from_its_hour_on_the_readers_own_clock():
    tokyo = create_user(time_zone="Asia/Tokyo")
    digests.choose_hour(tokyo, 7)
    night, morning = (dt.datetime(2026, 6, 1, hour, 30, tzinfo=dt.UTC) for hour in (21, 22))
    assert list(digests.due(night.replace(day=1, hour=13))) != []
    Digest.objects.update(sent_date=dt.date(2026, 6, 1))
    assert list(digests.due(night)) == []
    assert [day for _digest, day in digests.due(morning)] == [dt.date(2026, 6, 2)]


@pytest.mark.django_db(transaction=True)
def test_a_digest_is_sent_once_a_day_to_who_wants_it_and_hides_what_the_page_hides(settings):
    settings.SITE_ADDRESS = "https://crm.example.org"
    wants, silent = create_user("viewer", name="Ines"), create_user()
    for user in (silent, wants):
        task = create_task(create_customer("Ada", owner=user), "mail ada@example.org", owner=user)
        tell([user.pk], kind="task_reminder", params={"task": task.pk})
    Digest.objects.create(user=wants, hour=0)
    for _hour in range(2):
        run_job(enqueue(kind=SEND_DIGESTS, params={}, notify=False).pk)
    [sent] = mail.outbox
    assert sent.to == [wants.email]
    assert "•••@•••" in sent.body
    assert "ada@example.org" not in sent.body
    for path in (f"/tasks/{task.pk}/", "/notifications/", "/accounts/profile/"):
        assert f"https://crm.example.org{path}" in sent.body
    settings.SITE_ADDRESS = ""
    assert "http" not in digests.mail_for(wants).body
    assert Digest.objects.get().sent_date == timezone.now().date()


# --- given customers --------------------------------------------------------------------------------------------------


def test_whoever_is_given_a_customer_is_told_by_whom(client, reader):
    manager = create_user("manager", name="Mia Manager")
    client.force_login(manager)
    ada = create_customer("Ada")
    for owner in (manager, reader):
        page = client.get(reverse("customers:edit", args=[ada.pk])).context["form"]
        sent = {name: "" if page[name].value() is None else page[name].value() for name in page.fields}
        parts = {
            f"{part}-{count}": 0
            for part in ("emails", "phones", "addresses", "contact_people")
            for count in ("TOTAL_FORMS", "INITIAL_FORMS")
        }
        assert (
            client.post(reverse("customers:edit", args=[ada.pk]), {**sent, **parts, "owner": owner.pk}).status_code
            == 302
        )
    [told] = Notification.objects.all()
    assert told.recipient == reader
    assert lines([told], reader)[0].words.text == "Mia Manager gives you the customer Ada."


def test_of_many_customers_one_line_tells_the_count(reader):
    manager = create_user("manager", name="Mia Manager")
    given = {create_customer(f"C{number}", owner=reader).pk: reader.pk for number in range(12)}
    tell_new_owners(given, by=manager.pk)
    tell_new_owners(given, by=reader.pk)
    [told] = Notification.objects.all()
    assert lines([told], reader)[0].words.text == "Mia Manager gives you 12 customers."
