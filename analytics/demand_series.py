"""What demand is looked at of, each under a key that result rows and addresses carry: revenue, category:12."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.findings import Label
from customers.models import Category, Product


class SeriesKind(StrEnum):
    REVENUE = "revenue"
    ORDERS = "orders"
    CATEGORY = "category"
    PRODUCT = "product"

    @property
    def column(self) -> str:
        """Of the facts of those kinds of which there are several."""
        return f"{self.value}_id"

    @property
    def is_money(self) -> bool:
        """Counted in minor units; the others in pieces or orders."""
        return self in {SeriesKind.REVENUE, SeriesKind.CATEGORY}


_LABELS: dict[SeriesKind, Label] = {
    SeriesKind.REVENUE: gettext_lazy("Revenue"),
    SeriesKind.ORDERS: gettext_lazy("Orders"),
}


@dataclass(frozen=True)
class NamedSeries:
    key: str
    kind: SeriesKind
    label: Label


def series_key(kind: SeriesKind, pk: int) -> str:
    return f"{kind.value}:{pk}"


def named(keys: Iterable[str]) -> list[NamedSeries]:
    """In the same order, with the names that categories and products have by now; two statements at most."""
    parts = [(key, SeriesKind(key.partition(":")[0]), key.partition(":")[2]) for key in keys]
    names: dict[tuple[SeriesKind, str], str] = {}
    for kind, model in ((SeriesKind.CATEGORY, Category), (SeriesKind.PRODUCT, Product)):
        if pks := [pk for _key, its_kind, pk in parts if its_kind is kind]:
            found = model._default_manager.filter(pk__in=pks).values_list("pk", "name")
            names |= {(kind, str(pk)): name for pk, name in found}
    return [
        NamedSeries(key, kind, _LABELS.get(kind) or names.get((kind, pk)) or _gone(kind, pk)) for key, kind, pk in parts
    ]


def _gone(kind: SeriesKind, pk: str) -> str:
    words = _("category %(number)s") if kind is SeriesKind.CATEGORY else _("product %(number)s")
    return words % {"number": pk}
