"""Precision and recall of the search for duplicates on FEBRL's data sets 1 and 2 (Christen, 2008): people with typing
errors, swapped and missing fields, of which it is known who is who."""

from __future__ import annotations

import csv
import datetime as dt
from itertools import combinations, groupby
from pathlib import Path

import pytest

from customers.models import Address, Customer, DuplicatePair
from jobs.actions import enqueue
from jobs.execution import run_job

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.real_data, pytest.mark.slow]

# As measured; the search may get better, and must not get worse. docs/duplicates-and-merging.md has the same.
LEAST = {1: (0.995, 0.975), 2: (0.995, 0.965)}


def born(text: str) -> dt.date | None:
    """Some of the days are mistyped."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year >= 1880 else None


def load(path: Path) -> set[tuple[int, int]]:
    """The records as customers; the pairs that are of one person."""
    with path.open(encoding="utf-8") as file:
        rows = [{key.strip(): value.strip() for key, value in row.items()} for row in csv.DictReader(file)]
    customers = Customer.objects.bulk_create(
        Customer(
            name=f"{row['given_name']} {row['surname']}".strip() or "?",
            birth_date=born(row["date_of_birth"]),
            identity_number=row["soc_sec_id"],
        )
        for row in rows
    )
    Address.objects.bulk_create(
        Address(
            customer=customer,
            street=f"{row['street_number']} {row['address_1']}".strip(),
            postal_code=row["postcode"],
            city=row["suburb"],
            is_primary=True,
        )
        for customer, row in zip(customers, rows, strict=True)
    )
    people = sorted((row["rec_id"].split("-")[1], customer.pk) for row, customer in zip(rows, customers, strict=True))
    groups = [[pk for _person, pk in group] for _person, group in groupby(people, key=lambda each: each[0])]
    return {pair for group in groups for pair in combinations(sorted(group), 2)}


@pytest.mark.parametrize("number", [1, 2])
def test_precision_and_recall_on_febrl(data_dir: Path, number: int):
    truth = load(data_dir / "febrl" / f"dataset{number}.csv")
    assert len(truth) == {1: 500, 2: 1934}[number]
    run_job(enqueue(kind="find_duplicates", params={}).pk)
    found = set(DuplicatePair.objects.values_list("first_id", "second_id"))
    right = len(found & truth)
    precision, recall = right / len(found), right / len(truth)
    assert precision >= LEAST[number][0], (len(found), precision)
    assert recall >= LEAST[number][1], (len(found), recall)
