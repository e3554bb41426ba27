"""Customers of the list as a file: a job writes it, whoever ordered it fetches it, and after some days it is gone."""
