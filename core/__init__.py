"""What knows no business: money, dates, paging, page helpers, the embedded services."""
