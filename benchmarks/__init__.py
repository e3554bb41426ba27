"""Benchmarks: figures as ratios (against COPY, a peer library, half the size) beside absolutes; no time is asserted.

`python3 run.py bench` lists them; `python3 run.py bench NAME …` runs some. Each is a module `bench_NAME.py` with a
function `main()`, and runs alone in a process of its own, on a server and an empty migrated database of its own.
"""
