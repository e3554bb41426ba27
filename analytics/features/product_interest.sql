-- How much customers who may be analysed care for products by what they did other than buying, from $start until
-- $as_of: interest, 0–1, grows with each view, click and filling of the cart and stays below a purchase; rating, 0–1
-- for one to five stars, is missing where they gave none.
SELECT
    e.customer_id,
    e.product_id,
    1 - POWER(0.95, COUNT(CASE WHEN e.kind = 'view' THEN 1 END))
    * POWER(0.9, COUNT(CASE WHEN e.kind = 'click' THEN 1 END))
    * POWER(0.6, COUNT(CASE WHEN e.kind = 'add_to_cart' THEN 1 END)) AS interest,
    -- One to five stars; not through LEAST, which passes over what is missing.
    (AVG(CASE WHEN e.kind = 'rating' THEN CAST(e.value AS DOUBLE) END) - 1) / 4 AS rating
FROM events AS e
INNER JOIN customer_dim AS c ON c.customer_id = e.customer_id
WHERE
    e.occurred_date >= $start AND e.occurred_date <= $as_of AND e.product_id IS NOT NULL
    AND e.kind IN ('view', 'click', 'add_to_cart', 'rating')
    AND c.is_live AND c.may_be_profiled
GROUP BY e.customer_id, e.product_id
