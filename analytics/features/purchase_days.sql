-- Purchase days of each buyer since $since, as of the day of `sales`.
SELECT customer_id, COUNT(DISTINCT ordered_date) AS purchase_days
FROM sales
WHERE is_purchase AND ordered_date >= $since
GROUP BY customer_id
ORDER BY customer_id
