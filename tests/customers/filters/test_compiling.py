"""The same expression in PostgreSQL: every field, every comparison, and what a missing value means."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.visibility import EVERYTHING
from customers.filters import apply, parse, registry
from customers.models import Customer
from tests.customers.filters.samples import leaves_of
from tests.factories import create_customer

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 6, 30)


def chosen(data: dict) -> set[str]:
    found = apply(Customer.objects.live(), parse(data), sight=EVERYTHING, today=TODAY)
    return {customer.name for customer in found}


def test_every_comparison_of_every_field_divides_the_customers_in_two():
    """A leaf and its negation together are everybody, whatever is missing: nothing is unknown."""
    create_customer("Bare")
    for leaf in (leaf for field in registry.fields() for leaf in leaves_of(field)):
        inside, outside = chosen(leaf), chosen({"not": leaf})
        assert inside | outside == {"Bare"}, leaf
        assert not inside & outside, leaf
