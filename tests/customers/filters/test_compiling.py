"""The same expression in PostgreSQL: every field, every comparison, and what a missing value means."""

from __future__ import annotations

import datetime as dt
from functools import reduce
from operator import and_, or_

import pytest

from accounts.visibility import EVERYTHING
from core.id_sets import Chosen, Member, Members, is_all_in_sets
from customers.filters import apply, kinds, parse, registry
from customers.filters.compiling import moment_of
from customers.filters.expression import Comparison
from customers.models import Customer
from tests.customers.filters.samples import leaves_of
from tests.factories import create_customer

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 6, 30)


def chosen(data: dict) -> set[str]:
    found = apply(Customer.objects.live(), parse(data), sight=EVERYTHING, today=TODAY)
    return {customer.name for customer in found}


def in_sets(chosen: Chosen) -> set[int]:
    """Who of all customers is in a set, as each of its queries says."""
    if isinstance(chosen, Members):
        return reduce(and_ if chosen.means_all else or_, map(in_sets, chosen.parts))
    assert isinstance(chosen, Member)
    found = {pk for (pk,) in chosen.ids.values_list(*chosen.ids.query.values_select)}
    return set(Customer.objects.values_list("pk", flat=True)) - found if chosen.is_negated else found


def test_the_set_of_every_comparison_of_every_field_holds_whom_the_condition_finds():
    """Of one customer who has what is asked for first, and of one who has nothing."""
    create_customer("Bare")
    create_customer(
        "Zoë",
        email="zoë",
        identity_number="DE12-3",
        kind="organisation",
        sex="female",
        birth_date=dt.date(2026, 1, 31),
        annual_income="50000.01",
        education="none",
        website="ZOE",
        source="Zoë",
        profile_text="about zoe",
    )
    for field in registry.fields():
        for leaf in leaves_of(field):
            asked, source = parse(leaf), field.source
            assert isinstance(asked, Comparison)
            if asked.op == kinds.LACKS or not hasattr(source, "customers_of"):
                continue
            found = source.customers_of(asked.op, asked.value, moment_of(TODAY))
            if is_all_in_sets(found):
                names = set(Customer.objects.filter(pk__in=in_sets(found)).values_list("name", flat=True))
                assert names == chosen(leaf), leaf


def test_every_comparison_of_every_field_divides_the_customers_in_two():
    """A leaf and its negation together are everybody, whatever is missing: nothing is unknown."""
    create_customer("Bare")
    for leaf in (leaf for field in registry.fields() for leaf in leaves_of(field)):
        inside, outside = chosen(leaf), chosen({"not": leaf})
        assert inside | outside == {"Bare"}, leaf
        assert not inside & outside, leaf
