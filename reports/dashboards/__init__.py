"""Dashboards that people put together: `access` who may, `places` tabs and start, `arranging` the cards, `cards` what
they show to one reader, `one_filter` what changes them all."""
