"""What a person who sees some customers is shown: the sums of these and of nobody else, as if there were no others."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts.models import FIRST_RULES, AccessRule, Role, Team
from analytics.job_kinds import RECOMPUTE
from customers.models import Customer
from jobs import actions
from jobs.execution import run_job
from reports.frames import Published
from tests.factories import create_customer, create_order, create_refund, create_team, create_user
from tests.reports.runs import drop_partitions

pytestmark = pytest.mark.django_db(transaction=True)

DAYS = [dt.date(2026, 6, 30), dt.date(2026, 6, 2), dt.date(2026, 5, 20), dt.date(2025, 6, 1)]


@pytest.fixture(autouse=True)
def computed(settings, tmp_path):
    """Five customers of the North, three of the South and one order of nobody; scores of all."""
    settings.SNAPSHOT_DIR = tmp_path / "snapshots"
    cache.clear()
    north, south = create_team("North"), create_team("South")
    for number in range(5):
        customer = create_customer(f"north {number}", team=north)
        for day in DAYS[: number + 1]:
            create_order(customer, on=day, amount="10.00")
    for number in range(3):
        create_order(create_customer(f"south {number}", team=south), on=DAYS[0], amount="1000.00")
    create_refund(customer, on=DAYS[0], amount="3.00")
    create_order(None, on=DAYS[0], amount="77.00")
    run_job(actions.enqueue(kind=RECOMPUTE, params={"analyses": ["daily", "rfm"]}, notify=False).pk)
    yield
    drop_partitions()


@pytest.fixture
def northerner():
    return create_user(Role.SALES, team=Team.objects.get(name="North"))


def months(published):
    frame = published.months
    columns = ["month", "orders", "gross_minor", "refunded_minor", "new_buyers", "returning_buyers"]
    return [tuple(row) for row in frame[columns].itertuples(index=False)]


def test_revenue_and_years_are_those_of_the_seen_customers_and_kept_for_nobody_else(northerner):
    assert months(Published.now(northerner.sight)) == [
        (dt.date(2025, 6, 1), 2, 2_000, 0, 2, 0),
        (dt.date(2026, 5, 1), 3, 3_000, 0, 1, 2),
        (dt.date(2026, 6, 1), 9, 9_000, 300, 2, 3),
    ]
    all_of_june = months(Published.now())[-1]
    assert all_of_june[1:3] == (13, 9_000 + 300_000 + 7_700)

    years = Published.now(northerner.sight).years.set_index("years_ago")
    assert list(years.loc[0, ["orders", "gross_minor", "refunded_minor", "new_buyers"]]) == [12, 12_000, 300, 3]
    assert list(years.loc[1, ["orders", "first_day"]]) == [2, DAYS[3]]

    southerner = create_user(Role.SALES, team=create_team("East"))
    assert Published.now(northerner.sight).segments["customers"].sum() == 5
    assert Published.now(southerner.sight).segments["customers"].sum() == 0
    assert months(Published.now(southerner.sight)) == []


def test_segments_cells_values_and_moves_count_the_seen_customers_alone(northerner):
    run_job(actions.enqueue(kind=RECOMPUTE, params={"analyses": ["daily", "rfm"]}, notify=False).pk)
    mine, everybody = Published.now(northerner.sight), Published.now()
    assert mine.segments["customers"].sum() == 5
    assert everybody.segments["customers"].sum() == 8
    assert mine.segments["monetary_minor"].sum() == 12_000 - 300
    assert mine.cells["customers"].sum() == 5
    assert mine.score_values.query("measure == 'monetary'")["customers"].sum() == 5
    assert mine.moves["customers"].sum() == 5
    assert everybody.moves["customers"].sum() == 8


def test_who_is_given_a_customer_sees_other_sums_and_no_recomputation_is_needed(northerner):
    Customer.objects.filter(name="south 0").update(owner=northerner)
    assert months(Published.now(northerner.sight))[-1][1:3] == (10, 109_000)
    assert Published.now(northerner.sight).segments["customers"].sum() == 6


def test_the_pages_are_drawn_from_it_and_there_for_somebody_without_customers(client, northerner):
    AccessRule.objects.create(role=Role.SALES, **{**FIRST_RULES[Role.SALES], "may_export": True})
    client.force_login(northerner)
    page = client.get(reverse("reports:home")).content.decode()
    table = client.get(reverse("reports:table", args=["revenue", "csv"])).content.decode()
    (june,) = [line for line in table.splitlines() if line.startswith("2026-06")]
    assert june.startswith("2026-06,9,")
    assert "of 5 customers" in page

    client.force_login(create_user(Role.SALES, team=create_team("East")))
    response = client.get(reverse("reports:home"))
    assert response.status_code == 200
    for chart in ("revenue", "segments"):
        assert client.get(reverse("reports:chart", args=[chart])).status_code == 200
