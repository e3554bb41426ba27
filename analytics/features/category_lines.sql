-- Order lines of each customer who may be analysed, and category, since $window_start. Needs `no_purchases`.
SELECT
    l.customer_id,
    p.category_id,
    COUNT(*) AS order_lines
FROM lines AS l
INNER JOIN products AS p ON p.product_id = l.product_id
INNER JOIN customer_dim AS c ON c.customer_id = l.customer_id
WHERE
    l.ordered_date >= $window_start AND l.ordered_date <= $as_of AND p.category_id IS NOT NULL
    AND c.is_live AND c.may_be_profiled
    AND l.order_id NOT IN (SELECT n.order_id FROM no_purchases AS n)
GROUP BY l.customer_id, p.category_id
ORDER BY l.customer_id, p.category_id
