"""Keyset paging walks every row once, in both directions, whatever is sorted by and however many values are empty."""

import pytest

from core.paging import Order, bounded_count, keyset_page
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
