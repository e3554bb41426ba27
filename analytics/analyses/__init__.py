"""The analyses, one module each: what joins facts to the pure functions of `analytics.algorithms`, and its words."""
