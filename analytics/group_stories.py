"""Each group of a run as its page tells it: how it differs, and which group of the run before it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analytics import findings, portrait_words, publishing, summaries
from analytics.models import Run

# Two groups with less than this share of their customers in common are not the same: Hennig (2007) calls a cluster
# dissolved below it.
LEAST_IN_COMMON = 0.5
NO_GROUP = 0
KEPT = {"kmeans": "kmeans_kept", "hdbscan": "hdbscan_kept"}


@dataclass(frozen=True)
class GroupStory:
    """before: its number in the run before. is_new: no group of the run before was like it. description: a plain
    sentence; empty in a run of an earlier version."""

    group: findings.Group
    before: int | None
    is_new: bool
    description: str


def stories(run: Run, groups: list[findings.Group]) -> list[GroupStory]:
    before, described = counterparts(run), portrait_words.descriptions(run)
    return [
        GroupStory(
            group,
            before=before.get(group.number) if before is not None else None,
            is_new=before is not None and group.number not in before,
            description=described.get(str(group.number), ""),
        )
        for group in groups
    ]


def counterparts(run: Run) -> Mapping[int, int] | None:
    """By the number of a group that of the one in the run before with at least half of all customers of the two in
    common; None where there is nothing to compare with."""
    earlier = publishing.previous_run(run) if run.status == Run.Status.PUBLISHED else None
    if earlier is None:
        return None
    moves = summaries.frame_of(KEPT[run.analysis], run, earlier=earlier)
    sizes = moves.groupby("cluster")["customers"].sum()
    earlier_sizes = moves.groupby("before")["customers"].sum()
    found = {}
    for before, cluster, shared in moves.itertuples(index=False):
        together = sizes[cluster] + earlier_sizes[before] - shared
        if NO_GROUP not in (before, cluster) and shared >= LEAST_IN_COMMON * together:
            found[int(cluster)] = int(before)
    return found
