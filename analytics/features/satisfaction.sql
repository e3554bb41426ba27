-- What customers answered from $window_start until $as_of, 0 for the lowest and 1 for the highest value of each scale:
-- all but effort, and fairness of the price by itself.
SELECT
    customer_id,
    AVG(CASE WHEN measure <> 'ces' THEN share END) AS satisfaction,
    AVG(CASE WHEN facet = 'price_fairness' AND measure <> 'ces' THEN share END) AS price_fairness
FROM answers
WHERE answered_date >= $window_start AND answered_date <= $as_of
GROUP BY customer_id
ORDER BY customer_id
