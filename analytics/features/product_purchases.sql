-- What customers who may be analysed bought from $start until $as_of, with the last day, and whether on several days.
-- Needs `no_purchases`.
SELECT
    l.customer_id,
    l.product_id,
    MAX(l.ordered_date) AS ordered_date,
    CAST(SUM(l.quantity) AS DOUBLE) AS quantity,
    MIN(l.ordered_date) < MAX(l.ordered_date) AS is_again
FROM lines AS l
INNER JOIN customer_dim AS c ON c.customer_id = l.customer_id
WHERE
    l.ordered_date >= $start AND l.ordered_date <= $as_of AND l.product_id IS NOT NULL
    AND c.is_live AND c.may_be_profiled
    AND l.order_id NOT IN (SELECT n.order_id FROM no_purchases AS n)
GROUP BY l.customer_id, l.product_id
