"""What was sold and what is for sale: the pages of orders and products. Both come from other systems, by imports and
the API; what people write on them here are the organisation's own fields."""
