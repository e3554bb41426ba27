"""Custom fields out of a file of customers, products or orders: columns that a mapping, or the header itself, calls
`custom.<key>`. Of the lines of an order the first one says them.

Each text that occurs is read once, by the same rules as in a form, whatever the number of rows it stands in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from django.core.exceptions import ValidationError
from django.db import connection
from psycopg import sql

from core.models import OrganisationSettings
from customers.custom_fields import MODELS, TOO_LARGE, TOO_MANY_DECIMALS, clean_value, definitions
from customers.models import CustomField
from imports.layout import Plan
from imports.mapping import CUSTOM, RECORDS, FileMapping
from imports.models import Kind
from imports.reasons import Reason
from imports.statements import run
from protection.masking import DOTS

REASONS = {
    CustomField.Kind.NUMBER: Reason.NOT_A_NUMBER,
    CustomField.Kind.MONEY: Reason.NOT_A_NUMBER,
    CustomField.Kind.DATE: Reason.NOT_A_DATE,
    CustomField.Kind.CHOICE: Reason.NOT_A_CHOICE,
    CustomField.Kind.MULTI_CHOICE: Reason.NOT_A_CHOICE,
    CustomField.Kind.YES_NO: Reason.NOT_A_CHOICE,
    CustomField.Kind.TEXT: Reason.TOO_LONG,
    CustomField.Kind.LINK: Reason.NOT_A_CHOICE,
}
REASONS_BY_CODE = {TOO_LARGE: Reason.TOO_LARGE, TOO_MANY_DECIMALS: Reason.TOO_MANY_DECIMALS}

# Which row of the file says what of which record, once the records themselves are written.
ROWS = {
    Kind.CUSTOMERS: "SELECT row_number, customer_id AS record_id FROM people JOIN identified USING (customer)",
    Kind.PRODUCTS: "SELECT row_number, product_id AS record_id FROM goods JOIN product_targets USING (sku)",
    Kind.ORDERS: "SELECT first_row AS row_number, id AS record_id FROM documents JOIN order_targets USING (number)",
}

TABLE = """
CREATE UNLOGGED TABLE custom_values (name text NOT NULL, written text NOT NULL, kept jsonb, reason text)
"""

# A sealed value is another one each time it is sealed, so equal ones are told by their blind indexes.
CELLS = """
INSERT INTO custom_cells
SELECT record_id, {key}, kept FROM custom_rows JOIN staged USING (row_number)
JOIN custom_values ON custom_values.name = {name} AND custom_values.written = staged.{column}
JOIN {table} AS record ON record.id = record_id
WHERE kept IS NOT NULL AND kept IS DISTINCT FROM record.custom -> {key}
  AND (NOT {is_encrypted}
       OR crm_blind_index(kept #>> '{{}}') IS DISTINCT FROM crm_blind_index(record.custom ->> {key}))
"""

PROBLEMS = """
INSERT INTO problems (row_number, field, reason, value, is_rejected)
SELECT row_number, {name}, reason, CASE WHEN {is_encrypted} THEN '' ELSE written END, false
FROM custom_rows JOIN staged USING (row_number)
JOIN custom_values ON custom_values.name = {name} AND custom_values.written = staged.{column}
WHERE reason IS NOT NULL
"""

EARLIER = """
CREATE UNLOGGED TABLE earlier AS
SELECT DISTINCT record_id FROM custom_cells JOIN {table} AS record ON record.id = record_id
WHERE record.updated_at < now()
"""

# What was made or changed by the statements before bears the transaction's time already.
UPDATE = """
WITH wanted AS (SELECT record_id, jsonb_object_agg(key, kept) AS custom FROM custom_cells GROUP BY record_id),
changed AS (
    UPDATE {table} AS record
    SET custom = record.custom || wanted.custom, updated_at = now() {version}
    FROM wanted WHERE record.id = record_id
    RETURNING record_id
)
SELECT count(*) FROM changed JOIN earlier USING (record_id)
"""
VERSION = ", version = version + CASE WHEN updated_at < now() THEN 1 ELSE 0 END"


def mapped(mapping: FileMapping) -> dict[str, CustomField]:
    """By the name that the mapping has for each: those that there are."""
    known = {f"{CUSTOM}{field.key}": field for field in definitions(RECORDS[mapping.kind])}
    return {name: known[name] for name in mapping.columns if name in known}


def recognised(mapping: FileMapping, header: Sequence[str]) -> FileMapping:
    """The mapping with the columns whose headers name a custom field, as in `custom.size`."""
    named = [cell for cell in header if cell.startswith(CUSTOM)]
    if mapping.kind not in RECORDS or not named:
        return mapping
    known = {f"{CUSTOM}{field.key}" for field in definitions(RECORDS[mapping.kind])}
    return replace(mapping, columns={**mapping.columns, **{name: name for name in named if name in known}})


def commit(plan: Plan) -> int:
    """Writes them to records that are there by now; how many were changed by nothing else in this file."""
    fields = mapped(plan.mapping)
    if not fields:
        return 0
    kind = Kind(plan.mapping.kind)
    table = sql.Identifier(MODELS[RECORDS[kind]]._meta.db_table)
    run(TABLE)
    run(f"CREATE UNLOGGED TABLE custom_rows AS {ROWS[kind]}")
    run("CREATE UNLOGGED TABLE custom_cells (record_id bigint NOT NULL, key text NOT NULL, kept jsonb NOT NULL)")
    for name, field in fields.items():
        [column] = plan.mapping.columns_of(name)
        place = sql.Identifier(f"c{plan.position(column) + 1}")
        _read(name, field, place, decimal=plan.mapping.decimal)
        said = {
            "name": sql.Literal(name),
            "key": sql.Literal(field.key),
            "column": place,
            "table": table,
            "is_encrypted": sql.Literal(field.is_encrypted),
        }
        run(sql.SQL(CELLS).format(**said))
        run(sql.SQL(PROBLEMS).format(**said))
    run(sql.SQL(EARLIER).format(table=table))
    version = sql.SQL(VERSION if kind == Kind.CUSTOMERS else "")
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(UPDATE).format(table=table, version=version))
        return int((cursor.fetchone() or [0])[0])


def _read(name: str, field: CustomField, column: sql.Identifier, *, decimal: str) -> None:
    currency = OrganisationSettings.current().currency  # asked before the connection is busy with COPY
    distinct = sql.SQL(
        "SELECT DISTINCT {column} FROM staged JOIN custom_rows USING (row_number) WHERE {column} IS NOT NULL"
    ).format(column=column)
    with connection.cursor() as cursor:
        cursor.execute(distinct)
        texts = [text for (text,) in cursor.fetchall()]
        with cursor.copy("COPY custom_values FROM STDIN") as copy:
            for row in _values(name, field, texts, decimal=decimal, currency=currency):
                copy.write_row(row)


def _values(
    name: str, field: CustomField, texts: Iterable[str], *, decimal: str, currency: str
) -> Iterator[tuple[str, str, str | None, str | None]]:
    is_number = field.kind in {CustomField.Kind.NUMBER, CustomField.Kind.MONEY}
    for text in texts:
        if text in DOTS:
            continue  # as an export has it: what is kept stays
        plain = text.replace(".", "").replace(",", ".") if is_number and decimal == "comma" else text
        try:
            kept = clean_value(field, plain, currency=currency)
            yield name, text, None if kept is None else json.dumps(kept), None
        except ValidationError as error:
            reason = REASONS_BY_CODE.get(error.code or "", REASONS[CustomField.Kind(field.kind)])
            yield name, text, None, reason.value
