"""Of whom calibrations are: the customers that a run was judged on, or that an outcome is of, with what was said of
each and what came. So the tenths of any of them can be told, and who is in each.

They are one value beside the run, some five bytes a customer, since a picture is drawn from all of them at once.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from analytics.many_ids import IdArray, ids_of
from analytics.models import ForecastOutcome, JudgedCustomers, Run
from customers.models import Customer

FloatArray = NDArray[np.float64]
Place = tuple[int, int]

# In whole ones of which what was said is compared, so that it is the same in an address.
PARTS = 10**9
TENTHS = 10
# As the value holds them, column after column: how far each id is from the one before, what was said, what came.
COLUMNS = ("<i8", "<f4", "<f4")
ROW_BYTES = sum(np.dtype(column).itemsize for column in COLUMNS)
# More than that takes longer for a twentieth less.
COMPRESSION = 3


@dataclass(frozen=True)
class Tenth:
    """Means of what was said and of what came. first, last: the places of its ends in the order of all, each what was
    said, in PARTS, and of equals the number of the customer."""

    said: float
    came: float
    cases: int
    first: Place
    last: Place


@dataclass(frozen=True, eq=False)
class Judgement:
    """customers: each once, ascending. said: in PARTS. came: shape (n,) as the others."""

    customers: IdArray
    said: IdArray
    came: FloatArray

    @classmethod
    def of(cls, customers: IdArray, said: NDArray[Any], came: NDArray[Any]) -> Self:
        order = np.argsort(customers)
        return cls._of_columns(customers[order], said[order].astype("<f4"), came[order].astype("<f4"))

    @classmethod
    def from_bytes(cls, content: bytes | memoryview) -> Self:
        held = zlib.decompress(content)
        count, start, columns = len(held) // ROW_BYTES, 0, []
        for column in COLUMNS:
            columns.append(np.frombuffer(held, dtype=column, count=count, offset=start))
            start += columns[-1].nbytes
        return cls._of_columns(np.cumsum(columns[0], dtype=np.int64), *columns[1:])

    @classmethod
    def _of_columns(cls, customers: IdArray, said: NDArray[Any], came: NDArray[Any]) -> Self:
        return cls(customers, np.rint(said.astype(np.float64) * PARTS).astype(np.int64), came.astype(np.float64))

    def to_bytes(self) -> bytes:
        columns = (np.diff(self.customers, prepend=0), self.said / PARTS, self.came)
        held = [values.astype(column).tobytes() for values, column in zip(columns, COLUMNS, strict=True)]
        return zlib.compress(b"".join(held), COMPRESSION)

    def __len__(self) -> int:
        return len(self.customers)

    def among(self, ids: IdArray) -> Judgement:
        return self._only(np.isin(self.customers, ids))

    def without(self, ids: IdArray) -> Judgement:
        return self._only(np.isin(self.customers, ids, invert=True))

    def tenths(self) -> list[Tenth]:
        """In the order of what was said, the least first; fewer where there are not so many customers."""
        order = np.lexsort((self.customers, self.said))
        return [
            Tenth(
                said=float(self.said[rows].mean()) / PARTS,
                came=float(self.came[rows].mean()),
                cases=len(rows),
                first=self._place(rows[0]),
                last=self._place(rows[-1]),
            )
            for rows in np.array_split(order, TENTHS)
            if len(rows)
        ]

    def between(self, first: Place, last: Place) -> IdArray:
        """The customers of a tenth, whoever else there is by now."""
        (least, first_id), (most, last_id) = first, last
        is_behind = (self.said > least) | (self.said == least) & (self.customers >= first_id)
        is_before = (self.said < most) | (self.said == most) & (self.customers <= last_id)
        found: IdArray = self.customers[is_behind & is_before]
        return found

    def _place(self, row: int) -> Place:
        return int(self.said[row]), int(self.customers[row])

    def _only(self, rows: NDArray[np.bool_]) -> Judgement:
        return Judgement(self.customers[rows], self.said[rows], self.came[rows])


def keep(judgement: Judgement, *, run: Run, forecast: str = "") -> None:
    """With a run or an outcome, but for who has objected to profiling meanwhile: the caller has taken the turn that
    `customers.consent.take_turn` gives."""
    left = judgement.without(ids_of(Customer.objects.filter(profiling_objected_at__isnull=False)))
    JudgedCustomers.objects.create(run=run, forecast=forecast, customers=len(left), content=left.to_bytes())


def judgement_of(run_id: int, forecast: str = "") -> Judgement | None:
    content = JudgedCustomers.objects.filter(run=run_id, forecast=forecast).values_list("content", flat=True).first()
    return None if content is None else Judgement.from_bytes(content)


def take_out(customer_ids: Sequence[int]) -> int:
    """These customers of all that is kept; of how many judgements. Each is read whole: nobody waits who is in none."""
    gone, taken_of = np.array(customer_ids, dtype=np.int64), 0
    for pk in JudgedCustomers.objects.order_by("pk").values_list("pk", flat=True):
        rows = JudgedCustomers.objects.filter(pk=pk)
        if any(np.isin(gone, Judgement.from_bytes(row.content).customers).any() for row in rows):
            with transaction.atomic():
                for row in rows.select_for_update():
                    left = Judgement.from_bytes(row.content).without(gone)
                    taken_of += rows.update(customers=len(left), content=left.to_bytes())
    return taken_of


def collect(*, kept_outcomes: int) -> None:
    """Those of runs that no chart is drawn from any more, and of outcomes but the latest of each forecast."""
    shown = Run.objects.filter(status=Run.Status.PUBLISHED)
    teachers = shown.filter(learned_by__isnull=False).values("learned_by")
    proofs = JudgedCustomers.objects.filter(forecast="")
    proofs.exclude(run__in=shown.values("pk")).exclude(run__in=teachers).delete()
    of_outcomes = JudgedCustomers.objects.exclude(forecast="")
    for analysis, forecast in of_outcomes.values_list("run__analysis", "forecast").distinct():
        outcomes = ForecastOutcome.objects.filter(run__analysis=analysis, forecast=forecast)
        latest = outcomes.order_by("-until", "-pk").values_list("run_id", flat=True)[:kept_outcomes]
        of_outcomes.filter(run__analysis=analysis, forecast=forecast).exclude(run__in=list(latest)).delete()
