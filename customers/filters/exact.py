"""Sets of customers by what they did, which the database cannot count within a page: an app above that has read the
facts before says who matched then, and whose facts have changed since."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from django.db.models import BooleanField, F, Func, Q
from django.db.models import Value as Constant

from core.id_sets import IdArray, Mask
from customers.filters.expression import Leaf, Moment
from customers.filters.sources import OneOf
from customers.models import Customer

# So many are asked in one statement: for more it would read the orders of everybody.
FEW = 1_000


@dataclass(frozen=True, eq=False)
class ReadBefore:
    """True at the places of the ids of all who matched, of customers who were there or are; this is the reader's own to
    change. Of the `changed`, each named once, it does not tell."""

    mask: Mask
    changed: IdArray


# Each says nothing of leaves and moments of which it cannot tell.
readers: list[Callable[[Leaf, Moment], ReadBefore | None]] = []
# Each says, without a query, of which leaves a reader tells sooner than the database has read their sets.
sooner: list[Callable[[Leaf], bool]] = []


def is_told_sooner(leaf: Leaf) -> bool:
    return any(tells(leaf) for tells in sooner)


class OneByOne(Func):
    """A condition that each row is asked as it comes by: EXISTS does not become a join with the rows of everybody."""

    template = "(%(expressions)s) IS TRUE"
    output_field = BooleanField()


def exact_mask(leaf: Leaf, moment: Moment, asked: Q) -> Mask | None:
    """True at the places of the ids of all of whom it is true at this moment, whoever sees them and whatever became of
    them; None where only the database can tell. `asked`: the same as a condition on customers."""
    for read in readers:
        found = read(leaf, moment)
        if found is not None:
            return _brought_up_to_date(found, asked)
    return None


def _brought_up_to_date(found: ReadBefore, asked: Q) -> Mask:
    mask, changed = found.mask, found.changed
    if not len(changed):
        return mask
    mask = np.pad(mask, (0, max(int(changed.max()) + 1 - len(mask), 0)))
    mask[changed] = False
    holds = Q(OneByOne(asked))
    for few in np.array_split(changed, len(changed) // FEW + 1):
        among = Customer.objects.filter(holds, OneOf(F("pk"), Constant(few.tolist())))
        mask[list(among.values_list("pk", flat=True))] = True
    return mask
