"""File locks: one process at a time starts or stops the servers, the last one out stops them.

Both are `flock`s, which the kernel drops with their process: no list of process ids that a `kill -9` could leave stale.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from core.embedded.errors import ServiceError


def open_lock_file(path: Path) -> IO[str]:
    try:
        return path.open("a")
    except PermissionError as error:
        raise ServiceError(
            f"{path.parent} belongs to another user. Run this as that user, or remove the folder (it holds the data)."
        ) from error


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold `path` alone; waits for whoever holds it."""
    with open_lock_file(path) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Lease:
    """A shared lock that says "I am using the servers"."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = open_lock_file(path)
        # A forked child shares the lock: unlocking there would end the lease of its parent.
        self._owner_pid = os.getpid()
        fcntl.flock(self._file, fcntl.LOCK_SH)

    @property
    def held(self) -> bool:
        return not self._file.closed and self._owner_pid == os.getpid()

    def give_back(self) -> None:
        if self.held:
            fcntl.flock(self._file, fcntl.LOCK_UN)
            self._file.close()


def is_leased(path: Path) -> bool:
    """Whether any process holds a lease on `path`. Only meaningful while new leases are locked out."""
    with open_lock_file(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
