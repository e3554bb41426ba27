"""Tasks: planned, given, put off, done, reminded of; and the day that they make."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from customers.models import Task
from customers.todo.my_day import MyDay, follow_ups
from customers.todo.reminders import remind
from customers.todo.times import due_at, remind_at
from notifications.models import Notification
from notifications.reading import lines
from tests.factories import (
    create_customer,
    create_event,
    create_interaction,
    create_order,
    create_task,
    create_team,
    create_user,
)

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")
DAY = dt.timedelta(days=1)


@pytest.fixture
def north():
    return create_team("North")


@pytest.fixture
def seller(client, north):
    user = create_user(team=north, name="Lena Vogt")
    client.force_login(user)
    return user


@pytest.fixture
def customer(seller, north):
    return create_customer("Ada", owner=seller, team=north)


def planned(owner, **changes):
    return {
        "title": "Call back",
        "due_date": "2026-12-01",
        "due_time": "",
        "owner": owner.pk,
        "priority": 2,
        "reminder": "due",
        "text": "",
        **changes,
    }


def test_a_day_ends_at_midnight_and_reminds_in_the_morning_of_whoever_planned_it():
    day = dt.date(2026, 3, 29)  # the night in which the clocks of Berlin are put forward
    assert due_at(day, None, BERLIN) == dt.datetime(2026, 3, 29, 22, tzinfo=dt.UTC)
    assert remind_at(day, None, "due", BERLIN) == dt.datetime(2026, 3, 29, 7, tzinfo=dt.UTC)
    assert remind_at(day, dt.time(10), "hour", BERLIN) == dt.datetime(2026, 3, 29, 7, tzinfo=dt.UTC)
    assert remind_at(day, None, "none", BERLIN) is None


def test_a_task_for_a_colleague_tells_them_and_not_whoever_gave_it(client, seller, customer, north):
    tomas = create_user(team=north, name="Tomás Reyes")
    assert client.post(reverse("todo:add", args=[customer.pk]), planned(tomas)).status_code == 302
    client.post(reverse("todo:add", args=[customer.pk]), planned(seller))
    [told] = Notification.objects.all()
    [line] = lines([told], tomas)
    assert (told.recipient, line.words.text) == (tomas, "Lena Vogt gives you a task: “Call back” (Ada).")
    assert lines([told], create_user(team=create_team("South")))[0].words.url == ""


def test_nobody_is_given_a_task_of_a_customer_whom_they_may_not_see(client, seller, customer):
    stranger = create_user(team=create_team("South"), name="Yuki Mori")
    response = client.post(reverse("todo:add", args=[customer.pk]), planned(stranger, title="keep this"))
    assert response.status_code == 422
    assert "Yuki Mori may not see this customer" in response.content.decode()
    assert "keep this" in response.content.decode()


def test_done_is_done_once_and_undone_by_its_undo(client, seller, customer):
    task = create_task(customer, owner=seller)
    url = reverse("todo:done", args=[task.pk])
    client.post(url)
    first = Task.objects.get().done_at
    client.post(url)
    assert first == Task.objects.get().done_at is not None
    client.post(url, {"done": "no"})
    assert Task.objects.get().is_open


def test_tomorrow_keeps_the_time_and_its_undo_brings_the_day_back(client, seller, customer):
    task = create_task(customer, owner=seller, due=dt.date(2026, 1, 5), time=dt.time(15))
    url = reverse("todo:schedule", args=[task.pk])
    page = client.post(url, {"to": "tomorrow", "next": reverse("todo:list")}, follow=True).content.decode()
    moved = Task.objects.get()
    assert (moved.due_date, moved.due_time) == (timezone.localdate() + DAY, dt.time(15))
    assert 'value="2026-01-05"' in page
    client.post(url, {"due_date": "2026-01-05", "due_time": "15:00"})
    assert Task.objects.get().due_at == task.due_at
    client.post(url, {"due_date": "nonsense"})
    assert Task.objects.get().due_at == task.due_at


def test_a_colleague_may_look_at_a_task_and_not_touch_it(client, customer, north):
    task = create_task(customer, owner=create_user(team=north))
    assert client.post(reverse("todo:done", args=[task.pk])).status_code == 403
    assert client.get(reverse("todo:edit", args=[task.pk])).status_code == 403
    for page in (client.get(reverse("todo:list"), {"whose": "team"}), client.get(customer.get_absolute_url())):
        assert "Call back" in page.content.decode()
        assert reverse("todo:done", args=[task.pk]) not in page.content.decode(), "no button that is refused"


def test_an_owner_is_reminded_once_and_again_only_when_it_is_put_off(seller, customer):
    task = create_task(customer, owner=seller, due=timezone.localdate() - DAY)
    create_task(customer, "later", owner=seller, due=timezone.localdate() + 9 * DAY)
    create_task(customer, "over", owner=seller, due=timezone.localdate() - DAY, done_at=timezone.now())
    assert [remind(), remind()] == [1, 0]
    [told] = Notification.objects.all()
    assert lines([told], seller)[0].words.text == "Your task “Call back” (Ada) is due."
    Task.objects.filter(pk=task.pk).update(remind_at=timezone.now(), reminded_at=None)
    assert remind() == 1
    assert Notification.objects.count() == 2


# --- lists ------------------------------------------------------------------------------------------------------------


def queries_of(client, url):
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def test_the_lists_ask_as_much_for_thirty_rows_as_for_three(client, seller, customer):
    def fill(count):
        for number in range(count):
            other = create_customer(f"C{number}", owner=seller, orders=1)
            create_task(other, owner=seller, due=timezone.localdate() - DAY)
            create_task(other, owner=seller, due=timezone.localdate())
            meeting = create_interaction(other, "meeting", at=timezone.now(), author=seller)
            meeting.attendees.add(seller)

    urls = [reverse("todo:my_day"), reverse("todo:list"), reverse("todo:list") + "?whose=all"]
    fill(3)
    few = [queries_of(client, url) for url in urls]
    fill(27)
    assert [queries_of(client, url) for url in urls] == few
    assert few[0] <= 12


def test_the_pages_of_tasks_hold_each_once_by_when_it_is_due(client, seller, customer):
    for number in range(60):
        create_task(customer, f"t{number:02}", owner=seller, due=dt.date(2026, 6, 1) + number // 3 * DAY)
    page, seen = client.get(reverse("todo:list")), []
    while True:
        listing = page.context["listing"]
        seen += [task.title for task in listing.page.rows]
        if not listing.next_url:
            break
        page = client.get(reverse("todo:list") + listing.next_url)
    assert seen == [f"t{number:02}" for number in range(60)]


def test_my_day_shows_what_is_late_what_is_today_and_whom_to_call(client, seller, customer, north):
    today = timezone.localdate()
    create_task(customer, "late", owner=seller, due=today - DAY)
    create_task(customer, "now", owner=seller, due=today)
    create_task(customer, "then", owner=seller, due=today + DAY)
    create_task(customer, "theirs", owner=create_user(team=north), due=today)
    create_interaction(customer, "meeting", at=timezone.now(), author=seller, title="Autumn range")
    create_interaction(customer, "meeting", at=timezone.now() - 2 * DAY, author=seller, title="Past")
    day = MyDay.of(seller, silence=30, now=timezone.now(), zone=timezone.get_current_timezone())
    assert [task.title for task in day.overdue.rows] == ["late"]
    assert [task.title for task in day.today.rows] == ["now"]
    assert [meeting.title for meeting in day.meetings.rows] == ["Autumn range"]
    page = client.get(reverse("todo:my_day")).content.decode()
    assert "late" in page
    assert "theirs" not in page
    client.force_login(create_user("viewer"))
    assert "You own no customers." in client.get(reverse("todo:my_day")).content.decode()


def test_a_follow_up_is_somebody_of_mine_of_whom_nothing_was_heard(seller, north):
    now = timezone.now()
    mine = {"owner": seller, "team": north}
    before = {name: create_customer(name, **mine) for name in ("called", "missed", "noted", "bought", "clicked", "old")}
    create_interaction(before["called"], "call", at=now - 3 * DAY)
    create_interaction(before["missed"], "call", at=now - 3 * DAY, outcome="no_answer")
    create_interaction(before["noted"], at=now - 3 * DAY)
    create_order(before["bought"], on=now.date() - 3 * DAY)
    create_event(before["clicked"], on=now.date() - 3 * DAY)
    create_interaction(before["old"], "email", at=now - 40 * DAY)
    create_customer("a colleague's", owner=create_user(team=north), team=north)
    found: list[Any] = list(follow_ups(seller, silence=30, now=now))
    assert [(each.name, each.last_contact) for each in found] == [
        ("old", (now - 40 * DAY).date()),
        ("missed", None),
        ("noted", None),
    ]
