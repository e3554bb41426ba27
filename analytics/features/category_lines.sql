-- Order lines of each live customer and category since $window_start. Needs the table of sales.sql.
SELECT
    s.customer_id,
    p.category_id,
    COUNT(*) AS order_lines
FROM sales AS s
INNER JOIN lines AS l ON l.order_id = s.order_id
INNER JOIN products AS p ON p.product_id = l.product_id
INNER JOIN customer_dim AS c ON c.customer_id = s.customer_id
WHERE s.is_purchase AND s.ordered_date >= $window_start AND p.category_id IS NOT NULL AND c.is_live
GROUP BY s.customer_id, p.category_id
ORDER BY s.customer_id, p.category_id
