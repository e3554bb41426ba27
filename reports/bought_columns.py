"""What chosen customers bought, counted file by file out of the columns beside the facts.

Each says the same as the statement that is named with it, where the engine would keep ten million lines by customer or
by order. Raises NoColumns where that is to be asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.buyer_columns import Refunds
from analytics.snapshot_columns import ANY, KNOWN, MOST_IDS, Mask, NoColumns, Numbers, Wanted, mask_of, numbers_by_file
from analytics.snapshot_tables import LINES, ORDERS
from reports.semantics.facts import ScopedFacts
from reports.semantics.subjects import SALE

NOBODY = -1
# From the first to the last order of a file; five bytes for each.
MOST_ORDERS = 1 << 24
Places = NDArray[np.int64]


def bought_by_group(facts: ScopedFacts, grouped: pd.DataFrame, *, most: int) -> pd.DataFrame:
    """As `map_frames.BOUGHT`, of the `most` categories with the most lines. grouped: customer_id and code."""
    lines = _Lines.of(facts, KNOWN)
    codes = grouped["code"].astype("category")
    group_of = _at_ids(grouped["customer_id"].to_numpy(dtype=np.int64), codes.cat.codes.to_numpy())
    products = facts.engine.frame("SELECT product_id, category_id FROM products WHERE category_id IS NOT NULL")
    categories = products["category_id"].astype("category")
    category_of = _at_ids(products["product_id"].to_numpy(dtype=np.int64), categories.cat.codes.to_numpy())
    names, ids = list(codes.cat.categories), list(categories.cat.categories)
    counts = np.zeros(max(len(names) * len(ids), 1), dtype=np.int64)
    # Of each customer the categories, as bits: of those that are kept, which are all where they are few.
    seen = np.zeros(len(group_of), dtype=np.int64)
    bought = np.zeros(len(group_of), dtype=np.bool_)
    are_few = len(ids) <= most
    for rows in lines.by_file():
        places, groups, kinds = _grouped(rows, group_of, category_of)
        counts += np.bincount(groups * len(ids) + kinds, minlength=len(counts))
        bought[places] = True
        if are_few:
            np.bitwise_or.at(seen, places, 1 << kinds)
    by_pair = counts[: len(names) * len(ids)].reshape(len(names), len(ids))
    kept = np.argsort(-by_pair.sum(axis=0), kind="stable")[:most]
    bit_of = np.arange(len(ids)) if are_few else np.full(len(ids), NOBODY)
    if not are_few:
        bit_of[kept] = np.arange(len(kept))
        for rows in lines.by_file():
            places, _groups, kinds = _grouped(rows, group_of, category_of)
            is_kept = bit_of[kinds] >= 0
            np.bitwise_or.at(seen, places[is_kept], 1 << bit_of[kinds[is_kept]])
    groups_of_buyers, seen = group_of[bought], seen[bought]

    def customers(who: Mask) -> Places:
        return np.bincount(groups_of_buyers[who], minlength=len(names))

    of_any = customers(np.ones(len(seen), dtype=np.bool_))
    told = [(name, None, int(by_pair[at].sum()), int(of_any[at])) for at, name in enumerate(names)]
    for kind in kept:
        each = customers(seen >> bit_of[kind] & 1 > 0)
        told.append((None, ids[kind], int(by_pair[:, kind].sum()), int(each.sum())))
        told += [(name, ids[kind], int(by_pair[at, kind]), int(each[at])) for at, name in enumerate(names)]
    frame = pd.DataFrame(told, columns=["code", "category_id", "order_lines", "customers"])
    frame = frame.astype({"category_id": "float64"})[frame["order_lines"] > 0]
    return frame.sort_values(["code", "category_id"], ignore_index=True)


def purchases_with(facts: ScopedFacts, bits: Mapping[int, int]) -> tuple[pd.DataFrame, int]:
    """As `advice_frames.PURCHASES`: customer_id (0 of who is not known), held, is_basket of the purchases that hold any
    of the products, and how many baskets there are in all."""
    kind = np.int32 if len(bits) < 31 else np.int64
    bit_of = _at_ids(np.array(list(bits), dtype=np.int64), np.array(list(bits.values()), dtype=kind), nothing=0)
    baskets, parts = 0, []
    for rows in _Lines.of(facts, ANY).by_file():
        if not len(rows["order_id"]):
            continue
        orders, count = _places_of_orders(rows["order_id"])
        products = rows["product_id"]
        last = np.empty(count, dtype=np.uint32)  # of each order: the product of a line, and then a line
        last[orders] = products
        are_baskets = np.zeros(count, dtype=np.bool_)
        are_baskets[orders[last[orders] != products]] = True
        baskets += int(np.count_nonzero(are_baskets))
        line_bits = bit_of.take(products, mode="clip")
        lines = np.flatnonzero(line_bits)
        orders = orders[lines]
        last[orders] = np.arange(len(lines), dtype=np.uint32)
        held = np.zeros(len(lines), dtype=kind)
        np.bitwise_or.at(held, last[orders], line_bits[lines])
        found = np.flatnonzero(held)
        customers = rows["customer_id"][lines[found]].astype(np.int64)
        columns = {"customer_id": customers, "held": held[found], "is_basket": are_baskets[orders[found]]}
        parts.append(pd.DataFrame(columns, copy=False))
    nothing = pd.DataFrame({"customer_id": [], "held": np.zeros(0, dtype=kind), "is_basket": []})
    return (pd.concat(parts, ignore_index=True) if parts else nothing), baskets


def _places_of_orders(ids: Numbers) -> tuple[Places, int]:
    """A place for the order of each line of a file, and how many places there are. Where they are near enough to one
    another, they need not be put in order."""
    first = int(ids.min())
    span = int(ids.max()) - first + 1
    if span <= MOST_ORDERS:
        return ids.astype(np.int64) - first, span
    different, places = np.unique(ids, return_inverse=True)
    return places, len(different)


@dataclass(frozen=True)
class _Lines:
    """Those of purchases of the chosen customers in the days of the scope, of known products."""

    facts: ScopedFacts
    mask: Mask
    no_purchases: Mask

    @classmethod
    def of(cls, facts: ScopedFacts, everybody: Mask) -> _Lines:
        mask = facts.facts.mask
        if mask is None and not (facts.scope.is_of_all and facts.sight.sees_all):
            raise NoColumns
        return cls(facts, everybody if mask is None else mask, _no_purchases(facts))

    def by_file(self) -> Iterator[dict[str, Numbers]]:
        """order_id, customer_id, product_id."""
        scope = self.facts.scope
        wanted = Wanted(LINES, scope.since, scope.until, ("order_id", "customer_id", "product_id"))
        for rows in numbers_by_file(self.facts.facts.manifest, wanted, self.mask):
            if rows["product_id"].max(initial=0) >= MOST_IDS - 1:
                raise NoColumns
            is_wanted = (rows["product_id"] > 0) & ~self.no_purchases.take(rows["order_id"], mode="clip")
            wanted_lines = np.flatnonzero(is_wanted)
            yield {name: values[wanted_lines] for name, values in rows.items()}


def _no_purchases(facts: ScopedFacts) -> Mask:
    """As NO_PURCHASES."""
    manifest, scope = facts.facts.manifest, facts.scope
    refunds = Refunds.of(facts.engine, facts.as_of)
    sales = Wanted(ORDERS, scope.since, scope.until, ("order_id", "total_minor"), kinds=(SALE,))
    others = Wanted(ORDERS, scope.since, scope.until, ("order_id",), but_kinds=(SALE,))
    found = [np.zeros(0, dtype=np.int64)]
    for rows in numbers_by_file(manifest, sales, ANY):
        none = refunds.without_money(rows["order_id"], rows["total_minor"])
        found.append(rows["order_id"][none].astype(np.int64))
    found += [rows["order_id"].astype(np.int64) for rows in numbers_by_file(manifest, others, ANY)]
    mask = mask_of(np.concatenate(found))
    if mask is None:
        raise NoColumns
    return mask


def _at_ids(ids: Places, values: Numbers, *, nothing: int = NOBODY) -> Places:
    """The value of each id at its place; the last place is nobody's, for larger ones."""
    if len(ids) and (ids.min() < 0 or ids.max() >= MOST_IDS):
        raise NoColumns
    found = np.full(int(ids.max(initial=0)) + 2, nothing, dtype=values.dtype if nothing == 0 else np.int16)
    found[ids] = values
    return found


def _grouped(rows: Mapping[str, Numbers], group_of: Places, category_of: Places) -> tuple[Places, Places, Places]:
    """Of the rows of a group and a category that are known: the places of their customers, groups, categories."""
    groups = group_of.take(rows["customer_id"], mode="clip").astype(np.int64)
    kinds = category_of.take(rows["product_id"], mode="clip").astype(np.int64)
    is_known = (groups >= 0) & (kinds >= 0)
    return rows["customer_id"][is_known].astype(np.int64), groups[is_known], kinds[is_known]
