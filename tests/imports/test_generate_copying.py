"""Rows for COPY come back from the database as they went in."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from core.models import ExchangeRate
from customers.models import Event
from imports.demo import copying
from imports.demo.identities import mistyped
from imports.demo.loading import copy_rows

CURRENCIES = ("EUR", "USD", "CNY", "")
TEXTS = ("", "Größe", "很好", "tab\tand\\slash\nbreak", "x" * 300)


def write(rows: copying.Rows) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {rows.model._meta.db_table}")
    copy_rows(rows)


class CopiedRowsTest(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.integers(1, 10**16 - 1), min_size=1, max_size=30))
    def test_decimals_keep_every_digit(self, scaled):
        count = len(scaled)
        write(
            copying.binary_rows(
                ExchangeRate,
                id=copying.whole_numbers(np.arange(1, count + 1)),
                currency=copying.constant("USD", count),
                rate_date=copying.days(np.datetime64("2024-02-28") + np.arange(count)),
                rate=copying.decimals(np.array(scaled), places=8),
            )
        )
        kept = list(ExchangeRate.objects.order_by("id").values_list("rate", "rate_date"))
        assert kept == [
            (Decimal(value).scaleb(-8), dt.date(2024, 2, 28) + dt.timedelta(days=day))
            for day, value in enumerate(scaled)
        ]

    @settings(max_examples=25, deadline=None)
    @given(
        st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.integers(0, len(TEXTS) - 1)), min_size=1, max_size=40)
    )
    def test_rows_of_every_mixture_of_lengths_come_back_in_place(self, drawn):
        kinds, unknown, codes = (np.array(values) for values in zip(*drawn, strict=True))
        moments = np.datetime64("2025-12-31T23:59:59") + np.arange(len(drawn)).astype("timedelta64[h]")
        write(
            copying.binary_rows(
                Event,
                id=copying.whole_numbers(np.arange(1, len(drawn) + 1)),
                kind=copying.texts(kinds, Event.Kind.values),
                occurred_at=copying.instants(moments),
                occurred_date=copying.days(moments.astype("datetime64[D]")),
                value=copying.decimals(kinds, places=0),
                seconds=copying.nullable(copying.whole_numbers(kinds * 1000, size=4), unknown),
                text=copying.texts(codes, TEXTS),
                source=copying.numbered("S-", np.arange(len(drawn)), digits=4),
                external_id=copying.constant("", len(drawn)),
            )
        )
        for number, event in enumerate(Event.objects.order_by("id")):
            kind, is_unknown, code = drawn[number]
            assert event.kind == Event.Kind.values[kind]
            assert event.value == kind
            assert event.seconds == (None if is_unknown else kind * 1000)
            assert event.text == TEXTS[code]
            assert event.source == f"S-{number:04}"
            assert event.occurred_at == dt.datetime(2025, 12, 31, 23, 59, 59, tzinfo=dt.UTC) + dt.timedelta(
                hours=number
            )


@pytest.mark.parametrize("name", ["Anna Müller", "王伟", "Δήμητρα Βλάχου", "O’Brien Catering Ltd", "Al"])
def test_a_mistyped_name_is_another_name(name):
    slips = {mistyped(name, throw) for throw in range(200)}
    assert name not in slips
    assert len(slips) > 2
    assert all(slip.strip() for slip in slips)
