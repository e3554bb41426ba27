-- How many pieces of each of the $most products with most revenue since $since were ordered a day until $as_of.
WITH sold AS (
    SELECT l.product_id, l.ordered_date AS day, l.amount, l.quantity
    FROM lines AS l
    WHERE
        l.ordered_date <= $as_of AND l.product_id IS NOT NULL
        AND l.order_id NOT IN (SELECT o.order_id FROM orders AS o WHERE o.kind <> 'sale')
),
chosen AS (
    SELECT product_id
    FROM sold
    WHERE day >= $since
    GROUP BY product_id
    ORDER BY SUM(amount) DESC, product_id
    LIMIT $most
)
SELECT s.product_id, s.day, CAST(SUM(s.quantity) AS DOUBLE) AS quantity
FROM sold AS s
INNER JOIN chosen AS c ON c.product_id = s.product_id
GROUP BY s.product_id, s.day
ORDER BY s.product_id, s.day
