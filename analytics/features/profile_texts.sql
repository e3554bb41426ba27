-- What is written in the profiles of customers who may be analysed; unknown on $as_of where it was edited after that day.
SELECT t.customer_id, t.text, t.edited_date
FROM texts AS t
INNER JOIN customer_dim AS c ON c.customer_id = t.customer_id
WHERE c.is_live AND c.may_be_profiled AND (t.edited_date IS NULL OR t.edited_date <= $as_of)
ORDER BY t.customer_id
