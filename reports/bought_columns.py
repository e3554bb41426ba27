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

from analytics.snapshot_columns import ANY, KNOWN, MOST_IDS, Mask, NoColumns, Numbers, Wanted, mask_of, numbers_by_file
from analytics.snapshot_tables import LINES
from reports.bought_lines import NO_PURCHASES
from reports.semantics.facts import ScopedFacts

NOBODY = -1
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
    bought = np.zeros(len(group_of), dtype=np.bool_)
    for rows in lines.by_file():
        places, groups, kinds = _grouped(rows, group_of, category_of)
        counts += np.bincount(groups * len(ids) + kinds, minlength=len(counts))
        bought[places] = True
    by_pair = counts[: len(names) * len(ids)].reshape(len(names), len(ids))
    kept = np.argsort(-by_pair.sum(axis=0), kind="stable")[:most]
    row_of = np.full(len(ids) + 1, NOBODY)
    row_of[kept] = np.arange(len(kept))
    seen = np.zeros((len(kept), len(group_of)), dtype=np.bool_)
    for rows in lines.by_file():
        places, _groups, kinds = _grouped(rows, group_of, category_of)
        is_kept = row_of[kinds] >= 0
        seen[row_of[kinds[is_kept]], places[is_kept]] = True

    def customers(who: Mask) -> Places:
        return np.bincount(group_of[who], minlength=len(names))

    of_any = customers(bought)
    told = [(name, None, int(by_pair[at].sum()), int(of_any[at])) for at, name in enumerate(names)]
    for row, kind in enumerate(kept):
        each = customers(seen[row])
        told.append((None, ids[kind], int(by_pair[:, kind].sum()), int(each.sum())))
        told += [(name, ids[kind], int(by_pair[at, kind]), int(each[at])) for at, name in enumerate(names)]
    frame = pd.DataFrame(told, columns=["code", "category_id", "order_lines", "customers"])
    frame = frame.astype({"category_id": "float64"})[frame["order_lines"] > 0]
    return frame.sort_values(["code", "category_id"], ignore_index=True)


def purchases_with(facts: ScopedFacts, bits: Mapping[int, int]) -> tuple[pd.DataFrame, int]:
    """As `advice_frames.PURCHASES`: customer_id (0 of who is not known), held, is_basket of the purchases that hold any
    of the products, and how many baskets there are in all."""
    bit_of = _at_ids(np.array(list(bits), dtype=np.int64), np.array(list(bits.values()), dtype=np.int64), nothing=0)
    baskets, parts = 0, []
    for rows in _Lines.of(facts, ANY).by_file():
        order = np.argsort(rows["order_id"], kind="stable")
        orders, products = rows["order_id"][order], rows["product_id"][order].astype(np.int64)
        if not len(orders):
            continue
        starts = np.flatnonzero(np.diff(orders, prepend=-1))
        held = np.bitwise_or.reduceat(bit_of.take(products, mode="clip"), starts)
        is_basket = np.minimum.reduceat(products, starts) != np.maximum.reduceat(products, starts)
        baskets += int(is_basket.sum())
        has_any = held != 0
        customers = rows["customer_id"][order][starts].astype(np.int64)
        columns = {"customer_id": customers[has_any], "held": held[has_any], "is_basket": is_basket[has_any]}
        parts.append(pd.DataFrame(columns, copy=False))
    nothing = pd.DataFrame({"customer_id": [], "held": [], "is_basket": []})
    return (pd.concat(parts, ignore_index=True) if parts else nothing), baskets


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
            yield {name: values[is_wanted] for name, values in rows.items()}


def _no_purchases(facts: ScopedFacts) -> Mask:
    days = {"since": facts.scope.since, "until": facts.scope.until, "as_of": facts.as_of}
    found = facts.engine.frame(f"SELECT order_id FROM ({NO_PURCHASES}) ORDER BY 1", days)  # noqa: S608 - ours
    mask = mask_of(found["order_id"].to_numpy(dtype=np.int64))
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
