-- One row per customer who may be analysed, as of $as_of; the window begins with $window_start. Needs `sales`.
WITH bought AS (
    SELECT
        customer_id,
        MIN(CASE WHEN is_purchase THEN ordered_date END) AS first_purchase_date,
        MAX(CASE WHEN is_purchase THEN ordered_date END) AS last_purchase_date,
        COUNT(CASE WHEN is_purchase AND ordered_date >= $window_start THEN 1 END) AS orders,
        SUM(CASE WHEN is_purchase AND ordered_date >= $window_start THEN total_minor ELSE 0 END) AS purchased_minor,
        CAST(SUM(CASE WHEN ordered_date >= $window_start THEN total_minor ELSE 0 END) AS BIGINT) AS gross_minor,
        CAST(SUM(CASE WHEN ordered_date >= $window_start THEN refunded_minor ELSE 0 END) AS BIGINT) AS refunded_minor
    FROM sales
    GROUP BY customer_id
),
occasions AS (
    SELECT customer_id, COUNT(DISTINCT ordered_date) AS frequency
    FROM sales
    WHERE is_purchase AND ordered_date >= $window_start
    GROUP BY customer_id
),
-- What was paid back without naming an order reduces the window in which it was paid.
unattached AS (
    SELECT customer_id, CAST(SUM(total_minor) AS BIGINT) AS refunded_minor
    FROM refunds
    WHERE order_id IS NULL AND customer_id IS NOT NULL AND refunded_date >= $window_start AND refunded_date <= $as_of
    GROUP BY customer_id
),
known AS (
    SELECT
        c.customer_id,
        b.first_purchase_date,
        b.last_purchase_date,
        COALESCE(o.frequency, 0) AS frequency,
        COALESCE(b.orders, 0) AS orders,
        COALESCE(b.purchased_minor, 0) AS purchased_minor,
        COALESCE(b.gross_minor, 0) AS gross_minor,
        COALESCE(b.refunded_minor, 0) + COALESCE(u.refunded_minor, 0) AS refunded_minor
    FROM customer_dim AS c
    LEFT JOIN bought AS b ON b.customer_id = c.customer_id
    LEFT JOIN occasions AS o ON o.customer_id = c.customer_id
    LEFT JOIN unattached AS u ON u.customer_id = c.customer_id
    WHERE c.is_live AND c.may_be_profiled
)
SELECT
    customer_id,
    first_purchase_date,
    last_purchase_date,
    DATE_DIFF('day', last_purchase_date, $as_of) AS recency_days,
    DATE_DIFF('day', first_purchase_date, $as_of) AS tenure_days,
    frequency,
    orders,
    gross_minor - refunded_minor AS monetary_minor,
    gross_minor,
    refunded_minor,
    CASE
        WHEN gross_minor <= 0 THEN CAST(0 AS DOUBLE)
        WHEN refunded_minor >= gross_minor THEN CAST(1 AS DOUBLE)
        ELSE CAST(refunded_minor AS DOUBLE) / CAST(gross_minor AS DOUBLE)
    END AS refunded_share,
    CASE
        WHEN orders = 0 THEN CAST(0 AS DOUBLE)
        ELSE CAST(purchased_minor AS DOUBLE) / CAST(orders AS DOUBLE)
    END AS average_basket_minor
FROM known
