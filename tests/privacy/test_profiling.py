"""Whoever objects to profiling has no scores from that moment on, in no run and on no page, and gets no new ones."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from django.urls import reverse

from analytics.actions import request_recomputation
from analytics.models import RfmScore, Run, RunColumns
from analytics.run_columns import ROWS, path_of
from analytics.snapshot_sums import read_numbers
from customers import consent
from customers.models import Consent, Customer
from jobs.execution import run_job
from tests.factories import create_customer, create_order, create_user
from tests.privacy.conftest import done

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> tuple[Customer, Customer]:
    customers = create_customer("Ada"), create_customer("Bea")
    for customer in customers:
        for number in range(3):
            create_order(customer, on=dt.date(2026, 5, 1) + dt.timedelta(days=9 * number))
    return customers


def recompute() -> Run:
    job = done(run_job(request_recomputation(analyses=["rfm"]).pk))
    return Run.objects.get(job=job)


def scored(run: Run) -> set[int]:
    found = set(RfmScore.objects.filter(run_id=run.pk).values_list("customer_id", flat=True))
    columns = read_numbers(path_of(RunColumns.objects.get(run=run).file))
    assert set(np.flatnonzero(columns[ROWS]).tolist()) == found, "the file beside the run says no more"
    return found


def test_who_objects_loses_their_scores_in_every_run_and_gets_no_new_ones(shop, client, erase):
    ada, bea = shop
    earlier, current = recompute(), recompute()
    assert scored(earlier) == scored(current) == {ada.pk, bea.pk}
    client.force_login(create_user("manager"))
    client.post(reverse("privacy:profiling", args=[ada.pk]), {"objects": "yes"})
    assert scored(earlier) == scored(current) == {bea.pk}
    page = client.get(ada.get_absolute_url()).content.decode()
    assert "Objected to profiling" in page
    assert "Weighted score" not in page
    assert "Weighted score" in client.get(bea.get_absolute_url()).content.decode()
    create_order(ada, on=dt.date(2026, 6, 1))
    assert scored(recompute()) == {bea.pk}
    client.post(reverse("privacy:profiling", args=[ada.pk]), {"objects": "no"})
    latest = recompute()
    assert scored(latest) == {ada.pk, bea.pk}
    erase(ada)
    assert scored(latest) == {bea.pk}


def test_audiences_leave_out_who_objects_and_who_has_not_agreed(shop):
    ada, bea = shop
    assert set(Customer.objects.profiled()) == {ada, bea}
    consent.object_to_profiling(customer=ada)
    assert set(Customer.objects.profiled()) == {bea}
    assert not Customer.objects.agreeing_to("email").exists()
    for customer in shop:
        consent.record_decision(customer=customer, purpose=Consent.Purpose.EMAIL, is_given=True)
    assert set(Customer.objects.agreeing_to("email")) == {ada, bea}
    consent.record_decision(customer=bea, purpose=Consent.Purpose.EMAIL, is_given=False)
    assert set(Customer.objects.profiled().agreeing_to("email")) == set()
    assert set(Customer.objects.agreeing_to("email")) == {ada}
    assert not Customer.objects.agreeing_to("post").exists()
