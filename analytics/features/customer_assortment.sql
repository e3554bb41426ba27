-- How many products each customer who may be analysed bought since $window_start. Needs `no_purchases`.
WITH assortment AS (
    SELECT l.customer_id, COUNT(DISTINCT l.product_id) AS distinct_products
    FROM lines AS l
    WHERE
        l.ordered_date >= $window_start AND l.ordered_date <= $as_of
        AND l.order_id NOT IN (SELECT n.order_id FROM no_purchases AS n)
    GROUP BY l.customer_id
)
SELECT c.customer_id, COALESCE(a.distinct_products, 0) AS distinct_products
FROM customer_dim AS c
LEFT JOIN assortment AS a ON a.customer_id = c.customer_id
WHERE c.is_live AND c.may_be_profiled
