-- The different products of each of the newest $most purchases from $start until $as_of, with their day; purchases of
-- nobody known count, those of who objects to profiling do not. Needs `no_purchases`.
WITH newest AS (
    SELECT o.order_id, o.ordered_date
    FROM orders AS o
    LEFT JOIN customer_dim AS c ON c.customer_id = o.customer_id
    WHERE
        o.ordered_date >= $start AND o.ordered_date <= $as_of
        AND (o.customer_id IS NULL OR c.may_be_profiled)
        AND o.order_id NOT IN (SELECT n.order_id FROM no_purchases AS n)
    ORDER BY o.ordered_date DESC, o.order_id DESC
    LIMIT $most
)
SELECT l.order_id, l.product_id, n.ordered_date
FROM lines AS l
INNER JOIN newest AS n ON n.order_id = l.order_id
WHERE l.product_id IS NOT NULL AND l.ordered_date >= $start AND l.ordered_date <= $as_of
GROUP BY l.order_id, l.product_id, n.ordered_date
ORDER BY n.ordered_date, l.order_id, l.product_id
