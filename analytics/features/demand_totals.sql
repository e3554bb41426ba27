-- One row per day until $as_of with a sale or a refund, of all customers and of none.
WITH parts AS (
    SELECT ordered_date AS day, COUNT(*) AS orders, SUM(total_minor) AS net_minor
    FROM orders
    WHERE kind = 'sale' AND ordered_date <= $as_of
    GROUP BY ordered_date
    UNION ALL
    SELECT refunded_date, 0, -SUM(total_minor)
    FROM refunds
    WHERE refunded_date <= $as_of
    GROUP BY refunded_date
)
SELECT
    day,
    CAST(SUM(orders) AS BIGINT) AS orders,
    CAST(SUM(net_minor) AS BIGINT) AS net_minor
FROM parts
GROUP BY day
ORDER BY day
