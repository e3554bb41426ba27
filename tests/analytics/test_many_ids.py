"""Numbers by the million, out of PostgreSQL and into its conditions."""

from __future__ import annotations

import numpy as np
import pytest
from django.db import connection

from analytics.many_ids import condition_on, ids_of, numbers_by_text, numbers_of
from customers.models import Customer
from tests.factories import create_customer

pytestmark = pytest.mark.django_db


def test_numbers_come_as_they_are():
    sent = numbers_of("SELECT n, -n * n FROM generate_series(1, 3) AS n WHERE n < %s", ("first", "second"), [3])
    assert {name: ids.tolist() for name, ids in sent.items()} == {"first": [1, 2], "second": [-1, -4]}
    assert numbers_of("SELECT 1::bigint WHERE FALSE", ("first",))["first"].tolist() == []
    found = numbers_by_text(
        "SELECT CASE WHEN mod(n, 2) = 0 THEN 'even' ELSE 'odd' END, n FROM generate_series(1, 4) AS n"
    )
    assert {name: sorted(ids.tolist()) for name, ids in found.items()} == {"even": [2, 4], "odd": [1, 3]}


def test_the_keys_of_a_queryset():
    people = [create_customer() for _ in range(3)]
    assert sorted(ids_of(Customer.objects.all())) == [each.pk for each in people]
    assert ids_of(Customer.objects.none()).tolist() == []


@pytest.mark.parametrize("ids", [[], [5], [1, 7, 8, 9, 15, 16], [3, 2**40], list(range(1, 41)), [0, 1]])
def test_a_condition_holds_for_these_ids_alone(ids):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n FROM (SELECT generate_series(0, 60)::bigint UNION SELECT 2::bigint ^ 40) AS numbers (n)"
            f" WHERE {condition_on(np.array(ids, dtype=np.int64), 'n::bigint')} ORDER BY n"
        )
        assert [int(n) for (n,) in cursor.fetchall()] == ids
