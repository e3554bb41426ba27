"""Groups of few customers, for readers from whom fields are hidden: put together, and with them as many others as it
takes that what is left of a known sum, less all that is told of it, is not that of few either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from reports.semantics.facts import FEWEST_OF_A_GROUP

# What stands instead of the value of all small groups.
FEW = "\0few"


def name_of_few() -> str:
    return _("Small groups together")


def untold(frame: pd.DataFrame, *, counts: Sequence[str], sums: Mapping[str, bool]) -> NDArray[np.bool_]:
    """Which rows are not told. `counts` are the columns of how many customers a row is of (now, and earlier). `sums`
    are the columns of whose values a sum may be asked for, and whether the rows of such a sum have different customers.
    """
    sizes = frame[list(counts)].to_numpy(dtype=np.int64)
    few = np.asarray(((sizes > 0) & (sizes < FEWEST_OF_A_GROUP)).any(axis=1))
    before = 0
    while few.sum() > before:  # what is hidden in one sum may be what is left of another
        before = int(few.sum())
        for column, are_different in sums.items():
            for rows in frame.groupby(column, sort=False).indices.values():
                _hide_further(few, sizes, rows, are_different=are_different)
    return few


def _hide_further(few: NDArray[np.bool_], sizes: NDArray[np.int64], rows: Any, *, are_different: bool) -> None:
    """The smallest of the told ones, until those that are hidden are not few together, or nothing else is told."""
    if not few[rows].any():
        return
    told = [row for row in rows if not few[row] and sizes[row].any()]
    for row in sorted(told, key=lambda row: int(sizes[row].sum())):
        if _are_enough(sizes[rows][few[rows]], are_different=are_different):
            return
        few[row] = True


def _are_enough(sizes: NDArray[np.int64], *, are_different: bool) -> bool:
    """In each time in which they had anybody. Rows that share customers have no more than the largest for certain."""
    together = sizes.sum(axis=0) if are_different else sizes.max(axis=0)
    return bool(((together == 0) | (together >= FEWEST_OF_A_GROUP)).all())


def together_told(
    frame: pd.DataFrame, few: NDArray[np.bool_], *, counts: Sequence[str], of: str, are_different: bool
) -> NDArray[np.bool_]:
    """Which of the untold rows may be told as one, for each value of the column `of`."""
    sizes = frame[list(counts)].to_numpy(dtype=np.int64)
    told = np.zeros(len(frame), dtype=np.bool_)
    for rows in frame.groupby(of, sort=False).indices.values():
        hidden = np.asarray(rows)[few[rows]]
        told[hidden] = len(hidden) > 0 and _are_enough(sizes[hidden], are_different=are_different)
    return told


def told_of(
    frame: pd.DataFrame, *, sums: Mapping[str, bool] | None = None, counts: Sequence[str] = ("customers",)
) -> pd.DataFrame:
    """The rows without those of few, and without the smallest others where one could tell these from a sum; see
    `untold`. Without `sums` it is that of all rows, which are of different customers.

    `attrs`: all, the sums of the columns over all rows, for what is said of everybody (`charts.drawing.of_all`).
    """
    few = untold(frame.assign(all=0), counts=counts, sums=sums or {"all": True})
    told = frame[~few].reset_index(drop=True)
    told.attrs = {**frame.attrs, "all": frame.select_dtypes(["number", "bool"]).sum().to_dict()}
    return told if told[list(counts)].to_numpy().any() else told[:0]
