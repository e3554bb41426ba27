"""Orders and refunds out of `documents` and `lines`. A document that comes again becomes what the file says,
and a document that is the same is not touched."""

from __future__ import annotations

from psycopg import sql

from imports.statements import Params, Tally, run, value_of

# A number is that of an order or of a refund, whatever a later mapping says.
CHANGED_SIDES = """
WITH changed AS (
    SELECT number, CASE kind WHEN 'refund' THEN 'is_order' ELSE 'is_refund' END AS reason
    FROM documents
    WHERE CASE kind WHEN 'refund'
        THEN EXISTS (SELECT FROM customers_order WHERE source = %(source)s AND external_id = number)
        ELSE EXISTS (SELECT FROM customers_refund WHERE source = %(source)s AND external_id = number) END
), named AS (
    INSERT INTO problems (row_number, field, reason, value)
    SELECT row_number, 'number', changed.reason, number FROM changed JOIN lines USING (number) WHERE faults IS NULL
)
DELETE FROM documents USING changed WHERE documents.number = changed.number
"""

ORDER_TARGETS = """
CREATE UNLOGGED TABLE order_targets AS
SELECT documents.number, coalesce(known.id, nextval(pg_get_serial_sequence('customers_order', 'id'))) AS id,
       known.id IS NULL AS is_new, documents.kind, coalesce(identified.customer_id, known.customer_id) AS customer_id,
       documents.at, documents.day, documents.currency, rate, documents.channel, sign,
       round(total * 10 ^ digits)::bigint AS total_minor,
       round(total * rate * 10 ^ %(own_digits)s)::bigint AS total_base_minor
FROM documents
LEFT JOIN identified USING (customer)
LEFT JOIN customers_order AS known ON known.source = %(source)s AND known.external_id = documents.number
WHERE documents.kind <> 'refund'
ORDER BY first_row
"""

INSERT_ORDERS = """
INSERT INTO customers_order
    (id, source, external_id, kind, customer_id, ordered_at, ordered_date, currency, exchange_rate, channel,
     total_minor, total_base_minor, created_at, updated_at)
SELECT id, %(source)s, number, kind, customer_id, at, day, currency, rate, channel, total_minor, total_base_minor,
       now(), now()
FROM order_targets WHERE is_new
"""

UPDATE_ORDERS = """
UPDATE customers_order AS known
SET kind = wanted.kind, customer_id = wanted.customer_id, ordered_at = wanted.at, ordered_date = wanted.day,
    currency = wanted.currency, exchange_rate = wanted.rate, channel = wanted.channel,
    total_minor = wanted.total_minor, total_base_minor = wanted.total_base_minor, updated_at = now()
FROM order_targets AS wanted
WHERE known.id = wanted.id AND NOT wanted.is_new
  AND (known.kind, known.customer_id, known.ordered_at, known.ordered_date, known.currency, known.exchange_rate,
       known.channel, known.total_minor, known.total_base_minor)
      IS DISTINCT FROM
      (wanted.kind, wanted.customer_id, wanted.at, wanted.day, wanted.currency, wanted.rate::numeric(18, 8),
       wanted.channel, wanted.total_minor, wanted.total_base_minor)
"""

REFUND_TARGETS = """
CREATE UNLOGGED TABLE refund_targets AS
SELECT documents.number, coalesce(known.id, nextval(pg_get_serial_sequence('customers_refund', 'id'))) AS id,
       known.id IS NULL AS is_new, coalesce(stated.id, known.order_id) AS order_id,
       coalesce(identified.customer_id, known.customer_id, stated.customer_id) AS customer_id,
       documents.at, documents.day, documents.currency, rate, documents.reason, sign,
       round(total * 10 ^ digits)::bigint AS total_minor,
       round(total * rate * 10 ^ %(own_digits)s)::bigint AS total_base_minor
FROM documents
LEFT JOIN identified USING (customer)
LEFT JOIN customers_refund AS known ON known.source = %(source)s AND known.external_id = documents.number
LEFT JOIN customers_order AS stated ON stated.source = %(source)s AND stated.external_id = documents.refund_of
WHERE documents.kind = 'refund'
ORDER BY first_row
"""

UNKNOWN_ORDERS = """
INSERT INTO problems (row_number, field, reason, value, is_rejected)
SELECT first_row, 'refund_of', 'unknown_order', refund_of, false
FROM documents JOIN refund_targets USING (number) WHERE refund_of IS NOT NULL AND order_id IS NULL
"""

INSERT_REFUNDS = """
INSERT INTO customers_refund
    (id, source, external_id, order_id, customer_id, refunded_at, refunded_date, currency, exchange_rate, reason,
     total_minor, total_base_minor, created_at, updated_at)
SELECT id, %(source)s, number, order_id, customer_id, at, day, currency, rate, reason, total_minor, total_base_minor,
       now(), now()
FROM refund_targets WHERE is_new
"""

UPDATE_REFUNDS = """
UPDATE customers_refund AS known
SET order_id = wanted.order_id, customer_id = wanted.customer_id, refunded_at = wanted.at, refunded_date = wanted.day,
    currency = wanted.currency, exchange_rate = wanted.rate, reason = wanted.reason,
    total_minor = wanted.total_minor, total_base_minor = wanted.total_base_minor, updated_at = now()
FROM refund_targets AS wanted
WHERE known.id = wanted.id AND NOT wanted.is_new
  AND (known.order_id, known.customer_id, known.refunded_at, known.refunded_date, known.currency, known.exchange_rate,
       known.reason, known.total_minor, known.total_base_minor)
      IS DISTINCT FROM
      (wanted.order_id, wanted.customer_id, wanted.at, wanted.day, wanted.currency, wanted.rate::numeric(18, 8),
       wanted.reason, wanted.total_minor, wanted.total_base_minor)
"""

# A line is known again by its content and, among equal lines of its document, by its ordinal: the last eight digits.
# What a system pays back it writes with a minus before the quantity, or before the amount: quantity is never negative.
LINE_TARGETS = """
CREATE UNLOGGED TABLE {line_targets} AS
SELECT id, is_new, (left(digest, 24) || lpad(to_hex(ordinal), 8, '0'))::uuid AS line_key, position, product_id,
       coalesce(product_name, '') AS description,
       CASE {side} WHEN 'refund' THEN abs(quantity) ELSE quantity END AS quantity,
       unit_price * CASE WHEN {side} = 'refund' AND quantity * sign < 0 THEN -1 ELSE 1 END AS unit_price,
       discount, amount * sign AS amount, cost
FROM (
    SELECT *, row_number() OVER (PARTITION BY id ORDER BY row_number) AS position,
           row_number() OVER (PARTITION BY id, digest ORDER BY row_number) AS ordinal
    FROM (
        SELECT target.id, target.is_new, target.sign, row_number, sku, product_name, quantity, unit_price, discount,
               amount, cost, md5((sku, product_name, quantity, unit_price, discount, amount, cost, ordered_at)::text)
                   AS digest
        FROM lines JOIN {targets} AS target USING (number)
        WHERE faults IS NULL
    ) AS digested
) AS numbered
LEFT JOIN (SELECT sku, product_id FROM product_targets) AS product USING (sku)
ORDER BY id, position
"""

EXACT_REPEATS = "SELECT count(*) FROM {line_targets} WHERE right(line_key::text, 8) <> '00000001'"

HAS_KNOWN = "SELECT EXISTS (SELECT FROM {targets} WHERE NOT is_new)"

REMOVE_LINES = """
DELETE FROM {table} AS known USING {targets} AS target
WHERE known.{document} = target.id AND NOT target.is_new AND NOT EXISTS (
    SELECT FROM {line_targets} AS wanted WHERE wanted.id = known.{document} AND wanted.line_key = known.line_key
)
"""

MOVE_LINES = """
UPDATE {table} AS known SET position = wanted.position
FROM {line_targets} AS wanted
WHERE NOT wanted.is_new AND known.{document} = wanted.id AND known.line_key = wanted.line_key
  AND known.position <> wanted.position
"""

INSERT_LINES = """
INSERT INTO {table} ({document}, line_key, position, product_id, description, quantity, unit_price, amount{more})
SELECT id, line_key, position, product_id, description, quantity, unit_price, amount{more}
FROM {line_targets} AS wanted
WHERE is_new
"""

ADD_LINES = """
INSERT INTO {table} ({document}, line_key, position, product_id, description, quantity, unit_price, amount{more})
SELECT id, line_key, position, product_id, description, quantity, unit_price, amount{more}
FROM {line_targets} AS wanted
WHERE NOT is_new AND NOT EXISTS (
    SELECT FROM {table} AS known WHERE known.{document} = wanted.id AND known.line_key = wanted.line_key
)
"""

# A refund that names no order belongs to the one earlier order of its customer that holds all its lines: the same
# products at the same price, in at least that quantity. Where several do, nobody knows which was meant.
BOUGHT = """
CREATE UNLOGGED TABLE bought AS
SELECT bought.customer_id, bought.id AS order_id, bought.ordered_at, line.product_id, line.unit_price,
       sum(line.quantity) AS quantity
FROM customers_order AS bought JOIN customers_orderline AS line ON line.order_id = bought.id
WHERE bought.kind = 'sale' AND bought.customer_id IN (SELECT customer_id FROM refund_targets WHERE order_id IS NULL)
GROUP BY bought.customer_id, bought.id, bought.ordered_at, line.product_id, line.unit_price
"""

LINK_REFUNDS = """
WITH returned AS (
    SELECT target.id, target.customer_id, target.at, line.product_id, line.unit_price, sum(line.quantity) AS quantity,
           count(*) OVER (PARTITION BY target.id) AS articles
    FROM refund_targets AS target JOIN refund_line_targets AS line USING (id)
    WHERE target.order_id IS NULL AND target.customer_id IS NOT NULL
    GROUP BY target.id, target.customer_id, target.at, line.product_id, line.unit_price
), holding AS (
    SELECT returned.id, bought.order_id
    FROM returned JOIN bought USING (customer_id, product_id, unit_price)
    WHERE bought.ordered_at <= returned.at AND bought.quantity >= returned.quantity
    GROUP BY returned.id, bought.order_id, returned.articles
    HAVING count(*) = returned.articles
)
UPDATE customers_refund AS refund SET order_id = sole.order_id
FROM (SELECT id, min(order_id) AS order_id FROM holding GROUP BY id HAVING count(*) = 1) AS sole
WHERE refund.id = sole.id
"""


def reject_changed_sides(source: str) -> None:
    run(CHANGED_SIDES, {"source": source})


def commit_orders(source: str, own_digits: int) -> dict[str, Tally]:
    params: Params = {"source": source, "own_digits": own_digits}
    found = run(ORDER_TARGETS, params)
    run("ANALYZE order_targets")
    inserted = run(INSERT_ORDERS, params)
    updated = run(UPDATE_ORDERS)
    lines = _commit_lines("order", more=("discount", "cost"))
    return {"orders": Tally(inserted, updated, found - inserted - updated), "order_lines": lines}


def commit_refunds(source: str, own_digits: int) -> dict[str, Tally]:
    params: Params = {"source": source, "own_digits": own_digits}
    found = run(REFUND_TARGETS, params)
    run("ANALYZE refund_targets")
    run(UNKNOWN_ORDERS)
    inserted = run(INSERT_REFUNDS, params)
    updated = run(UPDATE_REFUNDS)
    lines = _commit_lines("refund", more=())
    if found:
        run(BOUGHT)
        run("ANALYZE bought")
        run(LINK_REFUNDS)
    return {"refunds": Tally(inserted, updated, found - inserted - updated), "refund_lines": lines}


def _commit_lines(side: str, *, more: tuple[str, ...]) -> Tally:
    names = {
        "side": sql.Literal(side),
        "table": sql.Identifier(f"customers_{side}line"),
        "document": sql.Identifier(f"{side}_id"),
        "targets": sql.Identifier(f"{side}_targets"),
        "line_targets": sql.Identifier(f"{side}_line_targets"),
        "more": sql.SQL("").join(sql.SQL(", {}").format(sql.Identifier(column)) for column in more),
    }

    def execute(statement: str) -> int:
        return run(sql.SQL(statement).format(**names))

    tally = Tally(unchanged=execute(LINE_TARGETS))
    if value_of(sql.SQL(HAS_KNOWN).format(**names)):
        execute("ANALYZE {line_targets}")
        tally.removed = execute(REMOVE_LINES)
        tally.updated = execute(MOVE_LINES) + execute(ADD_LINES)
    tally.inserted = execute(INSERT_LINES)
    tally.unchanged -= tally.inserted + tally.updated
    tally.exact_repeats = int(value_of(sql.SQL(EXACT_REPEATS).format(**names)))
    return tally
