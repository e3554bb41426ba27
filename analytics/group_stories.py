"""Each group of a run as its page tells it: how it differs, and which group of the run before it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analytics import emerged_groups, findings, portrait_words, publishing, summaries
from analytics.emerged_groups import KEPT, NO_GROUP
from analytics.models import Run

__all__ = ["NO_GROUP", "GroupStory", "counterparts", "stories"]


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
    """As `emerged_groups.counterparts`; None where there is nothing to compare with."""
    earlier = publishing.previous_run(run) if run.status == Run.Status.PUBLISHED else None
    if earlier is None:
        return None
    return emerged_groups.counterparts(summaries.frame_of(KEPT[run.analysis], run, earlier=earlier))
