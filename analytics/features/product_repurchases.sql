-- Of each product how many customers who may be analysed bought it until $as_of, and how many on another day again.
-- Needs `no_purchases`.
WITH pairs AS (
    SELECT l.product_id, MIN(l.ordered_date) < MAX(l.ordered_date) AS is_again
    FROM lines AS l
    INNER JOIN customer_dim AS c ON c.customer_id = l.customer_id
    WHERE
        l.ordered_date <= $as_of AND l.product_id IS NOT NULL AND c.is_live AND c.may_be_profiled
        AND NOT EXISTS (SELECT 1 FROM no_purchases AS n WHERE n.order_id = l.order_id)
    GROUP BY l.customer_id, l.product_id
)
SELECT p.product_id, p.category_id, COUNT(*) AS buyers, COUNT(CASE WHEN a.is_again THEN 1 END) AS buyers_again
FROM pairs AS a
INNER JOIN products AS p ON p.product_id = a.product_id
GROUP BY p.product_id, p.category_id
ORDER BY p.product_id
