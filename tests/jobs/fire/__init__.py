"""The product under fire: workers and beats killed and stalled, servers taken away, while jobs must come out whole.

Used by the tests, on servers of their own, and by `run.py bench kills`.
"""
