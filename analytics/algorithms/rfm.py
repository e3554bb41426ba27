"""Recency, frequency and monetary value: scores 1–5, weighted score, segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.algorithms.errors import InvalidInput
from analytics.algorithms.segments_map import SCORES, SecondAxis, SegmentMap

INPUT_COLUMNS = ("customer_id", "first_purchase_date", "last_purchase_date", "frequency", "monetary")
DIMENSIONS = {"recency": "recency_days", "frequency": "frequency", "monetary": "monetary"}
SCORE_COLUMNS = {"recency": "r_score", "frequency": "f_score", "monetary": "m_score"}

# Amounts are counted between these many minor units: 1, 2, 5, 10, 20, 50 … are nearly even steps on a log scale.
AMOUNT_EDGES = tuple(factor * 10**power for power in range(15) for factor in (1, 2, 5))

# Above this a double no longer holds every integer.
_EXACT_INTEGER_LIMIT = 2**53


class Status(StrEnum):
    """What scoring can say about a customer at all."""

    BUYER = "buyer"
    LAPSED_BEFORE_WINDOW = "lapsed_before_window"
    PROSPECT = "prospect"


class LifecycleClass(StrEnum):
    """The coarse classes; see `RfmParams` for the two limits in days.

    new: first purchase fewer than `new_days` ago. Otherwise, of those who bought in the window: lost in the cell R1 F1,
    dormant at R1–2, and at R3–5 established if the first purchase is `established_days` ago or more, else active.
    Bought only before the window: lost. Never bought: prospect.
    """

    NEW = "new"
    ACTIVE = "active"
    ESTABLISHED = "established"
    DORMANT = "dormant"
    LOST = "lost"
    PROSPECT = "prospect"


class InvalidWeights(ValueError):
    """A weight is negative or no number, or all are zero."""


@dataclass(frozen=True)
class RfmWeights:
    """Weights of the three scores as an admin enters them; only their proportions count."""

    recency: float = 0.5
    frequency: float = 0.3
    monetary: float = 0.2

    def __post_init__(self) -> None:
        weights = np.array([self.recency, self.frequency, self.monetary], dtype=float)
        if not np.isfinite(weights).all() or (weights < 0).any() or weights.sum() <= 0:
            raise InvalidWeights(f"weights must not be negative and not all zero: {weights.tolist()}")

    def normalised(self) -> NDArray[np.float64]:
        """The weights of R, F and M, shape (3,), divided by their sum."""
        weights = np.array([self.recency, self.frequency, self.monetary], dtype=float)
        shares: NDArray[np.float64] = weights / weights.sum()
        return shares


@dataclass(frozen=True)
class RfmBins:
    """Own cut points, four of each: the first lies between the scores 1 and 2, the last between 4 and 5.

    recency: days, falling; who last bought fewer days ago has the higher score. frequency: purchase days, monetary:
    minor units, both rising; who has more has the higher score. Raises ValueError where they do not fall or rise.
    """

    recency: tuple[int, ...]
    frequency: tuple[int, ...]
    monetary: tuple[int, ...]

    def __post_init__(self) -> None:
        rising = {"recency": self.recency[::-1], "frequency": self.frequency, "monetary": self.monetary}
        for name, cuts in rising.items():
            if len(cuts) != len(SCORES) - 1 or any(later <= earlier for earlier, later in pairwise(cuts)):
                raise ValueError(f"the four cut points of {name} must follow one another: {list(cuts)}")

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(*(tuple(int(cut) for cut in data[name]) for name in DIMENSIONS))


@dataclass(frozen=True)
class RfmParams:
    """What an admin decides. `window_days` None means the whole history, `bins` None fifths of the buyers."""

    window_days: int | None = 365
    weights: RfmWeights = field(default_factory=RfmWeights)
    segment_map: SegmentMap = field(default_factory=SegmentMap)
    new_days: int = 90
    established_days: int = 365
    bins: RfmBins | None = None

    def __post_init__(self) -> None:
        if self.window_days is not None and self.window_days < 1:
            raise ValueError("window_days must be at least 1")
        if not 0 <= self.new_days <= self.established_days:
            raise ValueError("0 <= new_days <= established_days must hold")

    def window_start(self, as_of: date) -> date | None:
        """First day of the window, which has `window_days` days and ends with `as_of`; None without a limit."""
        return None if self.window_days is None else as_of - timedelta(days=self.window_days - 1)

    def to_json(self) -> dict[str, Any]:
        return {
            "window_days": self.window_days,
            "weights": asdict(self.weights),
            "segment_map": self.segment_map.to_json(),
            "new_days": self.new_days,
            "established_days": self.established_days,
            "bins": {name: list(cuts) for name, cuts in asdict(self.bins).items()} if self.bins else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            window_days=data["window_days"],
            weights=RfmWeights(**data["weights"]),
            segment_map=SegmentMap.from_json(data["segment_map"]),
            new_days=data["new_days"],
            established_days=data["established_days"],
            # Runs and settings of earlier versions have none.
            bins=RfmBins.from_json(data["bins"]) if data.get("bins") else None,
        )


@dataclass(frozen=True)
class RfmFit:
    """What a full run learned from its buyers: enough to score any customer alone.

    Cut points are four values of the population each (none without a buyer). A frequency or monetary score is 1 + the
    number of cut points below the value; a recency score is 1 + the number of cut points above the recency in days,
    which counts to this fit's `as_of`.
    """

    as_of: date
    params: RfmParams
    buyers: int
    recency_cuts: tuple[int, ...]
    frequency_cuts: tuple[int, ...]
    monetary_cuts: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "as_of": self.as_of.isoformat(),
            "params": self.params.to_json(),
            "buyers": self.buyers,
            "recency_cuts": list(self.recency_cuts),
            "frequency_cuts": list(self.frequency_cuts),
            "monetary_cuts": list(self.monetary_cuts),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            as_of=date.fromisoformat(data["as_of"]),
            params=RfmParams.from_json(data["params"]),
            buyers=data["buyers"],
            recency_cuts=tuple(data["recency_cuts"]),
            frequency_cuts=tuple(data["frequency_cuts"]),
            monetary_cuts=tuple(data["monetary_cuts"]),
        )


def fit_rfm(customers: pd.DataFrame, *, as_of: date, params: RfmParams) -> RfmFit:
    """Cut points of a population at `as_of`.

    customers: one row per customer with
      customer_id          unique, of any type
      first_purchase_date  day of the first purchase ever; missing if there was none
      last_purchase_date   day of the last purchase ever, not after `as_of`; missing if there was none
      frequency            purchase occasions in the window (same-day orders are one), 0 or more
      monetary             net amount in the window in minor units of the organisation's currency, whole numbers; may be
                           negative where refunds outweigh purchases
    Only those with a purchase in the window (frequency > 0) count. No buyer gives a fit without cut points. Own cut
    points of the parameters are taken as they are.

    Raises `InvalidInput` if a column is missing or breaks the above.

    Source: the quintile scoring of Hughes, "Strategic Database Marketing", by the rule
    score = 1 + floor(5 × share of the population strictly below). Departure: Hughes cuts the sorted list into equal
    fifths and so gives equal customers unequal scores; here ties share a score, and a score may belong to nobody.
    The share below v reaches (s − 1)/5 exactly when v exceeds element number ceil((s − 1)·n/5) of the sorted
    population, s = 2…5: these four elements are the cut points, and the rule stays exact.
    """
    facts = _facts(customers, as_of=as_of)
    buyers = facts[facts["frequency"] > 0]
    if params.bins is not None:
        own = params.bins
        return RfmFit(as_of, params, len(buyers), own.recency, own.frequency, own.monetary)
    return RfmFit(
        as_of=as_of,
        params=params,
        buyers=len(buyers),
        # Fewer days are better: the cut points are those of the negated days.
        recency_cuts=tuple(-cut for cut in cut_points(-buyers["recency_days"].to_numpy(dtype=np.int64))),
        frequency_cuts=cut_points(buyers["frequency"].to_numpy()),
        monetary_cuts=cut_points(buyers["monetary"].to_numpy()),
    )


def score_with(fit: RfmFit, customers: pd.DataFrame, *, as_of: date | None = None) -> pd.DataFrame:
    """Scores, segment and class of each customer by the cut points of `fit`.

    customers: as in `fit_rfm`, any number of rows: the fitted population or one changed customer.
    as_of: the day that recency and tenure are reported for; the fit's own unless given. Scores always measure recency
      to the fit's day, so that a later purchase of one customer does not make everyone else look older.

    Returns a frame in the order of the rows: customer_id, recency_days (Int32), frequency, monetary (int64), r_score,
    f_score, m_score (Int8, 1–5), weighted_score (Float64, 1–5), segment, lifecycle_class, status (codes). Customers
    without a purchase in the window have no scores, and their status as segment; prospects have no recency.

    Raises `InvalidInput` as `fit_rfm` does.
    """
    reported_for = as_of or fit.as_of
    facts = _facts(customers, as_of=reported_for)
    recency_at_fit = facts["recency_days"].fillna(0).to_numpy(dtype=np.int64) - (reported_for - fit.as_of).days
    r_score = _scores(-recency_at_fit, tuple(-cut for cut in fit.recency_cuts))
    f_score = _scores(facts["frequency"].to_numpy(), fit.frequency_cuts)
    m_score = _scores(facts["monetary"].to_numpy(), fit.monetary_cuts)
    second = second_score(f_score, m_score, fit.params.segment_map.second_axis)
    status = _statuses(facts)
    buys = status == Status.BUYER
    weighted = np.column_stack([r_score, f_score, m_score]) @ fit.params.weights.normalised()
    return pd.DataFrame(
        {
            "customer_id": facts["customer_id"],
            "recency_days": facts["recency_days"],
            "frequency": facts["frequency"],
            "monetary": facts["monetary"],
            "r_score": pd.arrays.IntegerArray(r_score, ~buys),
            "f_score": pd.arrays.IntegerArray(f_score, ~buys),
            "m_score": pd.arrays.IntegerArray(m_score, ~buys),
            "weighted_score": pd.arrays.FloatingArray(weighted, ~buys),
            "segment": np.where(buys, fit.params.segment_map.segments_of(r_score, second), status),
            "lifecycle_class": _lifecycle_classes(facts, status, r_score, second, fit.params),
            "status": status,
        }
    )


def bucket_sizes(scores: pd.DataFrame) -> pd.DataFrame:
    """How many buyers each score has, and which values: ties make the fifths unequal.

    scores: frame of `score_with`. Returns 15 rows, dimension (recency, frequency, monetary) × score 1–5: dimension,
    score, customers, lowest, highest (Int64, in days, occasions or minor units; missing for an empty bucket).
    """
    buyers = scores[scores["status"] == Status.BUYER]
    parts = []
    for dimension, value_column in DIMENSIONS.items():
        grouped = buyers.groupby(SCORE_COLUMNS[dimension])[value_column].agg(["size", "min", "max"])
        sizes = grouped.reindex(pd.Index(SCORES, dtype="Int8", name="score")).astype("Int64")
        sizes.columns = pd.Index(["customers", "lowest", "highest"])
        sizes["customers"] = sizes["customers"].fillna(0)
        parts.append(sizes.reset_index().assign(dimension=dimension))
    return pd.concat(parts, ignore_index=True)[["dimension", "score", "customers", "lowest", "highest"]]


def cut_points(values: NDArray[np.int64]) -> tuple[int, ...]:
    """The elements number ceil(s·n/5), s = 1…4, of the sorted values: 1 + how many of them lie below v is v's score."""
    if len(values) == 0:
        return ()
    positions = [-(-s * len(values) // 5) - 1 for s in range(1, 5)]
    return tuple(int(cut) for cut in np.partition(values, positions)[positions])


def _scores(values: NDArray[np.int64], cuts: tuple[int, ...]) -> NDArray[np.int8]:
    return (1 + np.searchsorted(np.array(cuts, dtype=np.int64), values, side="left")).astype(np.int8)


def second_score(f_score: NDArray[np.int8], m_score: NDArray[np.int8], axis: SecondAxis) -> NDArray[np.int8]:
    """What stands beside the recency score on the map, shape (n,)."""
    return f_score if axis == SecondAxis.FREQUENCY else ((f_score + m_score + 1) // 2).astype(np.int8)


def _statuses(facts: pd.DataFrame) -> NDArray[np.object_]:
    conditions = [(facts["frequency"] > 0).to_numpy(), facts["recency_days"].notna().to_numpy()]
    codes = np.array([Status.BUYER.value, Status.LAPSED_BEFORE_WINDOW.value, Status.PROSPECT.value], dtype=object)
    statuses: NDArray[np.object_] = codes[np.select(conditions, [0, 1], default=2)]
    return statuses


def _lifecycle_classes(
    facts: pd.DataFrame,
    status: NDArray[np.object_],
    r_score: NDArray[np.int8],
    second_score: NDArray[np.int8],
    params: RfmParams,
) -> NDArray[np.object_]:
    """The first rule that holds gives the class: the order of the list is the definition."""
    tenure_days = facts["tenure_days"].fillna(0).to_numpy(dtype=np.int64)
    rules = [
        (status == Status.PROSPECT, LifecycleClass.PROSPECT),
        (tenure_days < params.new_days, LifecycleClass.NEW),
        (status == Status.LAPSED_BEFORE_WINDOW, LifecycleClass.LOST),
        ((r_score == 1) & (second_score == 1), LifecycleClass.LOST),
        (r_score <= 2, LifecycleClass.DORMANT),
        (tenure_days >= params.established_days, LifecycleClass.ESTABLISHED),
    ]
    codes = np.array([*(code.value for _, code in rules), LifecycleClass.ACTIVE.value], dtype=object)
    first = np.select([holds for holds, _ in rules], range(len(rules)), default=len(rules))
    classes: NDArray[np.object_] = codes[first]
    return classes


def _facts(customers: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """The input, checked, with days since the dates: customer_id, recency_days, tenure_days, frequency, monetary."""
    missing = [column for column in INPUT_COLUMNS if column not in customers.columns]
    if missing:
        raise InvalidInput(f"missing columns: {', '.join(missing)}")
    facts = pd.DataFrame(
        {
            "customer_id": customers["customer_id"].to_numpy(),
            "recency_days": _days_since(customers["last_purchase_date"], as_of),
            "tenure_days": _days_since(customers["first_purchase_date"], as_of),
            "frequency": _whole_numbers(customers["frequency"]),
            "monetary": _whole_numbers(customers["monetary"]),
        }
    )
    faults = {
        "customer_id occurs twice": facts["customer_id"].duplicated(),
        "last purchase after as_of": facts["recency_days"] < 0,
        "first purchase after the last": facts["tenure_days"] < facts["recency_days"],
        "only one of first and last purchase": facts["tenure_days"].isna() != facts["recency_days"].isna(),
        "negative frequency": facts["frequency"] < 0,
        "frequency without a purchase date": (facts["frequency"] > 0) & facts["recency_days"].isna(),
    }
    found = [f"{fault}: {int(rows.sum())} rows" for fault, rows in faults.items() if rows.any()]
    if found:
        raise InvalidInput("; ".join(found))
    return facts


def _days_since(dates: pd.Series[Any], as_of: date) -> NDArray[Any] | pd.api.extensions.ExtensionArray:
    days = (pd.Timestamp(as_of) - pd.to_datetime(dates).dt.normalize()).dt.days
    return days.astype("Int32").array


def _whole_numbers(column: pd.Series[Any]) -> NDArray[np.int64]:
    """The column as int64. DuckDB hands out sums of integers as doubles: those pass as long as they are exact."""
    if column.isna().any():
        raise InvalidInput(f"{column.name}: missing values")
    if pd.api.types.is_integer_dtype(column.dtype):
        return column.to_numpy(dtype=np.int64)
    values = column.to_numpy(dtype=np.float64)
    if not (np.abs(values) < _EXACT_INTEGER_LIMIT).all() or (values != np.rint(values)).any():
        raise InvalidInput(f"{column.name}: not whole numbers (amounts are counted in minor units)")
    return values.astype(np.int64)
