"""The maps stand on the page of the run that everybody sees, and are of all customers."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from accounts.models import AccessRule, Reach, Role
from tests.analytics.sample_runs import create_run
from tests.factories import create_user

pytestmark = pytest.mark.django_db


def test_the_current_run_shows_its_maps_and_an_older_one_does_not(client):
    older, current = create_run("kmeans"), create_run("kmeans", is_current=True)
    client.force_login(create_user("manager"))
    page = client.get(reverse("analytics:run", args=[current.pk])).content.decode()
    assert "of how customers differ" in page
    assert 'id="chart-group-map-figure"' in page
    assert reverse("reports:card", args=["group-positioning"]) in page, "it is fetched when the page is there"
    assert "chart-group-map" not in client.get(reverse("analytics:run", args=[older.pk])).content.decode()


def test_who_sees_a_part_of_the_customers_has_no_maps(client):
    create_run("kmeans", is_current=True)
    AccessRule.objects.create(role=Role.SALES, sees=Reach.OWN, edits=Reach.OWN)
    client.force_login(create_user(Role.SALES))
    answer = json.loads(client.get(reverse("reports:chart", args=["group-map"])).content)
    assert answer["figure"] is None
