"""Statistics of the fact tables before they are read: without them a fresh import is joined row by row."""

import pytest
from django.db import connection

from analytics.snapshot import refresh_statistics
from tests.factories import create_customer

pytestmark = pytest.mark.django_db


def believed_rows(table: str) -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
        return cursor.fetchone()[0]


def test_a_table_that_was_filled_at_once_is_analysed():
    customer = create_customer()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO customers_order (source, external_id, currency, exchange_rate, total_minor, total_base_minor,
                                         kind, customer_id, ordered_at, ordered_date, channel, created_at, updated_at)
            SELECT 'shop', n::text, 'EUR', 1, 100, 100, 'sale', %s, now(), now()::date, '', now(), now()
            FROM generate_series(1, 5000) n
            """,
            [customer.pk],
        )
    assert believed_rows("customers_order") < 5000
    refresh_statistics()
    assert believed_rows("customers_order") == 5000


def test_a_table_that_has_not_grown_is_left_alone():
    refresh_statistics()
    believed = believed_rows("customers_order")
    create_customer(orders=3)
    refresh_statistics()
    assert believed_rows("customers_order") == believed
