-- One row per day until $as_of with a sale or a refund, of all customers and of none. Needs the table of sales.sql.
WITH buyer_days AS (
    SELECT DISTINCT customer_id, ordered_date AS day
    FROM sales
    WHERE is_purchase
),
dated AS (
    SELECT
        day,
        MIN(day) OVER (PARTITION BY customer_id) AS first_day,
        MIN(day) OVER (
            PARTITION BY customer_id, EXTRACT(YEAR FROM day), EXTRACT(MONTH FROM day)
        ) AS first_day_of_month
    FROM buyer_days
),
parts AS (
    SELECT
        ordered_date AS day,
        COUNT(*) AS orders,
        COUNT(*) - COUNT(customer_id) AS anonymous_orders,
        0 AS buyers,
        0 AS new_buyers,
        0 AS month_buyers,
        SUM(total_minor) AS gross_minor,
        0 AS refunds,
        0 AS refunded_minor
    FROM orders
    WHERE kind = 'sale' AND ordered_date <= $as_of
    GROUP BY ordered_date
    UNION ALL
    SELECT
        day,
        0,
        0,
        COUNT(*),
        COUNT(CASE WHEN day = first_day THEN 1 END),
        COUNT(CASE WHEN day = first_day_of_month THEN 1 END),
        0,
        0,
        0
    FROM dated
    GROUP BY day
    UNION ALL
    SELECT refunded_date, 0, 0, 0, 0, 0, 0, COUNT(*), SUM(total_minor)
    FROM refunds
    WHERE refunded_date <= $as_of
    GROUP BY refunded_date
)
SELECT
    day,
    CAST(SUM(orders) AS BIGINT) AS orders,
    CAST(SUM(anonymous_orders) AS BIGINT) AS anonymous_orders,
    CAST(SUM(buyers) AS BIGINT) AS buyers,
    CAST(SUM(new_buyers) AS BIGINT) AS new_buyers,
    CAST(SUM(buyers - new_buyers) AS BIGINT) AS returning_buyers,
    CAST(SUM(month_buyers) AS BIGINT) AS month_buyers,
    CAST(SUM(gross_minor) AS BIGINT) AS gross_minor,
    CAST(SUM(refunds) AS BIGINT) AS refunds,
    CAST(SUM(refunded_minor) AS BIGINT) AS refunded_minor
FROM parts
GROUP BY day
ORDER BY day
