"""Which groups of a run were there before, and which have emerged."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from django.db import connection
from django.urls import reverse

from analytics import summaries
from analytics.emerged_groups import tell_of_emerged, words
from analytics.group_stories import counterparts
from analytics.models import Run
from notifications.models import Notification
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


def test_who_looks_after_the_analyses_is_told_once_of_groups_that_have_emerged():
    """Not of the first run, nor by a night, nor where other parameters made other groups."""
    admin, manager, seller = (create_user(role) for role in ("admin", "manager", "sales"))
    first = published(range(1, 11), range(20, 40))
    same = published(range(1, 11), range(20, 40))
    other = published(range(22, 40), [*range(1, 5), *range(50, 60)])
    night, otherwise = (published(range(60, 70), range(80, 90)) for _again in range(2))
    night.learned_by, otherwise.params = other, {"window_days": 9}
    for earlier, run in (
        (None, first),
        (first, same),
        (same, other),
        (same, other),
        (other, night),
        (other, otherwise),
    ):
        sums = summaries.summed_up(run, partition=f"analytics_hdbscan_r{run.pk}", earlier=earlier)
        tell_of_emerged(run, sums)
    told = Notification.objects.order_by("recipient_id")
    assert [(each.recipient, each.params) for each in told] == [
        (user, {"run": other.pk, "groups": [2]}) for user in (admin, manager)
    ]
    said = words(list(told), manager)[told[1].pk]
    assert said.text == "A group of customers has emerged that is like none of the run before: number 2."
    assert said.url == reverse("analytics:run", args=[other.pk])
    assert words(list(told), seller) == {}


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
