"""Several records of one customer made into one, and back again for thirty days."""
