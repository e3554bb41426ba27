-- What each customer did from $since until $as_of, other than buying: how often, whatever it was.
SELECT customer_id, COUNT(*) AS events
FROM events
WHERE customer_id IS NOT NULL AND occurred_date >= $since AND occurred_date <= $as_of
GROUP BY customer_id
ORDER BY customer_id
