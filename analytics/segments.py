"""Segments and lifecycle classes in words: name, tone, what they mean and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from analytics.algorithms.rfm import LifecycleClass, Status
from analytics.algorithms.segments_map import Segment

Label = str | Promise


@dataclass(frozen=True)
class SegmentWords:
    """`tone` is good, accent, neutral, warn or bad; it never stands without the name."""

    code: str
    label: Label
    tone: str
    meaning: Label
    advice: Label


SEGMENTS: tuple[SegmentWords, ...] = (
    SegmentWords(
        Segment.CHAMPIONS,
        _("Champions"),
        "good",
        _("Bought very recently and buy most often."),
        _("Thank them, ask for referrals, show them what is new first."),
    ),
    SegmentWords(
        Segment.LOYAL,
        _("Loyal customers"),
        "good",
        _("Buy often and not long ago."),
        _("Offer more of what they like and ask what they think."),
    ),
    SegmentWords(
        Segment.POTENTIAL_LOYALIST,
        _("Potential loyalists"),
        "accent",
        _("Bought recently and more than once."),
        _("Give them a reason to come again soon."),
    ),
    SegmentWords(
        Segment.NEW,
        _("New customers"),
        "accent",
        _("Bought very recently, for the first time or seldom."),
        _("Welcome them and help them to a good start."),
    ),
    SegmentWords(
        Segment.PROMISING,
        _("Promising"),
        "accent",
        _("Bought recently, but seldom so far."),
        _("Build a habit: remind them, recommend a next product."),
    ),
    SegmentWords(
        Segment.NEED_ATTENTION,
        _("Need attention"),
        "warn",
        _("In the middle of everything, and slipping."),
        _("Get in touch with an offer that fits what they bought."),
    ),
    SegmentWords(
        Segment.ABOUT_TO_SLEEP,
        _("About to sleep"),
        "warn",
        _("Seldom bought and not lately."),
        _("Remind them before they forget you."),
    ),
    SegmentWords(
        Segment.AT_RISK,
        _("At risk"),
        "bad",
        _("Used to buy often, and have been silent for long."),
        _("Call them: find out what went wrong and make it right."),
    ),
    SegmentWords(
        Segment.CANNOT_LOSE_THEM,
        _("Can't lose them"),
        "bad",
        _("Bought most often of all, and have been silent for long."),
        _("A personal call comes before everything else."),
    ),
    SegmentWords(
        Segment.HIBERNATING,
        _("Hibernating"),
        "neutral",
        _("Bought long ago and seldom."),
        _("Include them in campaigns, without special effort."),
    ),
    SegmentWords(
        Segment.LOST,
        _("Lost"),
        "neutral",
        _("Bought longest ago and least often."),
        _("Try once to win them back, then let them rest."),
    ),
    SegmentWords(
        Status.LAPSED_BEFORE_WINDOW,
        _("Lapsed before the window"),
        "neutral",
        _("Bought once, but not within the window that is scored."),
        _("Include them in campaigns to win customers back."),
    ),
    SegmentWords(
        Status.PROSPECT,
        _("Prospects"),
        "neutral",
        _("Have not bought yet."),
        _("Win their first order."),
    ),
)

BY_CODE = {segment.code: segment for segment in SEGMENTS}
RANK = {segment.code: rank for rank, segment in enumerate(SEGMENTS)}

LIFECYCLE_CLASSES: dict[str, Label] = {
    LifecycleClass.NEW: _("New"),
    LifecycleClass.ACTIVE: _("Active"),
    LifecycleClass.ESTABLISHED: _("Established"),
    LifecycleClass.DORMANT: _("Dormant"),
    LifecycleClass.LOST: _("Lost"),
    LifecycleClass.PROSPECT: _("Prospect"),
}


def words(code: str) -> SegmentWords:
    """The words of a segment; of one that this version does not know any more, its code."""
    return BY_CODE.get(code) or SegmentWords(code, code, "neutral", "", "")


def choices() -> list[tuple[str, Label]]:
    return [(segment.code, segment.label) for segment in SEGMENTS]
