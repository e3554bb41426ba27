"""How things are measured and printed."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection


@dataclass
class Cost:
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0


@contextmanager
def cost() -> Iterator[Cost]:
    """Wall seconds, and CPU seconds of this process and of its database backend together."""
    spent = Cost()
    backend = backend_cpu_seconds()
    own = own_cpu_seconds()
    begun = time.perf_counter()
    yield spent
    spent.wall_seconds = time.perf_counter() - begun
    spent.cpu_seconds = own_cpu_seconds() - own + backend_cpu_seconds() - backend


def median_cost(work: Callable[[], object], *, runs: int = 15) -> Cost:
    """The median of several runs, after one that does not count."""
    work()
    costs = []
    for _ in range(runs):
        with cost() as spent:
            work()
        costs.append(spent)
    return Cost(
        statistics.median(each.wall_seconds for each in costs), statistics.median(each.cpu_seconds for each in costs)
    )


def own_cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def backend_cpu_seconds() -> float:
    """What the PostgreSQL process of this connection has used; 0 where it runs on another machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / 100


def peak_memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def row(what: str, *figures: str) -> None:
    print(f"{what:44} " + "  ".join(f"{figure:>16}" for figure in figures), flush=True)
