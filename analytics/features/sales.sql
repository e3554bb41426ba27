-- Sales to known customers until $as_of, each with what was paid back of it by then.
SELECT
    o.order_id,
    o.customer_id,
    o.ordered_date,
    o.total_minor,
    COALESCE(r.refunded_minor, 0) AS refunded_minor,
    -- A purchase is a sale of which anything is left.
    o.total_minor > COALESCE(r.refunded_minor, 0) AS is_purchase
FROM orders AS o
LEFT JOIN (
    SELECT order_id, CAST(SUM(total_minor) AS BIGINT) AS refunded_minor
    FROM refunds
    WHERE order_id IS NOT NULL AND refunded_date <= $as_of
    GROUP BY order_id
) AS r ON r.order_id = o.order_id
WHERE o.kind = 'sale' AND o.customer_id IS NOT NULL AND o.ordered_date <= $as_of
