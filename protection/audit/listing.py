"""The admins' pages of the trail: all changes, all accesses, narrowed by who, what and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django import forms
from django.apps import apps
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.visibility import Sight
from core.paging import Order, Page, keyset_page
from protection.audit.models import AccessLog, Change
from protection.audit.reading import Deed, deeds, way, who
from protection.audit.trail import AUDITED
from protection.audit.words import name_of_table

ENTRIES_A_PAGE = 50
NEWEST_FIRST = Order("pk", descending=True)
Row = TypeVar("Row", Change, AccessLog)


class EntryFilter(forms.Form):
    actor = forms.ModelChoiceField(User.objects.all(), label=_("Who"), required=False, empty_label=_("All"))
    day = forms.DateField(
        label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def narrowed(self, entries: QuerySet[Row]) -> QuerySet[Row]:
        chosen = {name: value for name, value in self.cleaned_data.items() if value} if self.is_valid() else {}
        if day := chosen.pop("day", None):
            # The reader's day, as the page writes the times.
            begin = dt.datetime.combine(day, dt.time.min, timezone.get_current_timezone())
            entries = entries.filter(at__gte=begin, at__lt=begin + dt.timedelta(days=1))
        return entries.filter(**chosen)

    @property
    def query(self) -> dict[str, str]:
        return {name: self.data[name] for name in self.fields if self.data.get(name)}


def tables() -> list[tuple[str, Any]]:
    named = [(audited.table, name_of_table(audited.table)) for audited in AUDITED.values()]
    return [("", _("All")), *sorted(named, key=lambda choice: str(choice[1]).casefold())]


class ChangeFilter(EntryFilter):
    table_name = forms.ChoiceField(label=_("Table"), choices=tables, required=False)
    action = forms.ChoiceField(label=_("Action"), choices=[("", _("All")), *Change.Action.choices], required=False)
    field_order = ("actor", "table_name", "action", "day")


class AccessFilter(EntryFilter):
    what = forms.ChoiceField(label=_("What"), choices=[("", _("All")), *AccessLog.What.choices], required=False)
    field_order = ("actor", "what", "day")


class _Listing(Generic[Row]):
    """What a query string asks for. Values that make no sense are said to be wrong, and narrow nothing."""

    rows: Callable[[], QuerySet[Row]]
    form_class: type[EntryFilter]

    def __init__(self, query: Mapping[str, str]) -> None:
        self.form = self.form_class(dict(query))
        self._cursor = query.get("cursor", "")

    @cached_property
    def page(self) -> Page[Row]:
        entries = self.form.narrowed(type(self).rows()).select_related("actor")
        return keyset_page(entries, order=NEWEST_FIRST, cursor=self._cursor, size=ENTRIES_A_PAGE)

    @property
    def is_filtered(self) -> bool:
        return bool(self.form.query)

    @property
    def previous_url(self) -> str:
        return self._link(self.page.previous_cursor)

    @property
    def next_url(self) -> str:
        return self._link(self.page.next_cursor)

    def _link(self, cursor: str) -> str:
        return f"?{urlencode({**self.form.query, 'cursor': cursor})}" if cursor else ""


class ChangeListing(_Listing[Change]):
    rows = Change.objects.all
    form_class = ChangeFilter

    def __init__(self, query: Mapping[str, str], *, sight: Sight) -> None:
        super().__init__(query)
        self._sight = sight

    @cached_property
    def deeds(self) -> list[Deed]:
        return deeds(self.page.rows, sight=self._sight)


class AccessListing(_Listing[AccessLog]):
    rows = AccessLog.objects.all
    form_class = AccessFilter

    @property
    def lines(self) -> list[tuple[AccessLog, str, str, str, str]]:
        """Each entry with who it was, by which door, of what, and in detail."""
        return [
            (entry, who(entry), way(entry.origin), name_of_model(entry.model), detail_in_words(entry.detail))
            for entry in self.page.rows
        ]


def name_of_model(label: str) -> str:
    try:
        return capfirst(str(apps.get_model(label)._meta.verbose_name)) if label else ""
    except LookupError:
        return label


def detail_in_words(detail: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name}: {', '.join(map(str, value)) if isinstance(value, list) else value}" for name, value in detail.items()
    )
