"""What an analysis says of each customer's days to come, as cases to be compared with what came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
from django.utils.translation import gettext_lazy
from numpy.typing import NDArray

from analytics import publishing
from analytics.analyses.entry import Cases, Forecast, Label
from analytics.evaluation import FloatArray
from analytics.features import Facts
from analytics.findings import Kind
from analytics.models import Run


def customer_forecast(
    *,
    name: str,
    label: Label,
    column: str,
    kind: Kind,
    horizon_days: Callable[[Run], int],
    came: Callable[[Facts, dt.date, dt.date], pd.Series[float]],
    otherwise: float = 0.0,
    within: tuple[str, str] | None = None,
    as_judged: bool = False,
) -> Forecast:
    """column: of the rows of the analysis. came: (facts, first day, last day) -> values by customer_id; of who is not
    in it, `otherwise` came. within: the columns of the least and the most that was said."""

    def cases(run: Run, facts: Facts) -> Cases:
        first, last = run.as_of + dt.timedelta(days=1), run.as_of + dt.timedelta(days=horizon_days(run))
        rows = publishing.result_frame(run, ["customer_id", column, *(within or ())]).dropna(subset=[column])
        # Of others than those who may still be analysed nobody knows any more what they bought.
        rows = rows[rows["customer_id"].isin(facts.customer_ids())]
        found = came(facts, first, last).reindex(rows["customer_id"], fill_value=otherwise)
        became: FloatArray = np.asarray(found, dtype=np.float64)
        return Cases(
            said=rows[column].to_numpy(dtype=np.float64),
            became=became,
            customers=rows["customer_id"].to_numpy(dtype=np.int64),
            inside=_inside(rows[list(within)], became) if within else np.zeros(0, dtype=bool),
        )

    return Forecast(
        name=name,
        label=label,
        kind=kind,
        horizon_days=horizon_days,
        cases=cases,
        of=gettext_lazy("Customers"),
        as_judged=as_judged,
    )


def _inside(bounds: pd.DataFrame, became: FloatArray) -> NDArray[np.bool_]:
    """Of the rows that have both bounds: runs of earlier versions kept none."""
    known = bounds.notna().all(axis=1).to_numpy()
    low, high = (bounds[column].to_numpy(dtype=np.float64)[known] for column in bounds.columns)
    inside: NDArray[np.bool_] = (low <= became[known]) & (became[known] <= high)
    return inside
