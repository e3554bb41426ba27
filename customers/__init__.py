"""Customers and what they did. Knows nothing of the apps above, which plug in through `customers.extensions`."""
