-- One row per buyer who may be analysed, in purchase days, as of the day of `sales`; `recent` counts those since $since,
-- `year` those after $year_ago, `season` those from there until $season_end.
WITH occasions AS (
    SELECT customer_id, ordered_date, SUM(total_minor - refunded_minor) AS spent_minor
    FROM sales
    WHERE is_purchase
    GROUP BY customer_id, ordered_date
)
SELECT
    o.customer_id,
    MIN(o.ordered_date) AS first_purchase_date,
    MAX(o.ordered_date) AS last_purchase_date,
    COUNT(*) AS frequency,
    COUNT(CASE WHEN o.ordered_date >= $since THEN 1 END) AS recent,
    COUNT(CASE WHEN o.ordered_date > $year_ago THEN 1 END) AS year,
    COUNT(CASE WHEN o.ordered_date > $year_ago AND o.ordered_date <= $season_end THEN 1 END) AS season,
    CAST(SUM(CASE WHEN o.ordered_date >= $since THEN o.spent_minor ELSE 0 END) AS BIGINT) AS recent_spent_minor,
    CAST(SUM(o.spent_minor) AS DOUBLE) / COUNT(*) AS mean_spend_minor
FROM occasions AS o
INNER JOIN customer_dim AS c ON c.customer_id = o.customer_id
WHERE c.is_live AND c.may_be_profiled
GROUP BY o.customer_id
ORDER BY o.customer_id
