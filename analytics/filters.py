"""Filter expressions over a snapshot: the same customers as `customers.filters.apply` chooses in PostgreSQL.

What lies in the snapshot is compared there; names, e-mails, tags, custom fields, scores and whatever else it does not
hold are asked of PostgreSQL, which hands over the ids. Every piece of SQL made here is true or false of a customer,
never NULL: NOT around it is its complement, as it is there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import singledispatchmethod
from typing import Any

import numpy as np
import pandas as pd
from django.db.models import QuerySet

from accounts.visibility import Sight
from analytics import features
from analytics.buyer_columns import FIRST, LAST, TIMES, Buyers
from analytics.engine import Engine
from analytics.folded_texts import like
from analytics.many_ids import IdArray, ids_of
from analytics.models import SnapshotManifest
from analytics.snapshot_columns import Mask, NoColumns
from customers.filters import Expression, authorise, kinds
from customers.filters.compiling import condition, log_masked_search, moment_of
from customers.filters.conditions import Bought, Did, NoContactFor, Period, contact_sources
from customers.filters.expression import AllOf, AnyOf, Comparison, Condition, Moment, Not, RelativeDay
from customers.filters.purchases import category_with_parts
from customers.models import Customer
from customers.querysets import CustomerQuerySet


def customer_ids(
    engine: Engine,
    expression: Expression,
    *,
    sight: Sight,
    today: dt.date | None = None,
    manifest: SnapshotManifest | None = None,
) -> IdArray:
    """Ids of those who match, in their order; see `define_customers`."""
    define_customers(engine, "filtered_customers", expression, sight=sight, today=today, manifest=manifest)
    return np.sort(engine.numbers("SELECT customer_id FROM filtered_customers"))


def define_customers(
    engine: Engine,
    name: str,
    expression: Expression,
    *,
    sight: Sight,
    today: dt.date | None = None,
    manifest: SnapshotManifest | None = None,
) -> None:
    """Let later statements select `customer_id` from `name`: who matches and is seen by the person at this moment.

    engine: one of `analytics.snapshot.open_facts`; with its `manifest` purchases are counted sooner. name: a constant
    of the caller. Raises MaskedField where the person may not ask this; a search for a masked value is logged.
    """
    authorise(expression, sight)
    log_masked_search(expression, sight)
    compiled = _Compiler(engine, name, moment_of(today), Customer.objects.live(), manifest)
    where = compiled.sql(expression)
    visible = compiled.seen_by(sight)
    compiled.define(f"{visible} AND {where}")


def define_those_of_then(
    engine: Engine, name: str, expression: Expression, moment: Moment, *, manifest: SnapshotManifest
) -> None:
    """The same of who was there when the facts were read, whoever sees them and whatever has become of them since."""
    compiled = _Compiler(engine, name, moment, Customer.objects.all(), manifest)
    compiled.define(compiled.sql(expression))


@dataclass(frozen=True)
class Held:
    """A value of a customer. `blank`: an empty text is no value. `folded`: compared without case and accents, as a name
    is. `of_buyer`: what `Buyers` call it. `of_orders`: each order `o` has one, and one suffices."""

    sql: str
    blank: bool = False
    folded: bool = False
    of_buyer: str = ""
    of_orders: bool = False


# What the snapshot holds of the fields; of the others PostgreSQL knows.
HELD: dict[str, Held] = {
    "kind": Held("c.kind"),
    "lifecycle": Held("c.lifecycle"),
    "sex": Held("c.sex", blank=True),
    "owner": Held("c.owner_id"),
    "team": Held("c.team_id"),
    "country": Held("c.country", blank=True),
    "region": Held("c.region", blank=True, folded=True),
    "source": Held("c.source", blank=True, folded=True),
    "customer_since": Held("c.since_date"),
    # Of which the snapshot has the year alone; see `_is_of_years`.
    "birth_date": Held("make_date(c.birth_year, 1, 1)"),
    "first_order": Held("b.first_date", of_buyer=FIRST),
    "last_order": Held("b.last_date", of_buyer=LAST),
    "orders": Held("coalesce(b.purchases, 0)", of_buyer=TIMES),
    "channel": Held("o.channel", blank=True, of_orders=True),
}

# For each kind of contact that the snapshot knows, the customers who had one between two days.
CONTACTS = {
    "orders": "SELECT customer_id FROM orders WHERE kind = 'sale' AND customer_id IS NOT NULL"
    " AND ordered_date > {after} AND ordered_date <= {until}",
    "events": "SELECT customer_id FROM events WHERE customer_id IS NOT NULL"
    " AND occurred_date > {after} AND occurred_date <= {until}",
}

COMPARED = {
    kinds.IS: "=",
    kinds.IS_NOT: "<>",
    kinds.LESS: "<",
    kinds.AT_MOST: "<=",
    kinds.MORE: ">",
    kinds.AT_LEAST: ">=",
}


class _Compiler:
    """One expression as SQL of the engine over `c` (customer_dim) and `b` (buyers); values only as parameters."""

    def __init__(
        self,
        engine: Engine,
        name: str,
        moment: Moment,
        customers: CustomerQuerySet,
        manifest: SnapshotManifest | None = None,
    ) -> None:
        self.params: dict[str, Any] = {}
        self._engine, self._name, self._moment = engine, name, moment
        self._customers, self._manifest = customers, manifest
        self._sets = 0
        self._counts: dict[tuple[dt.date | None, dt.date, tuple[int, ...] | None], Buyers | None] = {}
        self._has_purchases = self._has_buyers = False

    def define(self, where: str) -> None:
        buyers = f" LEFT JOIN {self._buyers} AS b ON b.customer_id = c.customer_id" if self._has_buyers else ""
        self._engine.define(
            self._name,
            f"SELECT c.customer_id FROM customer_dim AS c{buyers} WHERE c.is_live AND {where}",  # noqa: S608 - ours
            self.params,
        )

    def sql(self, expression: Expression) -> str:
        if isinstance(expression, AllOf | AnyOf):
            return self._joined(expression)
        if isinstance(expression, Not):
            return f"NOT {self.sql(expression.part)}"
        if not is_held(expression):
            return self._asked(expression)
        if isinstance(expression, Comparison):
            return self._comparison(HELD[expression.field], expression)
        return self._condition(expression)

    def ids(self, customers: QuerySet[Any, Any]) -> str:
        """True of these customers of PostgreSQL, whose ids are handed to the engine."""
        self._sets += 1
        table = f"{self._name}_{self._sets}"
        self._engine.define_frame(table, pd.DataFrame({"customer_id": ids_of(customers)}))
        return f"(c.customer_id IN (SELECT customer_id FROM {table}))"  # noqa: S608 - a name of ours

    def _true_of(self, mask: Mask) -> str:
        self._sets += 1
        name = f"{self._name}_{self._sets}"
        self._engine.define_is_in(name, mask)
        return f"{name}(c.customer_id)"

    def seen_by(self, sight: Sight) -> str:
        """True of those of the snapshot's live customers who are alive by now and seen. Whoever sees all is told who
        has gone since, who are few: rows of customers are marked, and never removed."""
        if not sight.sees_all:
            return self.ids(Customer.objects.live().visible_to(sight))
        gone = [Customer.objects.filter(deleted_at__isnull=False), Customer.objects.archived()]
        return " AND ".join(f"NOT {self.ids(customers)}" for customers in gone)

    def _joined(self, expression: AllOf | AnyOf) -> str:
        """What PostgreSQL is asked, it is asked at once."""
        of_all = isinstance(expression, AllOf)
        held = [part for part in expression.parts if is_held(part)]
        asked = [part for part in expression.parts if not is_held(part)]
        pieces = [self.sql(part) for part in held]
        pieces += [self._asked(type(expression)(tuple(asked)))] if asked else []
        if not pieces:
            return "TRUE" if of_all else "FALSE"
        return f"({(' AND ' if of_all else ' OR ').join(pieces)})"

    def _asked(self, expression: Expression) -> str:
        return self.ids(self._customers.filter(condition(expression, self._moment)))

    def _param(self, value: Any) -> str:
        name = f"p{len(self.params)}"
        self.params[name] = value
        return f"${name}"

    # --- fields

    def _comparison(self, held: Held, comparison: Comparison) -> str:
        if held.of_buyer and (buyers := self._ever(held.of_buyer)):
            return self._of_buyers(buyers, held.of_buyer, comparison)
        self._has_buyers |= bool(held.of_buyer)
        present = f"{held.sql} IS NOT NULL" + (f" AND {held.sql} <> ''" if held.blank else "")
        if comparison.op == kinds.EMPTY:
            return f"(NOT {self._true_where(present, held)})"
        value = self._resolved(comparison.value)
        if held.folded:
            matching = like(self._texts(held), comparison.op, _listed(value))
            listed = f"list_contains(CAST({self._param(matching)} AS VARCHAR[]), {held.sql})" if any(matching) else ""
            return f"({present} AND {listed or 'FALSE'})"
        return self._true_where(f"{present} AND {self._compared(held.sql, comparison.op, value)}", held)

    def _true_where(self, condition: str, held: Held) -> str:
        """Of the customer, or of any of their orders."""
        if not held.of_orders:
            return f"({condition})"
        sales = f"o.kind = 'sale' AND o.customer_id IS NOT NULL AND o.ordered_date <= {self._param(self._moment.today)}"
        return f"(c.customer_id IN (SELECT o.customer_id FROM orders AS o WHERE {sales} AND {condition}))"  # noqa: S608

    def _compared(self, sql: str, op: str, value: Any) -> str:
        if op == kinds.BETWEEN:
            return f"{sql} BETWEEN {self._param(value[0])} AND {self._param(value[1])}"
        if op == kinds.IN:
            return f"list_contains({self._param(list(value))}, {sql})"
        return f"{sql} {COMPARED[op]} {self._param(value)}"

    def _of_buyers(self, buyers: Buyers, name: str, comparison: Comparison) -> str:
        """The same by a mask. Its last place is nobody's, so what is true there is true of whoever never bought."""
        given = _listed(self._resolved(comparison.value))
        mask = buyers.where(name, comparison.op, given)
        return f"(NOT {self._true_of(~mask)})" if mask[-1] else self._true_of(mask)

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(self._resolved, value))
        return value.on(self._moment.today) if isinstance(value, RelativeDay) else value

    def _texts(self, held: Held) -> list[str]:
        return [text for (text,) in self._engine.rows(f"SELECT DISTINCT {held.sql} FROM customer_dim AS c")]  # noqa: S608

    # --- purchases

    @property
    def _purchases(self) -> str:
        """Worked out for each condition, so that the files of its days alone are read."""
        name = f"{self._name}_purchases"
        if not self._has_purchases:
            sales = (features.FOLDER / "sales.sql").read_text()
            self._engine.define_view(
                name,
                f"SELECT order_id, customer_id, ordered_date FROM ({sales}\n) AS sales WHERE is_purchase",  # noqa: S608
                as_of=self._moment.today,
            )
            self._has_purchases = True
        return name

    @property
    def _buyers(self) -> str:
        name = f"{self._name}_buyers"
        self._engine.define(
            name,
            "SELECT customer_id, min(ordered_date) AS first_date, max(ordered_date) AS last_date,"  # noqa: S608
            f" count(*) AS purchases FROM {self._purchases} GROUP BY customer_id",
        )
        return name

    def _ever(self, name: str) -> Buyers | None:
        if self._manifest is None:
            return None
        with suppress(NoColumns):
            return Buyers.ever(self._engine, self._manifest, name, as_of=self._moment.today)
        return None

    def _counted(self, since: dt.date | None, until: dt.date, products: Sequence[int] | None = None) -> Buyers | None:
        """None where they have to be counted out of the facts."""
        asked = since, until, None if products is None else tuple(products)
        if asked not in self._counts:
            self._counts[asked] = self._count(*asked)
        return self._counts[asked]

    def _count(self, since: dt.date | None, until: dt.date, products: Sequence[int] | None) -> Buyers | None:
        if self._manifest is None:
            return None
        days = since or dt.date.min, until
        with suppress(NoColumns):
            return Buyers.between(self._engine, self._manifest, *days, as_of=self._moment.today, products=products)
        return None

    def _products(self, asked: Bought) -> list[int] | None:
        """Those that it is about; None: all."""
        if asked.category is None:
            return None if asked.product is None else [asked.product]
        sql = "SELECT product_id FROM products WHERE list_contains($categories, category_id)"
        categories = list(category_with_parts(asked.category))
        return [product for (product,) in self._engine.rows(sql, {"categories": categories})]

    # --- conditions

    @singledispatchmethod
    def _condition(self, asked: Condition) -> str:
        raise TypeError(f"a snapshot cannot be asked for {type(asked).__name__}")

    @_condition.register
    def _bought(self, asked: Bought) -> str:
        if buyers := self._counted(*asked.period.limits(self._moment), self._products(asked)):
            return self._true_of(buyers.numbers[TIMES] >= max(asked.times, 1))
        lines = ""
        if asked.product is not None:
            lines = f"SELECT order_id FROM lines WHERE product_id = {self._param(asked.product)}"  # noqa: S608
        elif asked.category is not None:
            categories = self._param(list(category_with_parts(asked.category)))
            lines = (
                "SELECT order_id FROM lines JOIN products USING (product_id)"  # noqa: S608 - parameters
                f" WHERE list_contains({categories}, category_id)"
            )
        rows = f"{self._purchases} WHERE {self._within('ordered_date', asked.period)}"
        return self._often(rows + (f" AND order_id IN ({lines})" if lines else ""), asked.times)

    @_condition.register
    def _did(self, asked: Did) -> str:
        of_product = "" if asked.product is None else f" AND product_id = {self._param(asked.product)}"
        kind = f"kind = {self._param(asked.event)}"
        rows = f"events WHERE customer_id IS NOT NULL AND {kind} AND {self._within('occurred_date', asked.period)}"
        return self._often(f"{rows}{of_product}", asked.times)

    @_condition.register
    def _no_contact(self, asked: NoContactFor) -> str:
        after, until = self._param(asked.silent_since(self._moment)), self._param(self._moment.today)
        found = " UNION ALL ".join(CONTACTS[source.key].format(after=after, until=until) for source in contact_sources)
        return f"(c.customer_id NOT IN ({found}))"

    def _often(self, rows: str, times: int) -> str:
        grouped = f"SELECT customer_id FROM {rows} GROUP BY customer_id HAVING count(*) >= {self._param(times)}"  # noqa: S608
        return f"(c.customer_id IN ({grouped}))"

    def _within(self, day: str, period: Period) -> str:
        since, until = period.limits(self._moment)
        within = f"{day} <= {self._param(until)}"
        return f"{within} AND {day} >= {self._param(since)}" if since else within


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, tuple) else (value,)


def is_held(expression: Expression) -> bool:
    """Whether the engine can say anything of it by itself."""
    if isinstance(expression, AllOf | AnyOf):
        return not expression.parts or any(map(is_held, expression.parts))
    if isinstance(expression, Not):
        return is_held(expression.part)
    if isinstance(expression, Comparison):
        return expression.field in HELD and (expression.field != "birth_date" or _is_of_years(expression))
    if isinstance(expression, NoContactFor):
        return all(source.key in CONTACTS for source in contact_sources)
    return isinstance(expression, Bought | Did)


def _is_of_years(comparison: Comparison) -> bool:
    """Whether the year of birth says it, so that its first day can stand for all of it."""
    ends = {kinds.LESS: (1,), kinds.AT_LEAST: (1,), kinds.MORE: (12,), kinds.AT_MOST: (12,), kinds.BETWEEN: (1, 12)}
    days = comparison.value if isinstance(comparison.value, tuple) else (comparison.value,)
    months = ends.get(comparison.op, ())
    return comparison.op == kinds.EMPTY or (
        len(days) == len(months)
        and all(
            isinstance(day, dt.date) and (day.month, day.day) == (month, 1 if month == 1 else 31)
            for day, month in zip(days, months, strict=True)
        )
    )
