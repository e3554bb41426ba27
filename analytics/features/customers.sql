-- One row per live customer as of $as_of; the window begins with $window_start. Needs the table of sales.sql.
WITH bought AS (
    SELECT
        customer_id,
        MIN(ordered_date) AS first_purchase_date,
        MAX(ordered_date) AS last_purchase_date,
        COUNT(DISTINCT CASE WHEN ordered_date >= $window_start THEN ordered_date END) AS frequency,
        COUNT(CASE WHEN ordered_date >= $window_start THEN 1 END) AS orders,
        SUM(CASE WHEN ordered_date >= $window_start THEN total_minor ELSE 0 END) AS purchased_minor
    FROM sales
    WHERE is_purchase
    GROUP BY customer_id
),
amounts AS (
    SELECT customer_id, total_minor, refunded_minor
    FROM sales
    WHERE ordered_date >= $window_start
    UNION ALL
    -- What was paid back without naming an order reduces the window in which it was paid.
    SELECT customer_id, 0 AS total_minor, total_minor AS refunded_minor
    FROM refunds
    WHERE order_id IS NULL AND customer_id IS NOT NULL AND refunded_date >= $window_start AND refunded_date <= $as_of
),
spent AS (
    SELECT
        customer_id,
        CAST(SUM(total_minor) AS BIGINT) AS gross_minor,
        CAST(SUM(refunded_minor) AS BIGINT) AS refunded_minor
    FROM amounts
    GROUP BY customer_id
),
assortment AS (
    SELECT s.customer_id, COUNT(DISTINCT l.product_id) AS distinct_products
    FROM sales AS s
    INNER JOIN lines AS l ON l.order_id = s.order_id
    WHERE s.is_purchase AND s.ordered_date >= $window_start
    GROUP BY s.customer_id
),
behaviour AS (
    SELECT
        customer_id,
        COUNT(CASE WHEN kind = 'visit' THEN 1 END) AS visits,
        COUNT(CASE WHEN kind = 'click' THEN 1 END) AS clicks,
        COUNT(CASE WHEN kind = 'view' THEN 1 END) AS views,
        COUNT(CASE WHEN kind = 'add_to_cart' THEN 1 END) AS carts,
        COUNT(CASE WHEN kind = 'rating' THEN 1 END) AS ratings,
        AVG(CASE WHEN kind = 'rating' THEN CAST(value AS DOUBLE) END) AS mean_rating,
        COUNT(CASE WHEN kind = 'service_use' THEN 1 END) AS service_uses,
        CAST(SUM(CASE WHEN kind = 'service_use' THEN COALESCE(seconds, 0) ELSE 0 END) AS BIGINT) AS service_seconds
    FROM events
    WHERE customer_id IS NOT NULL AND occurred_date >= $window_start AND occurred_date <= $as_of
    GROUP BY customer_id
)
SELECT
    c.customer_id,
    b.first_purchase_date,
    b.last_purchase_date,
    DATE_DIFF('day', b.last_purchase_date, $as_of) AS recency_days,
    DATE_DIFF('day', b.first_purchase_date, $as_of) AS tenure_days,
    COALESCE(b.frequency, 0) AS frequency,
    COALESCE(b.orders, 0) AS orders,
    COALESCE(s.gross_minor - s.refunded_minor, 0) AS monetary_minor,
    COALESCE(s.gross_minor, 0) AS gross_minor,
    COALESCE(s.refunded_minor, 0) AS refunded_minor,
    CASE
        WHEN COALESCE(s.gross_minor, 0) <= 0 THEN CAST(0 AS DOUBLE)
        WHEN s.refunded_minor >= s.gross_minor THEN CAST(1 AS DOUBLE)
        ELSE CAST(s.refunded_minor AS DOUBLE) / CAST(s.gross_minor AS DOUBLE)
    END AS refunded_share,
    CASE
        WHEN COALESCE(b.orders, 0) = 0 THEN CAST(0 AS DOUBLE)
        ELSE CAST(b.purchased_minor AS DOUBLE) / CAST(b.orders AS DOUBLE)
    END AS average_basket_minor,
    COALESCE(a.distinct_products, 0) AS distinct_products,
    COALESCE(e.visits, 0) AS visits,
    COALESCE(e.clicks, 0) AS clicks,
    COALESCE(e.views, 0) AS views,
    COALESCE(e.carts, 0) AS carts,
    COALESCE(e.ratings, 0) AS ratings,
    e.mean_rating,
    COALESCE(e.service_uses, 0) AS service_uses,
    COALESCE(e.service_seconds, 0) AS service_seconds
FROM customer_dim AS c
LEFT JOIN bought AS b ON b.customer_id = c.customer_id
LEFT JOIN spent AS s ON s.customer_id = c.customer_id
LEFT JOIN assortment AS a ON a.customer_id = c.customer_id
LEFT JOIN behaviour AS e ON e.customer_id = c.customer_id
WHERE c.is_live
