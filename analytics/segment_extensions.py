"""Where segments that people define meet the customers: column, filter, chip, timeline, and the way to a new one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.visibility import Sight
from analytics import publishing, rule_segments
from analytics.customer_scores import NO_RUN
from analytics.models import RuleSegmentMember, Run
from analytics.score_days import as_of
from core.once_a_request import once_a_request
from core.templatetags.ui import day
from customers.cells import Reader, text
from customers.extensions import (
    FilterLink,
    Label,
    ListColumn,
    ListFilter,
    Place,
    Registry,
    TimelineEntry,
    TimelineSource,
)
from customers.filters import Field
from customers.filters.expression import Moment
from customers.filters.kinds import REFERENCES
from customers.filters.sources import Rows, SetColumn
from customers.filters.things import Things
from customers.models import Customer, SavedFilter
from customers.querysets import CustomerQuerySet

# On the chip; the filter finds the others by name.
OFFERED = 50


@once_a_request
def _names() -> dict[str, dict[int, str]]:
    return {}


def names_for(sight: Sight) -> dict[int, str]:
    """Of the segments that the person may use; read once a request."""
    kept = _names()
    if sight.key not in kept:
        kept[sight.key] = dict(rule_segments.segments(sight).values_list("pk", "name"))
    return kept[sight.key]


def with_segments(customers: CustomerQuerySet) -> CustomerQuerySet:
    run = publishing.current_runs().get("rule_segments")
    mine = RuleSegmentMember.objects.filter(run_id=run.pk if run else NO_RUN, customer_id=OuterRef("pk"))
    return customers.annotate(segment_ids=ArraySubquery(mine.order_by("segment_id").values("segment_id")))


def _listed(segment_ids: Sequence[int] | None, reader: Reader) -> str:
    names = names_for(reader.sight)
    return ", ".join(sorted(names[pk] for pk in segment_ids or () if pk in names))


def cell(segment_ids: Sequence[int] | None, customer: Customer, reader: Reader) -> str:
    return text(_listed(segment_ids, reader), customer, reader)


def plain(segment_ids: Sequence[int] | None, customer: Customer, reader: Reader) -> str:
    return _listed(segment_ids, reader)


def shared_segments() -> list[tuple[str, Label]]:
    """A chip knows no reader: it offers what is shared with everybody, once it is known who is in it."""
    if "rule_segments" not in publishing.current_runs():
        return []
    shared = (
        SavedFilter.objects.living()
        .filter(purpose=SavedFilter.Purpose.SEGMENT, sharing=SavedFilter.Sharing.EVERYBODY)
        .order_by("name")
    )
    return [(str(pk), name) for pk, name in shared.values_list("pk", "name")[:OFFERED]]


def members(key: str) -> QuerySet[Any, Any]:
    current = rule_segments.current_members()
    found = current.filter(segment_id=int(key)) if key.isdecimal() and len(key) <= 18 else current.none()
    return found.values("customer_id")


def in_segment(customers: CustomerQuerySet, key: str) -> CustomerQuerySet:
    return customers.filter(pk__in=members(key))


def member_rows(moment: Moment) -> QuerySet[Any, Any]:
    return rule_segments.current_members()


FIELDS = (
    Field(
        rule_segments.FIELD,
        gettext_lazy("Segment of your own"),
        REFERENCES,
        Rows(member_rows, SetColumn("segment_id")),
        things=Things(rule_segments.segments),
    ),
)


# --- the timeline -----------------------------------------------------------------------------------------------------


def moves(customer: Customer, sight: Sight, before: Place | None, limit: int) -> Sequence[TimelineEntry]:
    """Joined and left, from run to run that is kept, of the segments that the person may use."""
    names = names_for(sight) if "rule_segments" in publishing.current_runs() else {}
    if not names:
        return []
    runs = list(
        Run.objects.filter(analysis="rule_segments", status=Run.Status.PUBLISHED, finished_at__isnull=False).order_by(
            "pk"
        )
    )
    rows = RuleSegmentMember.objects.filter(run__in=runs, customer_id=customer.pk, segment_id__in=names)
    inside = set(rows.values_list("run_id", "segment_id"))
    entries = [
        _entry(later, joined, name, pk)
        for earlier, later in pairwise(runs)
        for pk, name in names.items()
        # One that the run before did not know yet was not joined, but made.
        if str(pk) in earlier.metrics.get("sizes", {})
        and ((joined := (later.pk, pk) in inside) != ((earlier.pk, pk) in inside))
    ]
    ahead = [entry for entry in entries if before is None or (entry.at, entry.id) < before]
    return sorted(ahead, key=lambda entry: (entry.at, entry.id), reverse=True)[:limit]


def _entry(run: Run, joined: bool, name: str, segment_id: int) -> TimelineEntry:
    assert run.finished_at is not None  # noqa: S101  # only finished runs are asked for
    counted = run.metrics.get("counted_at", {}).get(str(segment_id))
    words = _("Joined the segment %(name)s") if joined else _("Left the segment %(name)s")
    return TimelineEntry(
        at=dt.datetime.fromisoformat(counted) if counted else run.finished_at,
        id=segment_id,
        kind="segment",
        icon="trending-up" if joined else "trending-down",
        title=words % {"name": name},
        actor=_("As of %(day)s, run %(run)d") % {"day": day(run.as_of), "run": run.pk},
    )


def register(registry: Registry) -> None:
    registry.add(
        ListColumn(
            "rule_segments",
            gettext_lazy("Segments of your own"),
            "segment_ids",
            cell,
            annotate=with_segments,
            plain=plain,
            as_of=as_of("rule_segments"),
        ),
        ListFilter(
            "rule_segment",
            gettext_lazy("Segment of your own"),
            shared_segments,
            in_segment,
            members=members,
            as_of=as_of("rule_segments"),
        ),
        TimelineSource("rule_segments", gettext_lazy("Segments of your own"), "trending-up", moves),
        FilterLink("segment", gettext_lazy("Save as a segment"), "chart-pie", "analytics:segment_create"),
    )
