"""Keyset paging walks every row once, in both directions, whatever is sorted by and however many values are empty."""

import pytest
from django.db.models import Q

from core import walking
from core.id_sets import Member, Unknown, joined
from core.paging import Order, Part, bounded_count, keyset_page, page_of_parts
from customers.models import Customer
from tests.factories import create_customer, create_user

pytestmark = pytest.mark.django_db


def walk(order: Order, *, size: int = 3) -> tuple[list[int], list[int]]:
    """Ids seen going forward to the end, and seen again on the way back."""
    there: list[int] = []
    page = keyset_page(Customer.objects.all(), order=order, size=size)
    while True:
        there += [row.pk for row in page.rows]
        if not page.next_cursor:
            break
        page = keyset_page(Customer.objects.all(), order=order, cursor=page.next_cursor, size=size)
    back = [row.pk for row in page.rows]
    while page.previous_cursor:
        page = keyset_page(Customer.objects.all(), order=order, cursor=page.previous_cursor, size=size)
        back = [row.pk for row in page.rows] + back
    return there, back


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("key", ["sort_name", "owner_id", "customer_since", "annual_income", "created_at", "pk"])
def test_it_walks_every_row_once_in_both_directions(key, descending):
    owner = create_user()
    for number in range(11):
        create_customer(
            f"Name {number % 4}",
            owner=owner if number % 3 else None,
            customer_since=f"2026-01-{number % 5 + 1:02}" if number % 2 else None,
            annual_income=number % 3 * 1000 if number % 4 else None,
        )
    there, back = walk(Order(key, descending))
    assert len(there) == 11
    assert len(set(there)) == 11
    assert back == there


def test_empty_values_come_last_in_both_directions():
    poor, unknown, rich = (create_customer(annual_income=income) for income in (1, None, 9))
    assert walk(Order("annual_income"))[0] == [poor.pk, rich.pk, unknown.pk]
    assert walk(Order("annual_income", descending=True))[0] == [rich.pk, poor.pk, unknown.pk]


@pytest.mark.parametrize("near", [1, 4, 100])
@pytest.mark.parametrize("key", ["sort_name", "customer_since", "annual_income", "pk"])
def test_those_who_match_are_found_wherever_in_the_order_they_stand(key, near, monkeypatch):
    """On a short way down the list, or else among all who match: the same pages as without either."""
    monkeypatch.setattr(walking, "NEAR", near)
    monkeypatch.setattr(walking, "NEAR_IF_QUICK", near)
    monkeypatch.setattr(walking, "NEAR_IF_DEAR", near)
    for number in range(12):
        create_customer(
            f"Name {number % 7}",
            sex="female" if number in {1, 7, 8, 9, 11} else "",
            customer_since=f"2026-01-{number % 5 + 1:02}" if number % 3 else None,
            annual_income=number % 3 * 1000 if number % 4 else None,
        )
    women = Customer.objects.filter(sex="female")
    some = Customer.objects.filter(Q(sex="female") | Q(annual_income=1000))
    for descending in (False, True):
        order = Order(key, descending)
        exact, quick = Member(women.values("pk")), Member(some.values("pk"), quick=some.values("pk"))
        parts = [
            Part("", women, order),
            *(
                Part("", women, order, among=Customer.objects.all(), chosen=chosen)
                for chosen in (
                    None,
                    exact,
                    joined([quick, Unknown()], means_all=True),
                    joined([quick, exact], means_all=True),
                )
            ),
        ]
        monkeypatch.setattr(walking, "FEW", 100 if descending else -1)
        cursor = ""
        for step in ("next_cursor", "next_cursor", "previous_cursor", "previous_cursor"):
            expected, *pages = (page_of_parts([part], cursor=cursor, size=2) for part in parts)
            for found in pages:
                assert [row.pk for row in found.rows] == [row.pk for row in expected.rows]
                assert (found.next_cursor, found.previous_cursor) == (expected.next_cursor, expected.previous_cursor)
            cursor = getattr(expected, step)


@pytest.mark.parametrize("size", [1, 3, 4, 20])
def test_parts_are_walked_one_after_another_in_both_directions(size):
    rich = [create_customer(annual_income=9, name=f"Rich {number}") for number in "CAB"]
    unknown = [create_customer(name=f"Poor {number}", annual_income=number or None) for number in (0, 1, 0, 2)]
    made = Customer.objects.filter(annual_income__lt=0)
    parts = [
        Part("rich", Customer.objects.filter(annual_income=9), Order("sort_name", descending=True)),
        Part("nobody", made, Order("sort_name")),
        Part("poor", Customer.objects.exclude(pk__in=[each.pk for each in rich]), Order("annual_income")),
    ]
    pages = [page_of_parts(iter(parts), size=size)]
    while pages[-1].next_cursor:
        pages.append(page_of_parts(iter(parts), cursor=pages[-1].next_cursor, size=size))
    there = [row.name for page in pages for row in page.rows]
    assert there == ["Rich C", "Rich B", "Rich A", "Poor 1", "Poor 2", *[unknown[i].name for i in (0, 2)]]
    back = [list(pages[-1].rows)]
    cursor = pages[-1].previous_cursor
    while cursor:
        page = page_of_parts(iter(parts), cursor=cursor, size=size)
        back.insert(0, list(page.rows))
        cursor = page.previous_cursor
    assert [row.name for rows in back for row in rows] == there


def test_a_part_that_is_not_reached_is_not_made():
    create_customer("A")

    def parts():
        yield Part("first", Customer.objects.all(), Order("sort_name"))
        raise AssertionError("the page was full")

    create_customer("B")
    assert len(page_of_parts(parts(), size=1).rows) == 1


@pytest.mark.parametrize("cursor", ["", "x", "eyJhIjoxfQ", "∞", "a:b:c"])
def test_a_broken_cursor_leads_to_the_first_page(cursor):
    first = create_customer("A")
    assert [row.pk for row in keyset_page(Customer.objects.all(), order=Order("sort_name"), cursor=cursor).rows] == [
        first.pk
    ]


def test_a_cursor_of_another_order_leads_to_the_first_page():
    for _ in range(3):
        create_customer()
    page = keyset_page(Customer.objects.all(), order=Order("pk"), size=1)
    other = keyset_page(Customer.objects.all(), order=Order("sort_name"), cursor=page.next_cursor, size=1)
    assert other.previous_cursor == ""


def test_the_last_row_deleted_meanwhile_gives_an_empty_page_not_an_error():
    create_customer("A")
    last = create_customer("B")
    page = keyset_page(Customer.objects.all(), order=Order("sort_name"), size=1)
    last.delete()
    assert keyset_page(Customer.objects.all(), order=Order("sort_name"), cursor=page.next_cursor, size=1).rows == []


def test_counting_stops_at_ten_thousand():
    create_customer()
    assert bounded_count(Customer.objects.all()) == (1, True)
