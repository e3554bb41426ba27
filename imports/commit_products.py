"""Products out of `goods`: found by their number in the source, made where they are new, changed where they differ."""

from __future__ import annotations

from imports.statements import Params, Tally, run

MAIN_CATEGORIES = """
INSERT INTO customers_category (name, parent_id)
SELECT DISTINCT category, NULL::bigint FROM goods WHERE category IS NOT NULL
EXCEPT SELECT name, NULL FROM customers_category WHERE parent_id IS NULL
ON CONFLICT DO NOTHING
"""

SUBCATEGORIES = """
INSERT INTO customers_category (name, parent_id)
SELECT DISTINCT subcategory, main.id
FROM goods LEFT JOIN customers_category AS main ON main.name = category AND main.parent_id IS NULL
WHERE subcategory IS NOT NULL
EXCEPT SELECT name, parent_id FROM customers_category
ON CONFLICT DO NOTHING
"""

TARGETS = """
CREATE UNLOGGED TABLE product_targets AS
SELECT goods.sku, coalesce(known.id, nextval(pg_get_serial_sequence('customers_product', 'id'))) AS product_id,
       known.id IS NULL AS is_new, product_name, goods.unit_price, goods.unit_cost, goods.currency, goods.is_active,
       goods.is_in_stock,
       coalesce(sub.id, main.id) AS category_id
FROM goods
LEFT JOIN customers_product AS known ON known.source = %(source)s AND known.sku = goods.sku
LEFT JOIN customers_category AS main ON main.name = goods.category AND main.parent_id IS NULL
LEFT JOIN customers_category AS sub ON sub.name = goods.subcategory AND sub.parent_id IS NOT DISTINCT FROM main.id
"""

INSERT = """
INSERT INTO customers_product
    (id, source, sku, name, category_id, unit_price, unit_cost, currency, is_active, is_in_stock, created_at,
     updated_at)
SELECT product_id, %(source)s, sku, coalesce(product_name, sku), category_id, unit_price, unit_cost,
       coalesce(currency, ''), coalesce(is_active, true), coalesce(is_in_stock, true), now(), now()
FROM product_targets WHERE is_new ORDER BY product_id
"""

# A file of orders only fills in what nobody has said yet: a name that was corrected here stays.
UPDATE = """
UPDATE customers_product AS product
SET name = wanted.name, category_id = wanted.category_id, unit_price = wanted.unit_price,
    unit_cost = wanted.unit_cost, currency = wanted.currency, is_active = wanted.is_active,
    is_in_stock = wanted.is_in_stock, updated_at = now()
FROM (
    SELECT known.id,
           CASE WHEN %(fill_only)s AND known.name <> known.sku THEN known.name
                ELSE coalesce(target.product_name, known.name) END AS name,
           CASE WHEN %(fill_only)s THEN coalesce(known.category_id, target.category_id)
                ELSE coalesce(target.category_id, known.category_id) END AS category_id,
           coalesce(target.unit_price, known.unit_price) AS unit_price,
           coalesce(target.unit_cost, known.unit_cost) AS unit_cost,
           coalesce(target.currency, known.currency) AS currency,
           coalesce(target.is_active, known.is_active) AS is_active,
           coalesce(target.is_in_stock, known.is_in_stock) AS is_in_stock
    FROM product_targets AS target JOIN customers_product AS known ON known.id = target.product_id
    WHERE NOT target.is_new
) AS wanted
WHERE product.id = wanted.id
  AND (product.name, product.category_id, product.unit_price, product.unit_cost, product.currency, product.is_active,
       product.is_in_stock)
      IS DISTINCT FROM
      (wanted.name, wanted.category_id, wanted.unit_price, wanted.unit_cost, wanted.currency, wanted.is_active,
       wanted.is_in_stock)
"""


def commit(source: str, *, fill_only: bool) -> Tally:
    params: Params = {"source": source, "fill_only": fill_only}
    run(MAIN_CATEGORIES)
    run(SUBCATEGORIES)
    found = run(TARGETS, params)
    run("ANALYZE product_targets")
    inserted = run(INSERT, params)
    updated = run(UPDATE, params)
    return Tally(inserted=inserted, updated=updated, unchanged=found - inserted - updated)
