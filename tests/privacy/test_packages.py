"""The files inside of a data package: harmless whatever somebody wrote into their name."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import pytest

from customers.models import Customer
from privacy import packages
from tests.factories import create_customer

pytestmark = pytest.mark.django_db

HOSTILE = '=HYPERLINK("x") <script>alert(1)</script>'


@pytest.fixture
def archive() -> zipfile.ZipFile:
    customer: Customer = create_customer(HOSTILE, profile_text="-1", orders=1)
    path = packages.folder() / "made.zip"
    packages._write(path, customer, list(packages.collected(customer)), packages.files_of(customer))
    return zipfile.ZipFile(path)


def test_a_spreadsheet_takes_no_text_for_a_formula(archive):
    text = archive.read("tables/customers.customer.csv").decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["name"] == f"'{HOSTILE}"
    assert row["profile"] == "'-1"


def test_the_page_shows_markup_as_text(archive):
    page = archive.read("overview.html").decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_programs_get_it_by_app_as_it_is(archive):
    told = json.loads(archive.read("data.json"))
    (customer,) = told["data"]["customers"]["customer"]
    assert customer["name"] == HOSTILE
    assert told["data"]["customers"]["order"][0]["total"] == 10_000
    assert "consent" not in told["data"]["customers"]
