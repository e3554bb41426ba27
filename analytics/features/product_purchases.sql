-- What live customers bought, a row per customer, product and day. Needs the table of sales.sql.
SELECT
    s.customer_id,
    l.product_id,
    s.ordered_date,
    CAST(SUM(l.quantity) AS DOUBLE) AS quantity
FROM sales AS s
INNER JOIN lines AS l ON l.order_id = s.order_id
INNER JOIN customer_dim AS c ON c.customer_id = s.customer_id
WHERE s.is_purchase AND l.product_id IS NOT NULL AND c.is_live
GROUP BY s.customer_id, l.product_id, s.ordered_date
ORDER BY s.customer_id, l.product_id, s.ordered_date
