-- What each of the $most categories with most revenue since $since sold a day until $as_of, less refunds on their own
-- day. The total of a refund is spread over the lines of its order by their amounts; one without an order is no
-- category's. Exact decimals, since sums of doubles depend on their order.
WITH sold AS (
    SELECT l.order_id, l.ordered_date AS day, p.category_id, l.amount
    FROM lines AS l
    INNER JOIN products AS p ON p.product_id = l.product_id
    WHERE
        l.ordered_date <= $as_of AND p.category_id IS NOT NULL
        AND l.order_id NOT IN (SELECT o.order_id FROM orders AS o WHERE o.kind <> 'sale')
),
chosen AS (
    SELECT category_id
    FROM sold
    WHERE day >= $since
    GROUP BY category_id
    ORDER BY SUM(amount) DESC, category_id
    LIMIT $most
),
refunded AS (
    SELECT order_id, refunded_date AS day, SUM(total_minor) AS total_minor
    FROM refunds
    WHERE order_id IS NOT NULL AND refunded_date <= $as_of
    GROUP BY order_id, refunded_date
),
ordered AS (
    SELECT l.order_id, SUM(l.amount) AS amount
    FROM lines AS l
    WHERE EXISTS (SELECT 1 FROM refunded AS r WHERE r.order_id = l.order_id)
    GROUP BY l.order_id
    HAVING SUM(l.amount) > 0
),
parts AS (
    SELECT category_id, day, CAST(amount * $minor_in_unit AS DECIMAL(30, 6)) AS net_minor
    FROM sold
    UNION ALL
    SELECT
        s.category_id,
        r.day,
        -CAST(ROUND(CAST(r.total_minor AS DOUBLE) * CAST(s.amount AS DOUBLE) / CAST(o.amount AS DOUBLE), 6) AS DECIMAL(30, 6))
    FROM refunded AS r
    INNER JOIN ordered AS o ON o.order_id = r.order_id
    INNER JOIN sold AS s ON s.order_id = r.order_id
)
SELECT p.category_id, p.day, CAST(SUM(p.net_minor) AS DOUBLE) AS net_minor
FROM parts AS p
INNER JOIN chosen AS c ON c.category_id = p.category_id
GROUP BY p.category_id, p.day
ORDER BY p.category_id, p.day
