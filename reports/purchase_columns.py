"""What chosen customers bought and how often, counted file by file out of the columns beside the facts.

Each says the same as the statement of `reports.purchase_frames` that is asked where it raises NoColumns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.buyer_columns import FIRST, SPENT, TIMES, Buyers, Purchases, purchases_by_file
from analytics.snapshot_columns import Mask, NoColumns, number_of_day
from reports.semantics.cells import Division
from reports.semantics.different import DifferentCustomers
from reports.semantics.facts import ScopedFacts

Numbers = NDArray[np.int64]


def buyers_by_period(facts: ScopedFacts, starts: Sequence[dt.date]) -> pd.DataFrame:
    """Of every period: start, buyers."""
    division = Division(facts.scope.since, facts.scope.until, starts)
    period_of, first = division.period_of, number_of_day(facts.scope.since)
    different = DifferentCustomers(len(starts), np.zeros(1, dtype=np.int64), 1)
    for each in _purchases(facts, facts.scope.since, facts.scope.until):
        different.add(each.ids, period_of[each.days.astype(np.int64) - first])
    return pd.DataFrame({"start": starts, "buyers": different.counts().ravel()})


def spent_and_times(facts: ScopedFacts) -> tuple[Numbers, Numbers, Numbers]:
    """Of each buyer, in the order of their ids: the id, what was spent, how many purchases it was spent in."""
    scope, mask = facts.scope, _mask(facts)
    manifest, days = facts.facts.manifest, (scope.since, scope.until)
    buyers = Buyers.between(facts.engine, manifest, *days, as_of=facts.as_of, of=(TIMES, SPENT))
    ids = np.flatnonzero(buyers.numbers[TIMES])
    ids = ids[mask.take(ids, mode="clip")]
    return ids, buyers.numbers[SPENT][ids], buyers.numbers[TIMES][ids].astype(np.int64)


def top_customers(facts: ScopedFacts, most: int) -> pd.DataFrame:
    """customer_id, orders, spent_minor, the most spent first; with whole_minor and buyers of all."""
    ids, spent, times = spent_and_times(facts)
    least = np.partition(spent, -most)[-most] if len(spent) > most else spent.min(initial=0)
    places = np.flatnonzero(spent >= least)
    places = places[np.argsort(-spent[places], kind="stable")][:most]
    columns = {"customer_id": ids[places], "orders": times[places], "spent_minor": spent[places]}
    return pd.DataFrame(columns).assign(whole_minor=spent.sum(), buyers=len(ids))


def concentration(facts: ScopedFacts, *, most: int, fewest: int) -> pd.DataFrame:
    """part, customers, spent_minor, least_minor, last_id of so many parts at most, of no fewer than `fewest`."""
    ids, spent, _times = spent_and_times(facts)
    order = np.argsort(-spent, kind="stable")
    ids, spent = ids[order], spent[order]
    parts = np.arange(len(ids)) * min(most, len(ids) // fewest) // max(len(ids), 1)
    if min(most, len(ids) // fewest) < 1:
        parts = parts[:0]
    begins = np.flatnonzero(np.diff(parts, prepend=-1))
    ends = np.append(begins[1:], len(parts))
    columns = {
        "part": parts[begins],
        "customers": ends - begins,
        "spent_minor": np.add.reduceat(spent, begins) if len(begins) else spent[:0],
        "least_minor": spent[ends - 1] if len(begins) else spent[:0],
        "last_id": ids[ends - 1] if len(begins) else ids[:0],
    }
    return pd.DataFrame(columns)


def purchase_counts(facts: ScopedFacts) -> pd.DataFrame:
    """times, customers."""
    _ids, _spent, times = spent_and_times(facts)
    customers = np.bincount(times)
    found = np.flatnonzero(customers)
    return pd.DataFrame({"times": found, "customers": customers[found]})


def cohorts(facts: ScopedFacts, since: dt.date) -> pd.DataFrame:
    """cohort, months, customers, spent_minor of those whose first purchase lies in or after `since`."""
    month_of = _months(since, facts.as_of)
    first = Buyers.ever(facts.engine, facts.facts.manifest, FIRST, as_of=facts.as_of).numbers[FIRST]
    is_in = (first >= number_of_day(since)) & (first <= number_of_day(facts.scope.until))
    months = int(month_of[-1]) + 1
    cohort_of = np.full(len(first), months, dtype=np.int64)  # the last one is nobody's
    cohort_of[is_in] = month_of[first[is_in] - number_of_day(since)]
    different = DifferentCustomers(months, cohort_of, months + 1)
    spent = np.zeros((months, months + 1), dtype=np.int64)
    for each in _purchases(facts, since, facts.as_of):
        then = month_of[each.days.astype(np.int64) - number_of_day(since)]
        different.add(each.ids, then)
        np.add.at(spent.ravel(), then * (months + 1) + cohort_of.take(each.ids, mode="clip"), each.left)
    counts = different.counts()
    cohort, then = np.nonzero(counts.T[:months])
    firsts = pd.period_range(since, periods=months, freq="M").start_time.date
    return pd.DataFrame(
        {
            "cohort": firsts[cohort],
            "months": (then - cohort).astype(np.int32),
            "customers": counts[then, cohort],
            "spent_minor": spent[then, cohort],
        }
    )


def _mask(facts: ScopedFacts) -> Mask:
    mask = facts.mask
    if mask is None:
        raise NoColumns
    return mask


def _purchases(facts: ScopedFacts, since: dt.date, until: dt.date) -> Iterator[Purchases]:
    return purchases_by_file(facts.engine, facts.facts.manifest, since, until, as_of=facts.as_of, whom=_mask(facts))


def _months(since: dt.date, until: dt.date) -> Numbers:
    """Of each day the month, counted from the first."""
    days = pd.date_range(since, until)
    return ((days.year - since.year) * 12 + days.month - since.month).to_numpy(dtype=np.int64)
