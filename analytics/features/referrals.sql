-- Of each customer how many of those whom they referred had bought by the day of `sales`, and what these spent since
-- $window_start, refunds deducted. Needs `sales`.
SELECT
    c.referrer_id AS customer_id,
    COUNT(DISTINCT s.customer_id) AS referred,
    CAST(
        SUM(CASE WHEN s.ordered_date >= $window_start THEN s.total_minor - s.refunded_minor ELSE 0 END) AS BIGINT
    ) AS referred_spend
FROM sales AS s
INNER JOIN customer_dim AS c ON c.customer_id = s.customer_id
WHERE s.is_purchase AND c.referrer_id IS NOT NULL AND c.is_live AND c.may_be_profiled
GROUP BY c.referrer_id
ORDER BY c.referrer_id
