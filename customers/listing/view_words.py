"""What saved views ask for, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.visibility import Sight
from customers.extensions import Label, ListFilter
from customers.filters import EVERYBODY, as_json
from customers.filters.saved import read
from customers.listing.chips import filters, labels_of
from customers.models import SavedFilter


class ViewWords:
    """As one person may read them. What can be chosen of a quick filter is asked once, however many views choose."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._filters = filters(sight)
        self._labels: dict[str, dict[str, Label]] = {}

    def of(self, view: SavedFilter) -> str:
        said = [self._chosen(each, view.layout[each.key]) for each in self._filters if view.layout.get(each.key)]
        if view.layout.get("q"):
            said.append(_("Search: %(text)s") % {"text": view.layout["q"]})
        if not said or view.expression != as_json(EVERYBODY):
            said.append(read(view).in_words(sight=self._sight))
        return " · ".join(said)

    def _chosen(self, each: ListFilter, value: str) -> str:
        if each.key not in self._labels:
            self._labels[each.key] = dict(labels_of(each))
        return f"{each.label}: {self._labels[each.key].get(value, value)}"
