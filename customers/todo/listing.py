"""The page of tasks: whose, which, and in which order, as a query string asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from core.paging import Order, Page, keyset_page
from customers.extensions import Label
from customers.interaction_querysets import TaskQuerySet
from customers.models import Task

PAGE_SIZE = 50
MINE, TEAM, ALL = "mine", "team", "all"
OPEN, OVERDUE, DONE = "open", "overdue", "done"
WHOSE: dict[str, Label] = {MINE: _("Mine"), TEAM: _("My team's"), ALL: _("Everybody's")}
WHICH: dict[str, Label] = {OPEN: pgettext_lazy("tasks", "Open"), OVERDUE: _("Overdue"), DONE: _("Done")}
BY_DUE, BY_DONE = Order("due_at"), Order("done_at", descending=True)


@dataclass(frozen=True)
class Choice:
    label: Label
    url: str
    is_current: bool


class TaskListing:
    """What it asks for in vain is ignored: `whose` and `which` by the keys above, `priority` by number, `cursor`."""

    def __init__(self, query: Mapping[str, str], *, reader: User) -> None:
        self.reader = reader
        self.whose = query.get("whose", MINE) if query.get("whose") in self._offered else MINE
        self.which = query.get("which", OPEN) if query.get("which") in WHICH else OPEN
        asked = query.get("priority", "")
        self.priority = int(asked) if asked in {str(each) for each in Task.Priority.values} else None
        self._cursor = query.get("cursor", "")

    @property
    def _offered(self) -> list[str]:
        """Whoever sees nothing but their own customers has no tasks of others to look for."""
        sight = self.reader.sight
        offered = [MINE]
        if self.reader.team_id and sight.sees in {"team", "all"}:
            offered.append(TEAM)
        return [*offered, ALL] if sight.sees in {"team", "all"} else offered

    @property
    def is_plain(self) -> bool:
        """As it opens, with nothing asked for."""
        return (self.whose, self.which, self.priority) == (MINE, OPEN, None)

    @property
    def shows_owner(self) -> bool:
        return self.whose != MINE

    @cached_property
    def page(self) -> Page[Task]:
        order = BY_DONE if self.which == DONE else BY_DUE
        return keyset_page(self._matching(), order=order, cursor=self._cursor, size=PAGE_SIZE)

    def _matching(self) -> TaskQuerySet:
        tasks: TaskQuerySet = Task.objects.visible_to(self.reader.sight).select_related("customer", "owner")
        if self.whose == MINE:
            tasks = tasks.filter(owner=self.reader)
        elif self.whose == TEAM:
            tasks = tasks.filter(owner__team=self.reader.team_id)
        if self.priority:
            tasks = tasks.filter(priority=self.priority)
        if self.which == DONE:
            return tasks.filter(done_at__isnull=False)
        return tasks.still_open().due_before(timezone.now()) if self.which == OVERDUE else tasks.still_open()

    # --- what the page links to ---------------------------------------------------------------------------------------

    def whose_choices(self) -> Iterator[Choice]:
        for key in self._offered:
            yield Choice(WHOSE[key], self._link(whose=key), key == self.whose)

    def which_choices(self) -> Iterator[Choice]:
        for key, label in WHICH.items():
            yield Choice(label, self._link(which=key), key == self.which)

    def priority_choices(self) -> Iterator[Choice]:
        for value, label in Task.Priority.choices:
            yield Choice(label, self._link(priority=str(value)), value == self.priority)

    @property
    def priority_label(self) -> str:
        return str(Task.Priority(self.priority).label) if self.priority else ""

    @property
    def any_priority_url(self) -> str:
        return self._link(priority="")

    @property
    def next_url(self) -> str:
        return self._link(cursor=self.page.next_cursor) if self.page.next_cursor else ""

    @property
    def previous_url(self) -> str:
        return self._link(cursor=self.page.previous_cursor) if self.page.previous_cursor else ""

    def _link(self, **changes: str) -> str:
        state = {"whose": self.whose, "which": self.which, "priority": str(self.priority or ""), **changes}
        defaults = {"whose": MINE, "which": OPEN, "priority": "", "cursor": ""}
        return f"?{urlencode({key: value for key, value in state.items() if value != defaults.get(key)})}"
