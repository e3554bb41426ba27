"""How many questions are computed at the same time in a process: few, since each takes memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, local


class Seats:
    """`with seats.taken() as is_first` waits for a free one. One of those who sit is the first, and may use the whole
    machine; the others make do with less. A question that asks another one on its way needs no second seat."""

    def __init__(self, count: int) -> None:
        self._free, self._first = BoundedSemaphore(count), BoundedSemaphore(1)
        self._own = local()

    @contextmanager
    def taken(self) -> Iterator[bool]:
        if getattr(self._own, "is_taken", False):
            yield False
            return
        with self._free:
            is_first = self._first.acquire(blocking=False)
            self._own.is_taken = True
            try:
                yield is_first
            finally:
                self._own.is_taken = False
                if is_first:
                    self._first.release()
