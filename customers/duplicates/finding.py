"""Likely duplicates over the whole base, as a job.

Records that have a key in common form a block, and only these are compared. Blocks are read in the order of their key,
one at a time, so the memory does not grow with the base; in a large one each record is compared with its neighbours by
name alone. So the work grows with the number of records, never with its square.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from customers.duplicates.scoring import LIKELY, Profile, match
from jobs.context import JobContext
from protection import crypto

JOB_KIND = "find_duplicates"
# In a larger block, so many neighbours by name are compared with each record.
LARGEST_BLOCK, NEIGHBOURS = 30, 10
BATCH = 2000

PROFILES = f"""
CREATE TEMP TABLE duplicate_profile AS
SELECT c.id, c.kind = 'organisation' AS is_organisation, crm_name_key(c.name) AS name, c.birth_date,
       encode(substring(c.identity_number, {crypto.INDEX_START}, {crypto.INDEX_BYTES}), 'hex') AS identity,
       nullif(crm_website_host(c.website), '') AS website, e.emails, p.phones,
       crm_sort_key(a.street) AS street, lower(replace(a.postal_code, ' ', '')) AS postal_code
FROM customers_customer c
LEFT JOIN (
    SELECT customer_id, array_agg(DISTINCT upper(email)) AS emails
    FROM customers_emailaddress WHERE deleted_at IS NULL GROUP BY customer_id
) e ON e.customer_id = c.id
LEFT JOIN (
    SELECT customer_id, array_agg(DISTINCT right(digits, 10)) AS phones
    FROM customers_phonenumber WHERE deleted_at IS NULL AND length(digits) >= 7 GROUP BY customer_id
) p ON p.customer_id = c.id
LEFT JOIN (
    SELECT DISTINCT ON (customer_id) customer_id, street, postal_code
    FROM customers_address WHERE deleted_at IS NULL ORDER BY customer_id, is_primary DESC, id
) a ON a.customer_id = c.id
WHERE c.deleted_at IS NULL
"""  # noqa: S608  # constants

FOUND = """
CREATE TEMP TABLE duplicate_found (
    first_id bigint, second_id bigint, score double precision, reasons varchar[], PRIMARY KEY (first_id, second_id)
)
"""

# A row for each key of a profile.
PASSES: dict[str, str] = {
    "email": "SELECT unnest(p.emails) AS key, p.* FROM duplicate_profile p",
    "phone": "SELECT unnest(p.phones) AS key, p.* FROM duplicate_profile p",
    "identity": "SELECT p.identity AS key, p.* FROM duplicate_profile p",
    "website": "SELECT p.website AS key, p.* FROM duplicate_profile p",
    "name": "SELECT p.name AS key, p.* FROM duplicate_profile p",
    "birth date": "SELECT p.birth_date || left(word, 1) AS key, p.* FROM duplicate_profile p"
    " CROSS JOIN regexp_split_to_table(p.name, ' ') AS word",
    "place": "SELECT nullif(p.postal_code, '') || left(word, 3) AS key, p.* FROM duplicate_profile p"
    " CROSS JOIN regexp_split_to_table(p.name, ' ') AS word",
    "street": "SELECT nullif(p.street, '') || nullif(p.postal_code, '') AS key, p.* FROM duplicate_profile p",
}

# Only keys that several records have; a name's own words may give the same key twice.
BLOCKS = """
SELECT key, id, is_organisation, name, birth_date, identity, website, emails, phones, street, postal_code
FROM (SELECT keys.*, count(*) OVER (PARTITION BY key) AS members FROM ({keys}) AS keys WHERE key <> '') AS blocks
WHERE members > 1 ORDER BY key, name, id
"""

KEEP = """
INSERT INTO duplicate_found (first_id, second_id, score, reasons)
SELECT (pair->>0)::bigint, (pair->>1)::bigint, (pair->>2)::float8,
       ARRAY(SELECT jsonb_array_elements_text(pair->3))
FROM jsonb_array_elements(%s::jsonb) AS pair
ON CONFLICT DO NOTHING
"""

# What somebody dismissed stays dismissed, whatever is found.
PUBLISH = (
    """
    INSERT INTO customers_duplicatepair (first_id, second_id, score, reasons, found_at)
    SELECT found.first_id, found.second_id, found.score, found.reasons, now()
    FROM duplicate_found AS found
    JOIN customers_customer AS one ON one.id = found.first_id
    JOIN customers_customer AS other ON other.id = found.second_id
    ON CONFLICT (first_id, second_id) DO UPDATE SET score = excluded.score, reasons = excluded.reasons
    WHERE customers_duplicatepair.dismissed_at IS NULL
      AND (customers_duplicatepair.score, customers_duplicatepair.reasons)
          IS DISTINCT FROM (excluded.score, excluded.reasons)
    """,
    """
    DELETE FROM customers_duplicatepair AS pair WHERE pair.dismissed_at IS NULL AND NOT EXISTS (
        SELECT FROM duplicate_found AS found WHERE (found.first_id, found.second_id) = (pair.first_id, pair.second_id)
    )
    """,
)


def run(context: JobContext) -> Mapping[str, Any]:
    _forget()
    _execute(PROFILES)
    _execute(FOUND)
    try:
        for number, (name, keys) in enumerate(PASSES.items()):
            context.progress(number, len(PASSES), name)
            _search(context, keys)
        with context.fenced():
            for statement in PUBLISH:
                _execute(statement)
            context.finish(result := {"pairs": _count()})
    finally:
        _forget()
    return result


def _search(context: JobContext, keys: str) -> None:
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(BLOCKS.format(keys=keys))
        rows = iter(lambda: cursor.fetchmany(BATCH), [])
        profiles = ((row[0], _profile(row)) for batch in rows for row in batch)
        waiting: list[tuple[int, int, float, list[str]]] = []
        for _key, block in groupby(profiles, key=lambda each: each[0]):
            for one, other in pairs_of(profile for _key, profile in block):
                score, reasons = match(one, other)
                if score >= LIKELY:
                    waiting.append((min(one.id, other.id), max(one.id, other.id), round(score, 4), reasons))
            if len(waiting) >= BATCH:
                _keep(waiting)
                context.check()
        _keep(waiting)


def pairs_of(block: Iterable[Profile]) -> Iterator[tuple[Profile, Profile]]:
    """Every pair of a small block; of a large one, which comes in the order of the names, near neighbours."""
    window: deque[Profile] = deque(maxlen=LARGEST_BLOCK)
    for number, profile in enumerate(block):
        nearest = window if number < LARGEST_BLOCK else list(window)[-NEIGHBOURS:]
        for other in nearest:
            if other.id != profile.id:
                yield other, profile
        window.append(profile)


def _profile(row: tuple[Any, ...]) -> Profile:
    _key, pk, is_organisation, name, birth_date, identity, website, emails, phones, street, postal_code = row
    return Profile(
        pk,
        is_organisation,
        name,
        birth_date,
        identity or "",
        website or "",
        frozenset(emails or ()),
        frozenset(phones or ()),
        street or "",
        postal_code or "",
    )


def _keep(waiting: list[tuple[int, int, float, list[str]]]) -> None:
    if waiting:
        _execute(KEEP, [json.dumps(waiting)])
        waiting.clear()


def _count() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM duplicate_found")
        return int(cursor.fetchone()[0])


def _forget() -> None:
    _execute("DROP TABLE IF EXISTS duplicate_profile, duplicate_found")


def _execute(statement: str, params: list[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


def describe_result(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(_("Possible duplicates"), str(result["pairs"]))]
