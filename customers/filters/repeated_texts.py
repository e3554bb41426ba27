"""Texts that many rows share, as those of a city: what contains something is found among them, then in their index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F, Model, Q
from django.db.models import Value as Constant
from django.db.models.lookups import Exact

from customers.filters.sources import OneOf, TextColumn
from customers.keys import SortKey

# With more texts than these each row is sooner asked.
MOST_TEXTS = 10_000

# One descent into the index for each text there is.
TEXTS = """
WITH RECURSIVE each(text) AS (
    (SELECT crm_sort_key({column}) FROM {table} WHERE deleted_at IS NULL
     ORDER BY crm_sort_key({column}) USING ~<~ LIMIT 1)
    UNION ALL
    SELECT (
        SELECT crm_sort_key({column}) FROM {table} WHERE deleted_at IS NULL AND crm_sort_key({column}) ~>~ each.text
        ORDER BY crm_sort_key({column}) USING ~<~ LIMIT 1
    ) FROM each WHERE each.text IS NOT NULL
), texts AS MATERIALIZED (SELECT text FROM each LIMIT {most} + 1)
SELECT text FROM texts WHERE strpos(text, crm_sort_key(%s)) > 0 AND (SELECT count(*) FROM texts) <= {most}
UNION ALL SELECT NULL WHERE (SELECT count(*) FROM texts) > {most}
"""


@dataclass(frozen=True)
class RepeatedText(TextColumn):
    """Of rows that have `deleted_at`, and an index of the texts of those who live, by the codes of their letters."""

    def having(self, value: str, model: type[Model]) -> Q | None:
        """Whose text contains the value; None where there are too many texts."""
        with connection.cursor() as cursor:
            cursor.execute(TEXTS.format(column=self.name, table=model._meta.db_table, most=MOST_TEXTS), [value])
            texts: list[Any] = [text for (text,) in cursor.fetchall()]
        if None in texts:
            return None
        return Q(OneOf(SortKey(F(self.name)), Constant(texts))) & ~Q(Exact(F(self.name), Constant("")))
