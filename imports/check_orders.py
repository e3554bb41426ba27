"""Files of orders: each row a line of a document, which is a sale, a refund, or an adjustment of the stock.

Makes `lines` (every row, with its amounts worked out), of the good ones `documents`, and of those `people` and `goods`,
the customers and products that they name.
"""

from __future__ import annotations

import json
from typing import Any

from babel.numbers import list_currencies

from core.models import OrganisationSettings
from core.money import minor_digits
from imports.checks import name_problems
from imports.layout import Plan
from imports.mapping import DocumentRule, FileMapping
from imports.statements import run, value_of

# The rate of a day without one (a weekend, a holiday) is the last one before.
RATE_DAYS = 7
MINOR_DIGITS = {currency: minor_digits(currency) for currency in list_currencies()}

# OFFSET 0 keeps PostgreSQL from working an amount out again wherever it is used.
LINES = """
CREATE UNLOGGED TABLE lines AS
SELECT row_number, number, ordered_at, ordered_at_day AS ordered_date, order_kind, refund_of, reason,
       customer, name, customer_kind, email, phone, street, postal_code, city,
       coalesce(region, country_unknown) AS region, country, tags, sku, product_name, category, subcategory,
       currency, channel,
       line_quantity::numeric(18, 6) AS quantity,
       CASE WHEN fits THEN line_price::numeric(18, 6) END AS unit_price,
       CASE WHEN fits THEN line_discount::numeric(18, 6) END AS discount,
       CASE WHEN fits THEN line_amount::numeric(18, 6) END AS amount,
       CASE WHEN fits THEN line_cost::numeric(18, 6) END AS cost,
       flaws, CASE WHEN faults IS NOT NULL THEN faults
                   WHEN line_amount IS NULL OR NOT fits OR (%(quantity_is_mapped)s AND quantity IS NULL)
                     OR (%(currency_is_mapped)s AND currency IS NULL) THEN array_remove(ARRAY[
                        CASE WHEN %(quantity_is_mapped)s AND quantity IS NULL THEN 'quantity:missing' END,
                        CASE WHEN %(currency_is_mapped)s AND currency IS NULL THEN 'currency:missing' END,
                        CASE WHEN line_amount IS NULL THEN %(price)s || ':missing' END,
                        CASE WHEN NOT fits THEN %(price)s || ':too_large' END
                     ], NULL) END AS faults
FROM (
    SELECT *,
           -- What numeric(18, 6) holds.
           greatest(abs(line_amount), abs(line_price), abs(line_discount), abs(line_cost)) < 1e12 AS fits
    FROM (
        SELECT net.*, line_price, coalesce(cost, line_amount - profit) AS line_cost,
               CASE WHEN discount IS NOT NULL THEN discount
                    WHEN discount_rate IS NOT NULL THEN line_price * line_quantity - line_amount
                    ELSE 0 END AS line_discount
        FROM (
            SELECT parsed.*, coalesce(quantity, 1) AS line_quantity, coalesce(
                amount, unit_price * coalesce(quantity, 1) * (1 - coalesce(discount_rate, 0)) - coalesce(discount, 0)
            ) AS line_amount
            FROM parsed OFFSET 0
        ) AS net
        CROSS JOIN LATERAL (SELECT coalesce(
            unit_price,
            (line_amount + coalesce(discount, 0)) / nullif((1 - coalesce(discount_rate, 0)) * line_quantity, 0), 0
        ) AS line_price) AS gross
        OFFSET 0
    ) AS worked_out
    OFFSET 0
) AS bounded
"""

DOCUMENTS = """
CREATE UNLOGGED TABLE documents AS
WITH grouped AS (
    SELECT number, min(row_number) AS first_row, min(ordered_at) AS at, min(ordered_date) AS day,
           min(customer) AS customer, min(customer) <> max(customer) AS two_customers,
           coalesce(min(currency), %(own_currency)s) AS currency, min(currency) <> max(currency) AS two_currencies,
           min(order_kind) AS stated_kind, min(order_kind) <> max(order_kind) AS two_kinds,
           min(ordered_at) < max(ordered_at) AS two_times,
           coalesce(min(channel), '') AS channel, min(refund_of) AS refund_of, coalesce(min(reason), '') AS reason,
           sum(amount) AS total, sum(quantity) AS pieces, bool_or(quantity < 0) AS has_negative
    FROM lines WHERE faults IS NULL GROUP BY number
), rated AS (
    SELECT grouped.*, rate, (%(minor_digits)s::jsonb ->> grouped.currency)::int AS digits
    FROM grouped LEFT JOIN rates USING (currency, day)
), named AS (
    SELECT *, CASE
        WHEN stated_kind IS NOT NULL AND (stated_kind <> 'sale' OR total >= 0) THEN stated_kind
        WHEN starts_with(number, %(refund_prefix)s) OR (%(refund_if_negative)s AND (has_negative OR total < 0))
            THEN 'refund'
        WHEN starts_with(number, %(adjustment_prefix)s) OR (%(adjustment_if_negative)s AND (has_negative OR total < 0))
            THEN 'adjustment'
        WHEN total < 0 THEN 'refund'
        ELSE 'sale' END AS kind
    FROM rated
)
SELECT number, first_row, at, day, customer, currency, rate, kind, channel, refund_of, reason, two_times,
       -- Systems write what they pay back with a minus, or without: here it has none.
       CASE WHEN kind = 'refund' AND (total < 0 OR (total = 0 AND pieces < 0)) THEN -1 ELSE 1 END AS sign,
       CASE kind WHEN 'refund' THEN abs(total) ELSE total END AS total, digits,
       CASE WHEN two_customers THEN 'customer:two_customers' WHEN two_currencies THEN 'currency:two_currencies'
            WHEN two_kinds THEN 'order_kind:two_kinds' WHEN rate IS NULL THEN 'currency:no_rate'
            WHEN greatest(abs(total), abs(total * rate)) >= 1e14 THEN 'amount:too_large' END AS fault
FROM named
"""

RATES = """
CREATE UNLOGGED TABLE rates AS
SELECT currency, day, CASE WHEN currency = %(own_currency)s THEN 1 ELSE rate END AS rate
FROM (SELECT DISTINCT coalesce(currency, %(own_currency)s) AS currency, ordered_date AS day
      FROM lines WHERE faults IS NULL) AS needed
LEFT JOIN LATERAL (
    SELECT rate FROM core_exchangerate AS known
    WHERE known.currency = needed.currency AND rate_date BETWEEN day - %(rate_days)s AND day
    ORDER BY rate_date DESC LIMIT 1
) AS latest ON true
"""

FAULTY_DOCUMENTS = """
INSERT INTO problems (row_number, field, reason, value)
SELECT lines.row_number, split_part(fault, ':', 1), split_part(fault, ':', 2),
       CASE split_part(fault, ':', 1) WHEN 'customer' THEN lines.customer WHEN 'order_kind' THEN lines.order_kind
            WHEN 'amount' THEN lines.amount::text
            ELSE documents.currency || ' ' || lines.ordered_date END
FROM documents JOIN lines USING (number) WHERE fault IS NOT NULL AND lines.faults IS NULL
"""

# Of each customer the latest document says the name and the address.
PEOPLE = """
CREATE UNLOGGED TABLE people AS
SELECT DISTINCT ON (documents.customer) documents.customer, first_row AS row_number,
       name, customer_kind, NULL::text AS sex, NULL::date AS birth_date, NULL::numeric AS annual_income,
       NULL::text AS education, NULL::text AS profile_text, NULL::text AS lifecycle, NULL::text AS came_from,
       NULL::text AS website,
       NULL::text AS owner, NULL::text AS organisation, NULL::text AS referred_by,
       first_sale_date AS customer_since, email, phone, street, postal_code, city, region, country, tags,
       documents.at AS as_of
FROM documents
JOIN lines ON lines.row_number = documents.first_row
JOIN (
    SELECT customer, min(day) FILTER (WHERE kind = 'sale') AS first_sale_date FROM documents GROUP BY customer
) AS sales ON sales.customer = documents.customer
ORDER BY documents.customer, documents.at DESC, first_row DESC
"""

# The same article is described in many ways ("?", "damaged"): the one used most on lines that cost something counts.
GOODS = """
CREATE UNLOGGED TABLE goods AS
SELECT DISTINCT ON (sku) sku, row_number, product_name, category, subcategory,
       NULL::numeric AS unit_price, NULL::numeric AS unit_cost, NULL::text AS currency, NULL::boolean AS is_active,
       NULL::boolean AS is_in_stock
FROM (
    SELECT sku, product_name, category, subcategory, min(row_number) AS row_number,
           count(*) FILTER (WHERE amount > 0) AS sold, count(*) AS used
    FROM lines JOIN documents USING (number)
    WHERE sku IS NOT NULL AND lines.faults IS NULL
    GROUP BY sku, product_name, category, subcategory
) AS named
ORDER BY sku, product_name IS NULL, sold DESC, used DESC, row_number
"""


def check(plan: Plan) -> None:
    own_currency = OrganisationSettings.current().currency
    run(LINES, _line_params(plan.mapping))
    name_problems("lines")
    run(RATES, {"own_currency": own_currency, "rate_days": RATE_DAYS})
    run(DOCUMENTS, {"own_currency": own_currency, "minor_digits": json.dumps(MINOR_DIGITS), **_rules(plan.mapping)})
    run(FAULTY_DOCUMENTS)
    run("DELETE FROM documents WHERE fault IS NOT NULL")
    run("ANALYZE documents")
    run(PEOPLE)
    run(GOODS)


def remarks(plan: Plan) -> dict[str, Any]:
    """What was taken over, but may not be what somebody meant."""
    mapped = {*plan.mapping.columns, *plan.mapping.constants}
    return {
        "assumed_currency": "" if "currency" in mapped else OrganisationSettings.current().currency,
        # The earliest time counts.
        "documents_with_two_times": value_of("SELECT count(*) FROM documents WHERE two_times"),
    }


def _line_params(mapping: FileMapping) -> dict[str, Any]:
    mapped = {*mapping.columns, *mapping.constants}
    return {
        "quantity_is_mapped": "quantity" in mapped,
        "currency_is_mapped": "currency" in mapped,
        "price": "amount" if "unit_price" not in mapped else "unit_price",
    }


def _rules(mapping: FileMapping) -> dict[str, Any]:
    refunds, adjustments = mapping.refunds or DocumentRule(), mapping.adjustments or DocumentRule()
    return {
        # Nothing begins with NULL, everything with "".
        "refund_prefix": refunds.number_starts_with or None,
        "refund_if_negative": refunds.negative_quantity,
        "adjustment_prefix": adjustments.number_starts_with or None,
        "adjustment_if_negative": adjustments.negative_quantity,
    }
