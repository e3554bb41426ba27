"""How things are measured and printed."""

from __future__ import annotations

import os
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from core.embedded.binaries import postgres_programs
from core.embedded.folders import database_account

# A second has so many in /proc.
TICKS = 100


def psql() -> list[str]:
    """The command that runs statements against the benchmark's database: its own program comes with the server."""
    account = database_account(Path(__file__).resolve().parent)
    program = str(postgres_programs(account).folder / "psql")
    return [program, os.environ["DATABASE_URL"], "-q", "-X", "-v", "ON_ERROR_STOP=1"]


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


@contextmanager
def server_cost() -> Iterator[Cost]:
    """The same with all of PostgreSQL's processes, for work that opens connections of its own."""
    spent = Cost()
    used = own_cpu_seconds() + server_cpu_seconds()
    begun = time.perf_counter()
    yield spent
    spent.wall_seconds = time.perf_counter() - begun
    spent.cpu_seconds = own_cpu_seconds() + server_cpu_seconds() - used


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
    return sum(_ticks(pid)[:2]) / TICKS


def server_cpu_seconds() -> float:
    """What all processes of the PostgreSQL server have used, also those that have ended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
        cursor.execute("SELECT pid FROM pg_stat_activity")
        live = [pid for (pid,) in cursor.fetchall()]
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    postmaster = int(status.split("PPid:")[1].split()[0])
    return (sum(sum(_ticks(each)[:2]) for each in live) + sum(_ticks(postmaster))) / TICKS


def _ticks(pid: int) -> tuple[int, int, int, int]:
    """In user and system mode, of the process and of its children that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return (0, 0, 0, 0)
    return (int(fields[11]), int(fields[12]), int(fields[13]), int(fields[14]))


def peak_memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def row(what: str, *figures: str) -> None:
    print(f"{what:44} " + "  ".join(f"{figure:>16}" for figure in figures), flush=True)


def verdict(what: str, found: float, limit: float, unit: str) -> bool:
    """Print a figure beside its limit; returns whether it is over."""
    over = found > limit
    print(f"{what:52} {found:10,.2f} {unit:4} limit {limit:8,.2f}   {'over' if over else 'PASS'}", flush=True)
    return over


def load() -> str:
    """How busy the machine is with everything: a reason to distrust seconds by the clock."""
    return ", ".join(f"{average:.1f}" for average in os.getloadavg())
