"""The customer list as a workspace: which columns and quick filters there are, and what a query string asks of them."""

from customers.listing.columns import columns
from customers.listing.listing import PAGE_SIZE, CustomerListing

__all__ = ["PAGE_SIZE", "CustomerListing", "columns"]
