"""FP-growth: baskets as a tree of shared beginnings, and below each item the tree of what stands before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analytics.algorithms.rules.baskets import Baskets, IntArray

_ROOT = -1


@dataclass(frozen=True, eq=False)
class _Entries:
    """Baskets with weights: entry by entry the basket's number and an item, by basket and then by item descending,
    which is from the frequent to the rare one. weights: shape (baskets,)."""

    baskets: IntArray
    items: IntArray
    weights: IntArray


@dataclass(frozen=True, eq=False)
class _Tree:
    """Nodes: the item of each, its parent's number (or _ROOT), and how many baskets pass through it."""

    items: IntArray
    parents: IntArray
    counts: IntArray


def search(baskets: Baskets, min_count: int, max_length: int) -> Iterator[tuple[tuple[int, ...], int]]:
    """Departure from Han, Pei and Yin (2000): the tree is built level by level over arrays, not basket by basket."""
    rows, columns = baskets.contents.nonzero()
    order = np.lexsort((-columns, rows))
    weights = np.ones(len(baskets), dtype=np.int64)
    entries = _Entries(rows[order].astype(np.int64), columns[order].astype(np.int64), weights)
    yield from _grow((), entries, min_count, max_length)


def _grow(
    suffix: tuple[int, ...], entries: _Entries, min_count: int, max_length: int
) -> Iterator[tuple[tuple[int, ...], int]]:
    counts = np.zeros(int(entries.items.max(initial=-1)) + 1, dtype=np.int64)
    np.add.at(counts, entries.items, entries.weights[entries.baskets])
    frequent = np.flatnonzero(counts >= min_count)
    yield from (((*suffix, int(item)), int(counts[item])) for item in frequent)
    if len(suffix) + 1 >= max_length or len(frequent) < 2:
        return
    kept = counts[entries.items] >= min_count
    tree = _tree(_Entries(entries.baskets[kept], entries.items[kept], entries.weights))
    for item in frequent:
        yield from _grow((*suffix, int(item)), _before(tree, int(item)), min_count, max_length)


def _tree(entries: _Entries) -> _Tree:
    """Level by level: baskets that went the same way so far and go on with the same item share a node."""
    starts = np.flatnonzero(np.r_[True, entries.baskets[1:] != entries.baskets[:-1]])
    lengths = np.diff(np.r_[starts, len(entries.baskets)])
    weights = entries.weights[entries.baskets[starts]]
    reached = np.full(len(starts), _ROOT, dtype=np.int64)
    items, parents, counts = [], [], []
    width, made = int(entries.items.max(initial=0)) + 1, 0
    for level in range(int(lengths.max(initial=0))):
        going = np.flatnonzero(lengths > level)
        keys = (reached[going] + 1) * width + entries.items[starts[going] + level]
        different, node = np.unique(keys, return_inverse=True)
        items.append(different % width)
        parents.append(different // width - 1)
        counts.append(np.bincount(node, weights=weights[going]).astype(np.int64))
        reached[going] = made + node
        made += len(different)
    if not items:
        nothing = np.zeros(0, dtype=np.int64)
        return _Tree(nothing, nothing, nothing)
    return _Tree(np.concatenate(items), np.concatenate(parents), np.concatenate(counts))


def _before(tree: _Tree, item: int) -> _Entries:
    """What stands before an item: one basket for each of its nodes, as heavy as the node."""
    nodes = np.flatnonzero(tree.items == item)
    baskets, items = [], []
    paths, above = np.arange(len(nodes)), tree.parents[nodes]
    while len(paths):
        inside = above != _ROOT
        paths, above = paths[inside], above[inside]
        baskets.append(paths)
        items.append(tree.items[above])
        above = tree.parents[above]
    basket_numbers = np.concatenate(baskets) if baskets else np.zeros(0, dtype=np.int64)
    item_numbers = np.concatenate(items) if items else np.zeros(0, dtype=np.int64)
    order = np.lexsort((-item_numbers, basket_numbers))
    return _Entries(basket_numbers[order], item_numbers[order], tree.counts[nodes])
