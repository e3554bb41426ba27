"""Files of products: `goods`, one row each."""

from __future__ import annotations

from imports.checks import name_problems
from imports.statements import run

GOODS = """
CREATE UNLOGGED TABLE goods AS
SELECT row_number, sku, product_name, category, subcategory, unit_price, unit_cost, currency, is_active::boolean,
       is_in_stock::boolean, faults, flaws
FROM parsed
"""

REPEATED = """
WITH repeated AS (
    SELECT row_number, sku
    FROM (SELECT row_number, sku, row_number() OVER (PARTITION BY sku ORDER BY row_number) AS times
          FROM goods WHERE faults IS NULL) AS numbered
    WHERE times > 1
)
INSERT INTO problems (row_number, field, reason, value)
SELECT row_number, 'sku', 'repeated', sku FROM repeated
"""

LEAVE_OUT = "DELETE FROM goods USING problems WHERE goods.row_number = problems.row_number AND is_rejected"


def check() -> None:
    run(GOODS)
    name_problems("goods")
    run(REPEATED)
    run(LEAVE_OUT)
    run("ANALYZE goods")
