"""Segments that people define by a filter: a saved filter for that purpose, whose members each recomputation keeps.

Whoever may use one sees its members with their own eyes. A segment asks for nothing that is hidden from any role, since
who is in it would tell; and not for another segment, which is of the run before.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import Any
from urllib.parse import quote

import numpy as np
from django.db.models import QuerySet
from django.db.models.fields.json import KT
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from accounts.models import User
from accounts.visibility import EVERYTHING, Sight
from analytics import publishing, summaries
from analytics.customer_scores import NO_RUN
from analytics.engine import Engine
from analytics.filters import customer_ids
from analytics.job_kinds import RECOMPUTE, REFRESH
from analytics.models import CurrentRun, RuleSegmentMember, Run, RunSummary, SwitchedOff
from analytics.snapshot import is_of_the_last_day
from customers.filters import EVERYBODY, Expression, FilterError, parse
from customers.filters import registry as filter_registry
from customers.filters.expression import Comparison, leaves
from customers.filters.saved import change_filter, save_filter
from customers.models import Customer, SavedFilter
from customers.models.filter import own_or_shared
from jobs.actions import enqueue

ANALYSIS = "rule_segments"
FIELD = "rule_segment"
# That a recomputation keeps, the oldest first.
MOST_SEGMENTS = 200
# Earlier sizes on the page of one.
MOST_RUNS = 60


def segments(sight: Sight) -> QuerySet[SavedFilter, SavedFilter]:
    """The person's own and those that are shared with them."""
    return with_deleted(sight).filter(deleted_at=None)


def with_deleted(sight: Sight) -> QuerySet[SavedFilter, SavedFilter]:
    """Those too that are deleted, and can still come back."""
    found: QuerySet[SavedFilter, SavedFilter] = SavedFilter.objects.filter(
        own_or_shared(sight), purpose=SavedFilter.Purpose.SEGMENT
    )
    return found


def define(*, owner: User, expression: Any, **fields: Any) -> SavedFilter:
    """A segment of those who match, once a job has counted them. Raises as `save_filter`, and FilterError for what no
    segment may ask."""
    refuse_what_tells(parse(expression))
    segment = save_filter(owner=owner, expression=expression, purpose=SavedFilter.Purpose.SEGMENT, **fields)
    _count_soon()
    return segment


def change(segment: SavedFilter, *, version: int, **changes: Any) -> SavedFilter:
    """Another name, sharing or filter; what was kept of it stays. Raises as `change_filter`, and FilterError for what
    no segment may ask."""
    if "expression" in changes:
        refuse_what_tells(parse(changes["expression"]))
    changed = change_filter(segment, version=version, **changes)
    if "expression" in changes:
        _count_soon()
    return changed


def _count_soon() -> None:
    """By a job, at once: see `analytics.segment_counting`; the first of all by a recomputation of segments alone."""
    if is_off():
        return
    if CurrentRun.objects.filter(analysis=ANALYSIS).exists():
        enqueue(kind=REFRESH, params={}, reason=_("A segment has another filter."))
    else:
        enqueue(kind=RECOMPUTE, params={"analyses": [ANALYSIS], "as_of": None}, reason=_("The first segment."))


def is_off() -> bool:
    return SwitchedOff.objects.filter(analysis=ANALYSIS).exists()


def uncounted(run: Run) -> dict[int, Any]:
    """By its id the filter of each segment that the run has not been counted by."""
    known = run.fitted.get("filters", {})
    return {segment: asked for segment, asked in filters().items() if known.get(str(segment)) != asked}


class Standing(StrEnum):
    """How far what is shown of a segment goes by its filter."""

    COUNTED = "counted"
    BEING_COUNTED = "being_counted"
    # Somebody has chosen the run that is shown, or its day: it stays as it is.
    CHOSEN = "chosen"
    OFF = "off"


def standing(segment: SavedFilter) -> Standing:
    pointer = CurrentRun.objects.filter(analysis=ANALYSIS).select_related("run__manifest").first()
    if pointer is not None and pointer.run.fitted.get("filters", {}).get(str(segment.pk)) == segment.expression:
        return Standing.COUNTED
    if is_off():
        return Standing.OFF
    if pointer is not None and (pointer.chosen_by_id or not is_of_the_last_day(pointer.run)):
        return Standing.CHOSEN
    return Standing.BEING_COUNTED


def refuse_what_tells(expression: Expression) -> None:
    if expression == EVERYBODY:
        raise FilterError("", _("Choose a filter first: a segment of everybody tells nothing."))
    fields = filter_registry.fields()
    for at, leaf in leaves(expression):
        if not isinstance(leaf, Comparison):
            if leaf.confidential:
                raise FilterError(at, _("It is made of what is hidden from some roles, and a segment would tell them."))
            continue
        field = fields.get(leaf.field, at)
        if field.confidential:
            words = _("“%(field)s” is hidden from some roles, and who is in a segment would tell them.")
            raise FilterError(at, words % {"field": field.label})
        if field.key == FIELD:
            raise FilterError(at, _("A segment cannot be made of other segments: copy their filters into it."))


def filters() -> dict[int, Any]:
    """By its id the filter of each segment as it is saved now."""
    saved = SavedFilter.objects.living().filter(purpose=SavedFilter.Purpose.SEGMENT).order_by("pk")
    return dict(saved.values_list("pk", "expression")[:MOST_SEGMENTS])


def asking() -> Counter[str]:
    """By the analysis how many segments ask for its results."""
    # That registers the fields of segments too.
    from analytics.score_fields import asked_analyses

    found: Counter[str] = Counter()
    for expression in filters().values():
        with suppress(FilterError):
            found.update(asked_analyses(parse(expression)))
    return found


def members(engine: Engine, filters: Mapping[int, Any], *, as_of: dt.date) -> dict[int, NDArray[np.int64]]:
    """By the id of a segment who its filter finds on that day, whoever sees them. A filter that names what is no longer
    there is left out."""
    found = {}
    for segment, expression in filters.items():
        with suppress(FilterError):
            found[segment] = customer_ids(engine, parse(expression), sight=EVERYTHING, today=as_of)
    return found


def members_of(segment: SavedFilter, *, sight: Sight) -> QuerySet[Customer, Customer]:
    """Of the run that is shown, those whom the person sees."""
    kept = current_members().filter(segment_id=segment.pk).values("customer_id")
    found: QuerySet[Customer, Customer] = Customer.objects.live().visible_to(sight).filter(pk__in=kept)
    return found


def members_filter(segment: SavedFilter) -> str:
    """What the customer list is asked to show those who are in it by now, in an address."""
    return quote(json.dumps({"field": FIELD, "op": "has", "value": segment.pk}))


def current_members() -> QuerySet[Any, Any]:
    run_id = publishing.current_run_id("rule_segments") or NO_RUN
    return RuleSegmentMember._default_manager.filter(run_id=run_id)


# --- sizes over time --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Size:
    """joined, left: since the run before; None where that is not kept, or did not know the segment. refiltered: the run
    before asked another filter."""

    run: Run
    customers: int
    joined: int | None = None
    left: int | None = None
    refiltered: bool = False


def history(segment: SavedFilter) -> list[Size]:
    """Of the runs that knew it, the newest first."""
    key = str(segment.pk)
    published = Run.objects.filter(
        analysis="rule_segments", status__in=[Run.Status.PUBLISHED, Run.Status.COLLECTED], metrics__sizes__has_key=key
    )
    asked = dict(published.order_by("-pk").values_list("pk", KT(f"fitted__filters__{key}"))[:MOST_RUNS])
    runs, moved = Run.objects.defer("fitted", "distributions").in_bulk(asked), _moves(segment, asked)
    found = []
    for pk, before in zip_longest(asked, list(asked)[1:]):
        # In the first run that knew it everybody joined, which says nothing.
        joined, left = (None, None) if before is None else moved.get(pk, (0, 0))
        # Runs of earlier versions kept no filter.
        refiltered = None not in (asked[pk], asked.get(before)) and asked[pk] != asked[before]
        found.append(Size(runs[pk], runs[pk].metrics["sizes"][key], joined, left, refiltered))
    return found


def _moves(segment: SavedFilter, run_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """By run how many joined and left, where that is kept."""
    kept = RunSummary.objects.filter(name="segment_moves", run__in=run_ids)
    return {
        summary.run_id: (joined, left)
        for summary in kept
        for segment_id, joined, left in summary.rows
        if segment_id == segment.pk
    }


def sizes_now() -> dict[int, int]:
    """By segment, of all customers, with those whose orders have come since the run."""
    run = publishing.current_runs().get("rule_segments")
    known = {int(segment): 0 for segment in run.metrics["sizes"]} if run else {}
    counted = summaries.frame_of("segment_sizes", run)
    return known | {int(segment): int(size) for segment, size in counted.itertuples(index=False)}


def changes(segment_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """By segment how many joined and left with the run that is shown."""
    run = publishing.current_runs().get("rule_segments")
    earlier = publishing.previous_run(run) if run else None
    if run is None or earlier is None:
        return {}
    known = {int(segment) for segment in earlier.metrics.get("sizes", {})}
    moves = summaries.frame_of("segment_moves", run, earlier=earlier)
    return {
        int(segment): (int(joined), int(left))
        for segment, joined, left in moves.itertuples(index=False)
        if segment in known and segment in segment_ids
    }
