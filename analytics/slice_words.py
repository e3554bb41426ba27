"""A metric among some of the customers, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from analytics import segments
from analytics.algorithms.small_segments import SEGMENT, TOGETHER
from analytics.findings import Label, Metric, compared


def slices(found: Mapping[str, Mapping[str, Any]], own: Mapping[str, Label], *, digits: int) -> list[Metric]:
    """The analysis's own parts in their order, then small segments, the smallest first. found: comparisons by name."""
    small = sorted((name for name in found if name.startswith(SEGMENT)), key=lambda name: found[name]["observations"])
    names = [name for name in (*own, TOGETHER, *small) if name in found]
    return [compared(own.get(name) or _of_segment(name), found[name], digits=digits) for name in names]


def _of_segment(name: str) -> Label:
    if name == TOGETHER:
        return _("are in a small segment")
    return _("are in “%(segment)s”, which is small") % {"segment": segments.words(name.removeprefix(SEGMENT)).label}
