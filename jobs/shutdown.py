"""How a worker that is told to stop (SIGTERM: a deploy) tells the processes of its pool.

Celery asks only the main process to stop, which then waits for what runs in the pool. One byte of memory that all
forked processes share says it to them too: no lock that a killed process could hold, no signal in the middle of a
write. Where the pool is not forked the byte stays unset, and a job that is killed is found by its expired lease.
"""

import mmap
from typing import Any

_told = mmap.mmap(-1, 1)


def tell(**kwargs: Any) -> None:
    """A receiver of Celery's `worker_shutting_down`; called inside a signal handler, so it only sets the byte."""
    _told[0] = 1


def is_under_way() -> bool:
    return bool(_told[0])
