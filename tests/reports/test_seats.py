"""Questions at the same time: as many as there are seats, one of them the first, and none waits for itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

from reports.semantics.seats import Seats


def test_two_sit_one_is_first_and_a_third_waits_for_them():
    seats, both, go = Seats(2), Barrier(3), Event()

    def sit() -> bool:
        with seats.taken() as is_first, seats.taken() as is_first_again:
            assert not is_first_again
            both.wait(30)
            go.wait(30)
            return is_first

    def come_third() -> bool:
        with seats.taken() as is_first:
            assert go.is_set()
            return is_first

    with ThreadPoolExecutor(3) as pool:
        sitting = [pool.submit(sit) for _ in range(2)]
        both.wait(30)
        third = pool.submit(come_third)
        go.set()
        assert sorted(each.result(30) for each in sitting) == [False, True]
        third.result(30)
    with seats.taken() as is_first:
        assert is_first
