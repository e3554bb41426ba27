-- What each customer who may be analysed did from $window_start until $as_of, other than buying.
WITH behaviour AS (
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
    COALESCE(e.visits, 0) AS visits,
    COALESCE(e.clicks, 0) AS clicks,
    COALESCE(e.views, 0) AS views,
    COALESCE(e.carts, 0) AS carts,
    COALESCE(e.ratings, 0) AS ratings,
    e.mean_rating,
    COALESCE(e.service_uses, 0) AS service_uses,
    COALESCE(e.service_seconds, 0) AS service_seconds
FROM customer_dim AS c
LEFT JOIN behaviour AS e ON e.customer_id = c.customer_id
WHERE c.is_live AND c.may_be_profiled
