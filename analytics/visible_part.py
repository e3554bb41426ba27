"""Facts about those customers alone whom one person sees.

Who owns a customer is asked of PostgreSQL at this moment, never of the snapshot: somebody who was given another
customer's place sees other sums at once, whatever day the facts are of.
"""

from __future__ import annotations

import pandas as pd

from accounts.visibility import Sight
from analytics.features import Facts
from analytics.many_ids import numbers_of
from analytics.models import DailyFigure, Run
from analytics.snapshot import FilesMissing, open_facts


def customers_sql(sight: Sight) -> str:
    """A subquery for the ids of the customers whom the person sees, deleted ones too: what they bought was sold."""
    condition, ids = sight.condition("seen")
    numbers = [str(int(number)) for number in ids if number is not None]
    return f"SELECT seen.id FROM customers_customer AS seen WHERE {condition % tuple(numbers)}"  # noqa: S608 - numbers


def customer_ids(sight: Sight) -> pd.DataFrame:
    """The same as a frame with the one column `customer_id`."""
    return pd.DataFrame(numbers_of(customers_sql(sight), ("customer_id",)), copy=False)


def daily(run: Run, sight: Sight) -> pd.DataFrame:
    """The rows of a daily run (see `DailyFigure`) as its analysis would have made them of the seen customers alone.

    Empty where the facts of the run are not kept any more.
    """
    nothing = pd.DataFrame(columns=[field.name for field in DailyFigure._meta.concrete_fields])
    if run.manifest is None:
        return nothing
    try:
        with open_facts(run.manifest, among=customer_ids(sight)) as engine:
            return Facts(engine, as_of=run.as_of).daily()
    except FilesMissing:
        return nothing
