-- Purchase days of each buyer since $since and what was spent on them, as of the day of `sales`.
SELECT
    customer_id,
    COUNT(DISTINCT ordered_date) AS purchase_days,
    CAST(SUM(total_minor - refunded_minor) AS BIGINT) AS spent_minor
FROM sales
WHERE is_purchase AND ordered_date >= $since
GROUP BY customer_id
ORDER BY customer_id
