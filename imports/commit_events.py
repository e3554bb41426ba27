"""Events out of `happenings`: made where they are new, changed where they differ."""

from __future__ import annotations

from imports.statements import Params, Tally, run

TARGETS = """
CREATE UNLOGGED TABLE event_targets AS
SELECT known.id, event_kind AS kind, coalesce(identified.customer_id, known.customer_id) AS customer_id,
       product_targets.product_id, told.occurred_at, told.occurred_date, told.value, told.seconds,
       coalesce(told.text, '') AS text, told.external_id
FROM happenings AS told
LEFT JOIN identified USING (customer)
LEFT JOIN product_targets USING (sku)
LEFT JOIN customers_event AS known
    ON known.source = %(source)s AND known.external_id = told.external_id AND known.external_id <> ''
ORDER BY row_number
"""

INSERT = """
INSERT INTO customers_event
    (source, external_id, kind, customer_id, product_id, occurred_at, occurred_date, value, seconds, text)
SELECT %(source)s, external_id, kind, customer_id, product_id, occurred_at, occurred_date, value, seconds, text
FROM event_targets WHERE id IS NULL
"""

UPDATE = """
UPDATE customers_event AS known
SET kind = wanted.kind, customer_id = wanted.customer_id, product_id = wanted.product_id,
    occurred_at = wanted.occurred_at, occurred_date = wanted.occurred_date, value = wanted.value,
    seconds = wanted.seconds, text = wanted.text
FROM event_targets AS wanted
WHERE known.id = wanted.id
  AND (known.kind, known.customer_id, known.product_id, known.occurred_at, known.occurred_date, known.value,
       known.seconds, known.text)
      IS DISTINCT FROM
      (wanted.kind, wanted.customer_id, wanted.product_id, wanted.occurred_at, wanted.occurred_date, wanted.value,
       wanted.seconds, wanted.text)
"""


def commit(source: str) -> Tally:
    params: Params = {"source": source}
    found = run(TARGETS, params)
    run("ANALYZE event_targets")
    inserted = run(INSERT, params)
    updated = run(UPDATE)
    return Tally(inserted=inserted, updated=updated, unchanged=found - inserted - updated)
