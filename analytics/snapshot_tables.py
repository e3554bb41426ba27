"""What a snapshot holds: the tables of facts, by month, and the small whole tables beside them.

Nothing here names a person: no name but that of products, no address line, e-mail or phone leaves PostgreSQL. The one
free text of customers that does, what is written in profiles, stands in a table of its own (`texts`), which only models
read. Decimals always have a scale, since the engine reads a bare `numeric` as a double.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A table read as a whole. `columns`: for each name its type in the engine and its expression in PostgreSQL.

    Only a mark of the kinds `marked_by` has it read again.
    """

    name: str
    source: str
    columns: Mapping[str, tuple[str, str]]
    marked_by: tuple[str, ...]

    @property
    def types(self) -> dict[str, str]:
        return {name: kind for name, (kind, _) in self.columns.items()}

    @property
    def select(self) -> str:
        return f"SELECT {self._values()} FROM {self.source}"  # noqa: S608 - constants of this module

    def _values(self) -> str:
        return ", ".join(f"{expression} AS {name}" for name, (_, expression) in self.columns.items())


@dataclass(frozen=True)
class FactTable(Table):
    """Facts by the month of their `day`, an indexed column: only marked months, and new rows, are read again.

    `key`: what marks of new rows count. Their kind is the table's name.
    """

    day: str
    key: str

    def between(self, start: dt.date | None, end: dt.date | None) -> str:
        """The statement for the days from `start` until before `end`, None being no limit."""
        _, day = self.columns[self.day]
        return f"{self.select} WHERE {_within(day, start, end)}"

    def within(self, start: dt.date | None, end: dt.date | None) -> str:
        """The same days as a condition of the engine on rows that are read."""
        return _within(self.day, start, end)

    def among(self, ids: Sequence[range]) -> str:
        """The statement for the rows with these keys, which are near one another: new ones."""
        first, last = min(each.start for each in ids), max(each.stop for each in ids) - 1
        listed = ",".join(f"[{each.start},{each.stop})" for each in ids)
        # The two limits find the rows by the key's index; the many ranges are searched, not tried one by one.
        within = f"{self.key} BETWEEN {first} AND {last} AND {self.key} <@ '{{{listed}}}'::int8multirange"
        return f"{self.select} WHERE {within}"


def _within(day: str, start: dt.date | None, end: dt.date | None) -> str:
    limits = [f"{day} >= '{start}'"] if start else []
    limits += [f"{day} < '{end}'"] if end else []
    return " AND ".join(limits) or "TRUE"


def _second(instant: str, day: str) -> str:
    """Of an instant, from the midnight of UTC of its day: what happened on one day is in order by it."""
    return f"(date_part('epoch', {instant}) - ({day} - DATE '1970-01-01') * 86400)::integer"


ORDERS = FactTable(
    name="orders",
    source="customers_order o",
    columns={
        "order_id": ("BIGINT", "o.id"),
        "customer_id": ("BIGINT", "o.customer_id"),
        "ordered_date": ("DATE", "o.ordered_date"),
        "ordered_at": ("TIMESTAMP WITH TIME ZONE", "o.ordered_at"),
        "total_minor": ("BIGINT", "o.total_base_minor"),
        "second": ("INTEGER", _second("o.ordered_at", "o.ordered_date")),
        "channel": ("VARCHAR", "o.channel"),
        "kind": ("VARCHAR", "o.kind"),
    },
    day="ordered_date",
    key="o.id",
    marked_by=("orders",),
)

LINES = FactTable(
    name="lines",
    source="customers_order o JOIN customers_orderline l ON l.order_id = o.id",
    columns={
        "order_id": ("BIGINT", "l.order_id"),
        "customer_id": ("BIGINT", "o.customer_id"),
        "product_id": ("BIGINT", "l.product_id"),
        "ordered_date": ("DATE", "o.ordered_date"),
        "quantity": ("DECIMAL(18, 6)", "l.quantity"),
        # In whole units of the organisation's currency.
        "amount": ("DECIMAL(24, 6)", "(l.amount * o.exchange_rate)::numeric(24, 6)"),
        # Of the whole line in the same units; unknown where nobody said.
        "cost": ("DECIMAL(24, 6)", "(l.cost * o.exchange_rate)::numeric(24, 6)"),
        "is_discounted": ("BOOLEAN", "l.discount > 0"),
    },
    day="ordered_date",
    key="l.id",
    marked_by=("orders", "lines"),
)

REFUNDS = FactTable(
    name="refunds",
    source="customers_refund r",
    columns={
        "refund_id": ("BIGINT", "r.id"),
        "order_id": ("BIGINT", "r.order_id"),
        "customer_id": ("BIGINT", "r.customer_id"),
        "refunded_date": ("DATE", "r.refunded_date"),
        "total_minor": ("BIGINT", "r.total_base_minor"),
    },
    day="refunded_date",
    key="r.id",
    marked_by=("refunds",),
)

EVENTS = FactTable(
    name="events",
    source="customers_event e",
    columns={
        "customer_id": ("BIGINT", "e.customer_id"),
        "product_id": ("BIGINT", "e.product_id"),
        "kind": ("VARCHAR", "e.kind"),
        "occurred_date": ("DATE", "e.occurred_date"),
        "second": ("INTEGER", _second("e.occurred_at", "e.occurred_date")),
        "value": ("DECIMAL(12, 4)", "e.value"),
        "seconds": ("INTEGER", "e.seconds"),
    },
    day="occurred_date",
    key="e.id",
    marked_by=("events",),
)

CUSTOMER_DIM = Table(
    name="customer_dim",
    source="""
        customers_customer c
        LEFT JOIN (
            SELECT DISTINCT ON (customer_id) customer_id, region, country, city, postal_code
            FROM customers_address WHERE deleted_at IS NULL
            ORDER BY customer_id, is_primary DESC, id
        ) a ON a.customer_id = c.id
    """,
    columns={
        "customer_id": ("BIGINT", "c.id"),
        "kind": ("VARCHAR", "c.kind"),
        "birth_year": ("INTEGER", "extract(year FROM c.birth_date)::integer"),
        "sex": ("VARCHAR", "c.sex"),
        "education": ("VARCHAR", "c.education"),
        "region": ("VARCHAR", "coalesce(a.region, '')"),
        "country": ("VARCHAR", "coalesce(a.country, '')"),
        "has_city": ("BOOLEAN", "coalesce(a.city, '') <> ''"),
        "has_postal_code": ("BOOLEAN", "coalesce(a.postal_code, '') <> ''"),
        "owner_id": ("BIGINT", "c.owner_id"),
        "team_id": ("BIGINT", "c.team_id"),
        "source": ("VARCHAR", "c.source"),
        "since_date": ("DATE", "c.customer_since"),
        # Of the living: nothing is left here of who was erased.
        "created_at": ("TIMESTAMP WITH TIME ZONE", "CASE WHEN c.deleted_at IS NULL THEN c.created_at END"),
        "lifecycle": ("VARCHAR", "c.lifecycle"),
        "is_live": ("BOOLEAN", "c.deleted_at IS NULL AND c.archived_at IS NULL"),
        "referrer_id": ("BIGINT", "c.referred_by_id"),
        "may_be_profiled": ("BOOLEAN", "c.profiling_objected_at IS NULL"),
    },
    marked_by=("customers",),
)

PRODUCTS = Table(
    name="products",
    source="customers_product p",
    columns={
        "product_id": ("BIGINT", "p.id"),
        "category_id": ("BIGINT", "p.category_id"),
        "is_offered": ("BOOLEAN", "p.is_active AND p.is_in_stock"),
        "product_name": ("VARCHAR", "p.name"),
    },
    marked_by=("products",),
)

ANSWERS = Table(
    name="answers",
    source="""
        surveys_answer a
        JOIN surveys_question q ON q.id = a.question_id AND q.kind = 'scale' AND a.number IS NOT NULL
        JOIN surveys_invitation i ON i.id = a.invitation_id
    """,
    columns={
        "customer_id": ("BIGINT", "i.customer_id"),
        "answered_date": ("DATE", "(a.answered_at AT TIME ZONE 'UTC')::date"),
        "measure": ("VARCHAR", "q.measure"),
        "facet": ("VARCHAR", "q.facet"),
        # 0 for the lowest value of the scale, 1 for the highest.
        "share": ("DOUBLE", "(a.number - q.lowest)::double precision / (q.highest - q.lowest)"),
    },
    marked_by=("answers",),
)

TEXTS = Table(
    name="texts",
    source="""
        (
            SELECT * FROM customers_customer
            WHERE profile_text <> '' AND deleted_at IS NULL AND profiling_objected_at IS NULL
        ) c
    """,
    columns={
        "customer_id": ("BIGINT", "c.id"),
        "text": ("VARCHAR", "c.profile_text"),
        # Nothing where the record is as it was made: an import brings what was known long before.
        "edited_date": (
            "DATE",
            "CASE WHEN c.updated_at > c.created_at + interval '1 day' THEN (c.updated_at AT TIME ZONE 'UTC')::date END",
        ),
    },
    marked_by=("customers",),
)

FEEDBACK = Table(
    name="feedback",
    source="analytics_recommendationfeedback f",
    columns={
        "customer_id": ("BIGINT", "f.customer_id"),
        "product_id": ("BIGINT", "f.product_id"),
        "answer": ("VARCHAR", "f.answer"),
        "given_date": ("DATE", "f.given_date"),
    },
    marked_by=("feedback",),
)

FACT_TABLES = (ORDERS, LINES, REFUNDS, EVENTS)
WHOLE_TABLES = (CUSTOMER_DIM, PRODUCTS, TEXTS, ANSWERS, FEEDBACK)
TABLES = (*FACT_TABLES, *WHOLE_TABLES)


def fingerprint(table: Table) -> str:
    """Changes whenever the table is read differently: then no month of an earlier snapshot of it may be reused."""
    return hashlib.sha256(repr(table).encode()).hexdigest()


def fingerprints() -> dict[str, str]:
    """Of each table by its name."""
    return {table.name: fingerprint(table) for table in TABLES}
