"""Taking in events by the thousand: staged by COPY, resolved and written by one statement each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.visibility import ALL
from api.errors import Fault
from api.writing.event_records import COLUMNS, Row, read_event
from core.models import OrganisationSettings

MOST_EVENTS = 10_000

STAGE = """
DROP TABLE IF EXISTS pg_temp.api_events;
CREATE TEMP TABLE api_events (
    position int, source text, external_id text, kind text, occurred_at timestamptz, occurred_date date,
    customer_id bigint, customer_source text, customer_value text, product_id bigint, sku text, value numeric,
    seconds int, text text, names_customer boolean GENERATED ALWAYS AS (num_nonnulls(customer_id, customer_value) > 0)
    STORED, names_product boolean GENERATED ALWAYS AS (num_nonnulls(product_id, sku) > 0) STORED
) ON COMMIT DROP
"""

# The customers whom the sender may write about. Somebody else's are not there.
RESOLVE = """
CREATE TEMP TABLE api_resolved ON COMMIT DROP AS
SELECT told.position, told.names_customer AND customer.id IS NULL AS lacks_customer,
       told.names_product AND coalesce(by_id.id, by_sku.id) IS NULL AS lacks_product,
       NOT told.names_customer AS is_of_nobody, customer.id AS customer_id, coalesce(by_id.id, by_sku.id) AS product_id
FROM pg_temp.api_events AS told
LEFT JOIN customers_customerexternalid AS number ON told.customer_id IS NULL AND number.deleted_at IS NULL
    AND number.source = told.customer_source AND number.value = told.customer_value
LEFT JOIN customers_customer AS customer
    ON customer.id = coalesce(told.customer_id, number.customer_id) AND customer.deleted_at IS NULL AND {editable}
LEFT JOIN customers_product AS by_id ON by_id.id = told.product_id
LEFT JOIN customers_product AS by_sku
    ON told.product_id IS NULL AND by_sku.source = told.source AND by_sku.sku = told.sku
"""

REJECTED = """
SELECT position, lacks_customer, lacks_product FROM pg_temp.api_resolved
WHERE lacks_customer OR lacks_product OR (is_of_nobody AND NOT %s)
"""

# The same number twice in a batch, or a batch sent twice: the first stays.
INSERT = """
INSERT INTO customers_event
    (source, external_id, kind, customer_id, product_id, occurred_at, occurred_date, value, seconds, text)
SELECT source, external_id, kind, resolved.customer_id, resolved.product_id, occurred_at, occurred_date, value, seconds,
       text
FROM pg_temp.api_events JOIN pg_temp.api_resolved AS resolved USING (position)
WHERE NOT (lacks_customer OR lacks_product OR (is_of_nobody AND NOT %s))
ORDER BY position
ON CONFLICT (source, external_id) WHERE external_id <> '' DO NOTHING
"""


def ingest(contents: Sequence[Any], *, by: User) -> dict[str, Any]:
    """How many events were new, how many known, and why the others were rejected, by their place in the batch."""
    zone = OrganisationSettings.current().zone
    rows: list[tuple[int, Row]] = []
    rejected: dict[int, list[Fault]] = {}
    for position, content in enumerate(contents):
        read = read_event(content, zone)
        if isinstance(read, tuple):
            rows.append((position, read))
        else:
            rejected[position] = read
    with transaction.atomic():
        _stage(rows)
        _resolve(by)
        rejected |= _unresolved(by)
        created = _insert(by)
    return {
        "received": len(contents),
        "created": created,
        "known": len(contents) - len(rejected) - created,
        "rejected": [
            {"index": position, "errors": [{"pointer": pointer, "detail": words} for pointer, words in faults]}
            for position, faults in sorted(rejected.items())
        ],
    }


def _stage(rows: Iterable[tuple[int, Row]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(STAGE)
        with cursor.copy(f"COPY pg_temp.api_events (position, {', '.join(COLUMNS)}) FROM STDIN") as copy:
            for position, row in rows:
                copy.write_row((position, *row))


def _resolve(by: User) -> None:
    editable, parameters = replace(by.sight, sees=by.sight.edits).condition("customer")
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.api_resolved")
        cursor.execute(RESOLVE.format(editable=editable), parameters)


def _unresolved(by: User) -> dict[int, list[Fault]]:
    with connection.cursor() as cursor:
        cursor.execute(REJECTED, [by.sight.edits == ALL])
        return {position: list(_lacking(*lacks)) for position, *lacks in cursor.fetchall()}


def _lacking(customer: bool, product: bool) -> Iterable[Fault]:
    if customer:
        yield "/customer", _("There is no such customer, or not for you to change.")
    if product:
        yield "/product", _("There is no such product; send it first.")
    if not (customer or product):
        yield "/customer", _("Only who edits all customers sends events of nobody.")


def _insert(by: User) -> int:
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [by.sight.edits == ALL])
        return int(cursor.rowcount)
