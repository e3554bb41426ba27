"""Files of events: `happenings`, one row each, and the customers and products that they name."""

from __future__ import annotations

from imports.checks import name_problems
from imports.statements import run

# An event without a number is known again by its content, and among equal ones by its number.
HAPPENINGS = """
CREATE UNLOGGED TABLE happenings AS
SELECT row_number, event_kind, occurred_at, occurred_at_day AS occurred_date, customer, sku,
       CASE WHEN abs(value) < 1e8 THEN value::numeric(12, 4) END AS value, seconds::bigint AS seconds, text,
       faults, flaws,
       coalesce(number, left(digest, 24) || lpad(to_hex(row_number() OVER (
           PARTITION BY digest ORDER BY row_number)), 8, '0')) AS external_id
FROM (
    SELECT row_number, number, event_kind, occurred_at, occurred_at_day, customer, sku, value, seconds, text, flaws,
           md5((event_kind, occurred_at, customer, sku, value, seconds, text)::text) AS digest,
           nullif(coalesce(parsed.faults, '{}') || further.faults, '{}') AS faults
    FROM parsed CROSS JOIN LATERAL (SELECT array_remove(ARRAY[
        CASE WHEN event_kind = 'rating' AND value IS NULL THEN 'value:missing' END,
        CASE WHEN abs(value) >= 1e8 THEN 'value:too_large' END,
        CASE WHEN seconds >= 2147483647 THEN 'seconds:too_large' END
    ], NULL)) AS further (faults)
) AS digested
"""

REPEATED = """
WITH repeated AS (
    SELECT row_number, external_id
    FROM (SELECT row_number, external_id, row_number() OVER (PARTITION BY external_id ORDER BY row_number) AS times
          FROM happenings WHERE faults IS NULL) AS numbered
    WHERE times > 1
)
INSERT INTO problems (row_number, field, reason, value)
SELECT row_number, 'number', 'repeated', external_id FROM repeated
"""

LEAVE_OUT = "DELETE FROM happenings USING problems WHERE happenings.row_number = problems.row_number AND is_rejected"

PEOPLE = """
CREATE UNLOGGED TABLE people AS
SELECT customer, min(row_number) AS row_number, NULL::text AS name, NULL::text AS customer_kind, NULL::text AS sex,
       NULL::date AS birth_date, NULL::numeric AS annual_income, NULL::text AS education, NULL::text AS profile_text,
       NULL::text AS lifecycle, NULL::text AS came_from, NULL::text AS website, NULL::text AS owner,
       NULL::text AS organisation,
       NULL::text AS referred_by, NULL::date AS customer_since, NULL::text AS email, NULL::text AS phone,
       NULL::text AS street, NULL::text AS postal_code, NULL::text AS city, NULL::text AS region, NULL::text AS country,
       NULL::text AS tags, NULL::timestamptz AS as_of
FROM happenings WHERE customer IS NOT NULL GROUP BY customer
"""

GOODS = """
CREATE UNLOGGED TABLE goods AS
SELECT sku, min(row_number) AS row_number, NULL::text AS product_name, NULL::text AS category,
       NULL::text AS subcategory, NULL::numeric AS unit_price, NULL::numeric AS unit_cost, NULL::text AS currency,
       NULL::boolean AS is_active, NULL::boolean AS is_in_stock
FROM happenings WHERE sku IS NOT NULL GROUP BY sku
"""


def check() -> None:
    run(HAPPENINGS)
    name_problems("happenings")
    run(REPEATED)
    run(LEAVE_OUT)
    run(PEOPLE)
    run(GOODS)
    run("ANALYZE happenings")
