-- Orders that are no purchase as of the day of `sales`, which it needs: few, so that lines are quickly rid of them. By
-- NOT IN, since none is missing here: NOT EXISTS takes the engine twice as long.
SELECT order_id FROM orders WHERE kind <> 'sale'
UNION ALL
SELECT order_id FROM sales WHERE NOT is_purchase
