"""The timeline of a customer: what stands on it, in which order, page by page."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.visibility import EVERYTHING
from customers.consent import record_decision
from customers.extensions import TimelineEntry, TimelineSource, registry
from customers.models import Consent, Event
from customers.timeline import ENTRIES_A_PAGE, timeline_of
from tests.factories import create_customer, create_event, create_order, create_product, create_refund, create_user

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def seller(client):
    user = create_user("manager")
    client.force_login(user)
    return user


@pytest.fixture
def own_sources(monkeypatch):
    """A timeline with these sources alone, each a list of (instant, id)."""

    def offer(**places):
        def source(key, rows):
            def entries(customer, sight, before, limit):
                ahead = [row for row in sorted(rows, reverse=True) if before is None or row < before]
                return [TimelineEntry(at, row, key, "star", f"{key} {row}") for at, row in ahead[:limit]]

            return TimelineSource(key, key, "star", entries)

        monkeypatch.setattr(registry, "timeline", [source(key, rows) for key, rows in places.items()])

    return offer


def titles(timeline):
    return [str(shown.entry.title) for shown in timeline.shown]


def every_page(customer, **asked):
    page = timeline_of(customer, sight=EVERYTHING, **asked)
    pages = [page]
    while page.next_cursor:
        page = timeline_of(customer, sight=EVERYTHING, cursor=page.next_cursor, **asked)
        pages.append(page)
    return pages


def test_pages_of_many_sources_hold_every_entry_once_though_all_happened_at_once(own_sources):
    own_sources(
        a=[(NOON, number) for number in range(1, 31)],
        b=[(NOON, number) for number in range(1, 31)],
        c=[(NOON - dt.timedelta(seconds=number % 2), number) for number in range(1, 31)],
    )
    pages = every_page(create_customer())
    together = [shown for page in pages for shown in page.shown]
    assert len(pages) == 5
    assert len(together) == len({(shown.source.key, shown.entry.id) for shown in together}) == 90
    assert [shown.place for shown in together] == sorted(shown.place for shown in together)


def test_pages_of_real_rows_hold_every_entry_once():
    customer = create_customer(orders=25)
    for order in customer.orders.all():
        create_refund(order=order, on=order.ordered_date, amount="1.00")
    for day in range(25):
        create_event(customer, on=dt.date(2026, 6, 1) - dt.timedelta(days=day))
    entries = [shown for page in every_page(customer) for shown in page.shown]
    assert len(entries) == len({(shown.source.key, shown.entry.id) for shown in entries}) == 76
    assert [shown.place for shown in entries] == sorted(shown.place for shown in entries)


def test_a_spoilt_cursor_leads_to_the_first_page():
    customer = create_customer(orders=3)
    spoilt = timeline_of(customer, sight=EVERYTHING, cursor="spoilt")
    assert titles(spoilt) == titles(timeline_of(customer, sight=EVERYTHING))


def test_thirty_views_of_one_day_are_one_entry_and_each_review_its_own():
    customer, flask = create_customer(), create_product("Flask")
    for _ in range(30):
        create_event(customer, Event.Kind.VIEW, on=dt.date(2026, 5, 2), product=flask)
    create_event(customer, Event.Kind.VIEW, on=dt.date(2026, 5, 1))
    for text in ("Good.", "Leaks."):
        create_event(customer, Event.Kind.REVIEW, on=dt.date(2026, 5, 2), text=text)
    create_event(create_customer(), Event.Kind.VIEW, on=dt.date(2026, 5, 3))
    shown = timeline_of(customer, sight=EVERYTHING, show=["events"]).shown
    told = [(str(each.entry.title), str(each.entry.body)) for each in shown]
    assert told == [
        ("Review", "Leaks."),
        ("Review", "Good."),
        ("Product view, 30 times", "most recently Flask"),
        ("Product view", ""),
    ]


def test_days_with_many_events_are_neither_lost_nor_shown_twice_between_pages():
    customer = create_customer()
    for day in range(ENTRIES_A_PAGE):
        for _ in range(3):
            create_event(customer, Event.Kind.VISIT, on=dt.date(2026, 5, 1) + dt.timedelta(days=day))
            create_event(customer, Event.Kind.CLICK, on=dt.date(2026, 5, 1) + dt.timedelta(days=day))
    told = [
        (each.entry.kind, each.entry.at.date()) for page in every_page(customer, show=["events"]) for each in page.shown
    ]
    assert len(told) == len(set(told)) == 2 * ENTRIES_A_PAGE


def test_what_became_of_the_record_is_told_with_who_did_it(client, seller):
    customer = create_customer("Ada", owner=seller)
    record_decision(customer=customer, purpose=Consent.Purpose.EMAIL, is_given=True, source="web form", by=seller)
    for archived in ("yes", "no"):
        client.post(f"/customers/{customer.pk}/archive/", {"archived": archived})
    page = client.get(customer.get_absolute_url()).content.decode()
    for told in (
        "Customer created",
        "Archived",
        "Brought back",
        "Agreed: Advertising by e-mail",
        "web form",
        seller.name,
    ):
        assert told in page
    only = client.get(f"/customers/{customer.pk}/timeline/?show=consents").content.decode()
    assert "Agreed: Advertising" in only
    assert "Customer created" not in only


@pytest.mark.parametrize("path", ["", "timeline/"])
def test_the_timeline_asks_as_often_with_three_entries_of_a_kind_as_with_thirty(client, seller, path):
    few, many = (create_customer(owner=seller) for _ in range(2))
    flask = create_product("Flask")
    for customer, entries in ((few, 3), (many, 30)):
        for number in range(entries):
            day = dt.date(2026, 6, 1) - dt.timedelta(days=number)
            order = create_order(customer, on=day, products=[flask])
            create_refund(order=order, on=day, amount="1.00")
            create_event(customer, Event.Kind.VIEW, on=day, product=flask)
    asked = []
    for customer in (few, many):
        client.get(f"/customers/{customer.pk}/{path}")
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/customers/{customer.pk}/{path}")
        asked.append(len(captured))
    assert asked[0] == asked[1]
