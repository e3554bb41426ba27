"""What a chart gives back: the finding, the figure, and the table that says the same."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

import numpy as np
import pandas as pd

# As Plotly's JSON has it: {"data": […], "layout": {…}}. Colours are CSS expressions (`var(--good)`), which charts.js
# resolves when it draws, so that one figure serves light and dark.
Figure = Mapping[str, Any]
Row = dict[str, Any]
Made = TypeVar("Made")


# As `Drawing.drill`: a mark is one customer, and leads to their page.
ONE_CUSTOMER = "customer_id"


class ColumnKind(StrEnum):
    """What a column holds, which decides how a page and how a file writes it."""

    TEXT = "text"
    COUNT = "count"
    SHARE = "share"
    MONEY = "money"
    MONTH = "month"
    # With two decimals: a place on a map, a ratio.
    FIGURE = "figure"


@dataclass(frozen=True)
class Column:
    key: str
    label: str
    kind: ColumnKind = ColumnKind.TEXT

    @property
    def is_numeric(self) -> bool:
        return self.kind not in {ColumnKind.TEXT, ColumnKind.MONTH}


@dataclass(frozen=True)
class Table:
    """The same numbers as the figure. `frame` may hold more columns than are shown."""

    columns: tuple[Column, ...]
    frame: pd.DataFrame


@dataclass(frozen=True)
class Drawing:
    """A chart for one reader.

    finding: what the picture says, as a sentence; the title of its card and its name for a screen reader.
    figure: None where there is nothing to draw; `finding` then says why.
    table: the numbers in the figure; with no rows where there is no figure.
    sample: what the numbers rest on, as in n = 2,000 customers.
    unit: what an axis or a cell counts.
    measure: the number that the finding says, to be held against that of an earlier day; "" where it is not one.
    compared: what it stands beside, or why it stands alone.
    drill: the column of `table.frame`, and the filter of the customer list, that lead to the customers behind a mark;
      each mark of the figure carries its value as `customdata`. Empty where no filter says the same.
    is_tall: whether it needs more height, as so many bars do that are drawn for two days.
    has_advice: whether what its chart advises where nothing is to be drawn would help.
    made: what pages have made of it, which show one drawing many times (`reports.drawn`).
    """

    finding: str
    figure: Figure | None
    table: Table
    sample: str
    unit: str
    drill: str = ""
    measure: str = ""
    compared: str = ""
    is_tall: bool = False
    has_advice: bool = True
    made: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    def once(self, what: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` made of it when this was first asked for: it depends on nothing but the drawing and `what`."""
        if what not in self.made:
            self.made[what] = make()
        made: Made = self.made[what]
        return made


def rows_of(frame: pd.DataFrame) -> list[Row]:
    """The rows by column name, with Python's own numbers, as JSON wants them. `to_dict` looks at each value for that,
    which only a column of objects needs."""
    columns = [_own_values(frame[name]) for name in frame.columns]
    return [dict(zip(frame.columns, row, strict=True)) for row in zip(*columns, strict=True)]


def _own_values(column: pd.Series[Any]) -> list[Any]:
    values = column.tolist()
    if column.dtype != object:
        return values
    return [value.item() if isinstance(value, np.generic) else value for value in values]


def of_all(frame: pd.DataFrame, column: str) -> float:
    """The sum of a column over all rows, those too of which the reader is not told since they are of few."""
    sums: Mapping[str, float] = frame.attrs.get("all", {})
    return sums[column] if column in sums else frame[column].sum()


def is_missing(value: Any) -> bool:
    return bool(pd.isna(value))


def nothing_to_draw(why: str, *, has_advice: bool = True) -> Drawing:
    return Drawing(why, figure=None, table=Table((), pd.DataFrame()), sample="", unit="", has_advice=has_advice)
