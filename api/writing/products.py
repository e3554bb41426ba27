"""Writing products, one or a thousand, by the same handful of statements. The caller holds the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from accounts.visibility import Sight
from api.errors import Invalid
from api.writing.entries import Entry, own_values, sound
from customers.models import Category, Product

PLAIN = ("name", "unit_price", "unit_cost", "currency", "is_active", "is_in_stock")
COLUMNS = (*PLAIN, "category", "custom", "updated_at")
Path = tuple[str, ...]


def number_of(values: dict[str, Any]) -> tuple[str, str]:
    return values["source"], values["sku"]


def save_products(entries: Sequence[Entry], *, sight: Sight) -> None:
    """Write those that are in order, and note in each entry what became of it."""
    _find(sound(entries))
    for entry in sound(entries):
        with entry.spoilt_alone():
            _apply(entry, sight)
    _sort_into_categories(sound(entries))
    new = [entry.row for entry in sound(entries) if entry.is_new]
    changed = [entry.row for entry in sound(entries) if entry.is_changed]
    Product.objects.bulk_create(new)
    Product.objects.bulk_create(changed, update_conflicts=True, unique_fields=["id"], update_fields=COLUMNS)


def _find(entries: Sequence[Entry]) -> None:
    """The products that are there, locked in the order of their ids."""
    numbers = {number_of(entry.values): entry for entry in entries if entry.row is None}
    named = Product.objects.filter(
        source__in={source for source, _sku in numbers}, sku__in={sku for _source, sku in numbers}
    )
    known = {(row.source, row.sku): row for row in named.order_by("pk").select_for_update()} if numbers else {}
    for (source, sku), entry in numbers.items():
        entry.is_new = (source, sku) not in known
        entry.row = known.get((source, sku)) or Product(source=source, sku=sku)


def _apply(entry: Entry, sight: Sight) -> None:
    product, values = entry.row, entry.values
    if entry.is_new and not values.get("name"):
        raise Invalid(("/name", _("A new product needs a name.")))
    wanted = {name: values[name] for name in PLAIN if name in values}
    if entry.is_new or "custom" in values:
        given = values.get("custom", {})
        wanted["custom"] = own_values("product", product.custom, given, sight=sight, is_new=entry.is_new)
    for name, value in wanted.items():
        entry.is_changed |= not entry.is_new and getattr(product, name) != value
        setattr(product, name, value)


def _sort_into_categories(entries: Sequence[Entry]) -> None:
    sorted_in = [entry for entry in entries if "category" in entry.values]
    ids = _category_ids({tuple(entry.values["category"]) for entry in sorted_in})
    for entry in sorted_in:
        category_id = ids[tuple(entry.values["category"])]
        entry.is_changed |= not entry.is_new and entry.row.category_id != category_id
        entry.row.category_id = category_id


def _category_ids(paths: set[Path]) -> dict[Path, int | None]:
    """Of each path from the widest to the narrowest; categories that are not there are made, level by level."""
    ids: dict[Path, int | None] = {(): None}
    for depth in range(1, max(map(len, paths), default=0) + 1):
        wanted = {path[:depth] for path in paths if len(path) >= depth}
        ids |= _present(wanted, ids)
        if missing := wanted - ids.keys():
            # Whoever makes the same at this moment is waited for, and theirs is taken.
            made = [Category(name=path[-1], parent_id=ids[path[:-1]]) for path in sorted(missing)]
            Category.objects.bulk_create(made, ignore_conflicts=True)
            ids |= _present(missing, ids)
    return ids


def _present(wanted: set[Path], ids: dict[Path, int | None]) -> dict[Path, int | None]:
    above = {ids[path[:-1]]: path[:-1] for path in wanted}
    named = Category.objects.filter(name__in={path[-1] for path in wanted})
    among = named.filter(parent=None) if None in above else named.filter(parent__in=above)
    found = {(*above[row.parent_id], row.name): row.pk for row in among}
    return {path: pk for path, pk in found.items() if path in wanted}
