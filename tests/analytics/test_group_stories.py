"""Which groups of a run were there before, and which have emerged."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from django.db import connection
from django.urls import reverse

from analytics.group_stories import counterparts
from analytics.models import Run
from tests.analytics.sample_runs import computed
from tests.factories import create_customer, create_user
from tests.reports.runs import publish

pytestmark = pytest.mark.django_db


def published(*groups: Iterable[int]) -> Run:
    rows = [(pk, number, 0.5) for number, members in enumerate(groups, start=1) for pk in members]
    run = publish("hdbscan", rows)
    params, found = computed("hdbscan")
    Run.objects.filter(pk=run.pk).update(params=params, fitted=found.fitted, metrics=found.metrics)
    return Run.objects.get(pk=run.pk)


def test_a_group_is_known_by_its_customers_and_one_of_others_has_emerged(client):
    first = published(range(1, 11), range(20, 40))
    assert counterparts(first) is None
    # The larger lost a few and stands first now; of the other's customers less than half are left together.
    second = published(range(22, 40), [*range(1, 5), *range(50, 60)])
    assert counterparts(second) == {1: 2}
    client.force_login(create_user("manager"))
    page = client.get(reverse("analytics:run", args=[second.pk])).content.decode()
    assert page.count("Newly emerged") == 1
    assert "Group 2 in the run before." in page
    assert "count 0 in the silhouette" in page


def test_list_and_page_show_the_group_and_none(client):
    inside, outside = create_customer("Inside"), create_customer("Outside")
    run = published(range(inside.pk, inside.pk + 1))
    Run.objects.filter(pk=run.pk).update(metrics={**run.metrics, "profiles": run.metrics["profiles"][:1]})
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO analytics_hdbscan VALUES (%s, %s, 0, 0)", [run.pk, outside.pk])
    client.force_login(create_user("manager"))
    page = client.get(reverse("customers:list"), {"columns": "name,dense_group", "dense_group": "0"}).content.decode()
    assert "Outside" in page
    assert "Inside" not in page
    assert "No dense group" in page
    assert "50% as dense around them" in client.get(inside.get_absolute_url()).content.decode()
