"""The jobs page: what is live on top, what is over below, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.paging import Order, Page, keyset_page
from jobs import kinds
from jobs.kinds import Label
from jobs.models import Job
from jobs.querysets import JobQuerySet
from jobs.status import LIVE, Status

PAGE_SIZE = 25
# More than that wait only where no worker has run for long.
MOST_LIVE = 100
NEWEST_FIRST = Order("pk", descending=True)


@dataclass(frozen=True)
class Choice:
    label: Label
    url: str
    is_current: bool


@dataclass(frozen=True)
class Chip:
    label: Label
    chosen: Label
    clear_url: str
    choices: list[Choice]


class JobListing:
    """What a query string asks for: `kind`, `status` and `cursor`, and which live jobs the page shows already (`seen`).

    Values that do not exist are passed over. It lists what the reader may see.
    """

    def __init__(self, query: Mapping[str, str], *, reader: User) -> None:
        self._reader = reader
        labels = {kind.name: kind.label for kind in kinds.all_kinds()}
        self._labels: dict[str, dict[str, Label]] = {"kind": labels, "status": dict(Status.choices)}
        self._chosen = {key: query[key] for key in self._labels if query.get(key) in self._labels[key]}
        self._cursor = query.get("cursor", "")
        self._seen = query.get("seen", "")

    @property
    def is_filtered(self) -> bool:
        return bool(self._chosen)

    @property
    def is_first_page(self) -> bool:
        return not self._cursor

    @cached_property
    def live(self) -> list[Job]:
        """Running ones first, then the waiting in their order; on the first page only."""
        return list(self._matching.live().order_by("-status", "id")[:MOST_LIVE]) if self.is_first_page else []

    @cached_property
    def page(self) -> Page[Job]:
        if self._chosen.get("status") in LIVE:
            return Page([], "", "")
        return keyset_page(self._matching.over(), order=NEWEST_FIRST, cursor=self._cursor, size=PAGE_SIZE)

    @property
    def previous_url(self) -> str:
        return self._link(cursor=self.page.previous_cursor) if self.page.previous_cursor else ""

    @property
    def next_url(self) -> str:
        return self._link(cursor=self.page.next_cursor) if self.page.next_cursor else ""

    @property
    def poll_url(self) -> str:
        return self._link(seen=self._live_ids)

    @property
    def is_as_seen(self) -> bool:
        """Whether the same jobs are live as on the page that asks, so that only how they stand has changed."""
        return bool(self._seen) and self._seen == self._live_ids

    @property
    def _live_ids(self) -> str:
        return "-".join(str(job.pk) for job in sorted(self.live, key=attrgetter("pk")))

    @property
    def chips(self) -> Iterable[Chip]:
        for key, label in (("kind", _("Kind")), ("status", _("Status"))):
            on = self._chosen.get(key, "")
            choices = [
                Choice(words, self._link(**{key: value}), value == on) for value, words in self._labels[key].items()
            ]
            yield Chip(label, self._labels[key].get(on, ""), self._link(**{key: ""}), choices)

    @property
    def _matching(self) -> JobQuerySet:
        jobs = (
            Job.objects.visible_to(self._reader)
            .select_related("requested_by", "cancelled_by")
            .defer("checkpoint", "checkpoint_at_claim", "result")
        )
        return jobs.filter(**self._chosen)

    def _link(self, **changes: str) -> str:
        query = {key: value for key, value in {**self._chosen, **changes}.items() if value}
        return f"?{urlencode(query)}"
