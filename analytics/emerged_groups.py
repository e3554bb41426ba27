"""Groups that resemble none of the run before, and telling those who look after the analyses of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Role, User
from analytics.models import Run, RunSummary
from notifications.kinds import NotificationKind, Words, register
from notifications.models import Notification
from notifications.telling import tell

KIND = "groups_emerged"
# Two groups with less than this share of their customers in common are not the same: Hennig (2007) calls a cluster
# dissolved below it.
LEAST_IN_COMMON = 0.5
NO_GROUP = 0
# Of each analysis that finds groups, the sums that say who was where in the run before: before, cluster, customers.
KEPT = {"kmeans": "kmeans_kept", "hdbscan": "hdbscan_kept"}


def register_kind() -> None:
    """Called once, by `AnalyticsConfig.ready`."""
    register(NotificationKind(KIND, gettext_lazy("New groups"), "chart-pie", words))


def counterparts(moves: pd.DataFrame) -> dict[int, int]:
    """By the number of a group that of the one before with at least half of all customers of the two in common.

    moves: before, cluster, customers, a row for each pair that shares any.
    """
    sizes = moves.groupby("cluster")["customers"].sum()
    earlier_sizes = moves.groupby("before")["customers"].sum()
    found = {}
    for before, cluster, shared in moves.itertuples(index=False):
        together = sizes[cluster] + earlier_sizes[before] - shared
        if NO_GROUP not in (before, cluster) and shared >= LEAST_IN_COMMON * together:
            found[int(cluster)] = int(before)
    return found


def tell_of_emerged(run: Run, sums: Sequence[RunSummary]) -> None:
    """In the transaction that publishes a run, with its sums, once. Nobody is told of the first run, of a night that
    keeps to the groups there were, nor where other parameters have made other groups."""
    kept = next((each for each in sums if each.name == KEPT.get(run.analysis)), None)
    if kept is None or kept.earlier is None or kept.earlier.params != run.params or run.learned_by_id is not None:
        return
    moves = pd.DataFrame(kept.rows, columns=["before", "cluster", "customers"])
    emerged = sorted({int(number) for number in moves["cluster"]} - {NO_GROUP} - set(counterparts(moves)))
    if emerged:
        caring = User.objects.filter(role__in=[Role.MANAGER, Role.ADMIN], is_active=True)
        told = [user.pk for user in caring if user.sight.sees_all]
        tell(told, kind=KIND, params={"run": run.pk, "groups": emerged}, key=str(run.pk))


def words(notifications: Sequence[Notification], reader: User) -> Mapping[int, Words]:
    """Empty for who may not open the page of a run any more."""
    if not (reader.is_manager and reader.sight.sees_all):
        return {}
    runs = Run.objects.in_bulk([each.params["run"] for each in notifications])
    return {
        each.pk: Words(_in_words(each.params["groups"]), reverse("analytics:run", args=[each.params["run"]]))
        for each in notifications
        if each.params["run"] in runs
    }


def _in_words(groups: Sequence[int]) -> str:
    return ngettext(
        "A group of customers has emerged that is like none of the run before: number %(groups)s.",
        "Groups of customers have emerged that are like none of the run before: numbers %(groups)s.",
        len(groups),
    ) % {"groups": ", ".join(map(str, groups))}
