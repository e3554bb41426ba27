-- Share of the lines since $window_start that each customer who may be analysed bought at a discount; NULL without a
-- line. Needs `no_purchases`.
WITH bought AS (
    SELECT
        l.customer_id,
        CAST(COUNT(CASE WHEN l.is_discounted THEN 1 END) AS DOUBLE) / CAST(COUNT(*) AS DOUBLE) AS discounted_share
    FROM lines AS l
    WHERE
        l.ordered_date >= $window_start AND l.ordered_date <= $as_of
        AND l.order_id NOT IN (SELECT n.order_id FROM no_purchases AS n)
    GROUP BY l.customer_id
)
SELECT c.customer_id, b.discounted_share
FROM customer_dim AS c
LEFT JOIN bought AS b ON b.customer_id = c.customer_id
WHERE c.is_live AND c.may_be_profiled
