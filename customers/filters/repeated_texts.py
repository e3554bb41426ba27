"""Texts that many rows share, as those of a city: what contains something is found among them, then in their index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F, Model, Q
from django.db.models import Value as Constant
from django.db.models.lookups import Exact

from customers.filters import kinds
from customers.filters.expression import Moment, Value
from customers.filters.sources import NO_ROW, OneOf, TextColumn
from customers.keys import SortKey
from customers.models import Customer

# With more texts than these each row is sooner asked.
MOST_TEXTS = 10_000

# One descent into the index for each text there is.
TEXTS = """
WITH RECURSIVE each(text) AS (
    (SELECT {text} FROM {table} WHERE deleted_at IS NULL ORDER BY {text} USING {before} LIMIT 1)
    UNION ALL
    SELECT (
        SELECT {text} FROM {table} WHERE deleted_at IS NULL AND {text} {behind} each.text
        ORDER BY {text} USING {before} LIMIT 1
    ) FROM each WHERE each.text IS NOT NULL
), texts AS MATERIALIZED (SELECT text FROM each LIMIT {most} + 1)
SELECT text FROM texts WHERE {condition} AND (SELECT count(*) FROM texts) <= {most}
UNION ALL SELECT NULL WHERE (SELECT count(*) FROM texts) > {most}
"""
CONDITIONS = {
    kinds.IS: "crm_sort_key(text) = crm_sort_key(%s)",
    kinds.CONTAINS: "strpos(crm_sort_key(text), crm_sort_key(%s)) > 0",
    kinds.STARTS_WITH: "starts_with(crm_sort_key(text), crm_sort_key(%s))",
}


@dataclass(frozen=True)
class RepeatedText(TextColumn):
    """Of rows that have `deleted_at`, and an index of the texts of those who live, by the codes of their letters."""

    def indexed_text(self, op: str, value: Value) -> Any:
        return SortKey(F(self.name)) if op == kinds.CONTAINS else None

    def having(self, value: str, model: type[Model]) -> Q | None:
        """Whose text contains the value; None where there are too many texts."""
        column = f"crm_sort_key({self.name})"
        texts = _texts(column, model, "strpos(text, crm_sort_key(%s)) > 0", value, by=("~<~", "~>~"))
        if texts is None:
            return None
        return Q(OneOf(SortKey(F(self.name)), Constant(texts))) & ~Q(Exact(F(self.name), Constant("")))


@dataclass(frozen=True)
class SharedText(TextColumn):
    """Of the customer's own row, with an index of the texts as they are written by those who live."""

    def _found(self, op: str, value: Value, moment: Moment) -> Q:
        found: list[str] = []
        for each in value if isinstance(value, tuple) else (value,):
            condition = CONDITIONS[kinds.IS if op == kinds.IN else op]
            texts = _texts(self.name, Customer, condition, str(each), by=("<", ">"))
            if texts is None:
                return self.compare(op, value, moment)
            found += texts
        known = [text for text in found if text]
        return Q(OneOf(F(self.name), Constant(known))) if known else NO_ROW


def _texts(text: str, model: type[Model], condition: str, value: str, *, by: tuple[str, str]) -> list[str] | None:
    before, behind = by
    query = TEXTS.format(
        text=text, table=model._meta.db_table, condition=condition, before=before, behind=behind, most=MOST_TEXTS
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [value])
        texts: list[Any] = [text for (text,) in cursor.fetchall()]
    return None if None in texts else texts
