"""Workers as in production (one for runs, one for upkeep) and two beats: real processes, and the ways to kill them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from core.launcher.supervisor import end_with_parent

ROOT = Path(__file__).resolve().parents[3]
CELERY = (sys.executable, "-m", "celery", "-A", "tests.jobs.fire.app")
RUNS, UPKEEP = "runs,imports", "interactive,maintenance,mails"
POOLS = {RUNS: 3, UPKEEP: 1}


class Member:
    """One worker with its pool, or one beat, in a process group of its own."""

    def __init__(self, name: str, command: tuple[str, ...], log: Path) -> None:
        self.name, self.command, self.log = name, (*CELERY, *command), log
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=end_with_parent(os.getpid()),
            )  # fmt: skip

    @property
    def pid(self) -> int:
        return self.process.pid

    def pool(self) -> list[int]:
        """The processes in which a worker runs jobs; none while it starts."""
        with suppress(OSError):
            children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
            return [int(child) for child in children]
        return []

    def is_running(self) -> bool:
        return self.process.poll() is None

    def kill_all(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()

    def kill_main(self) -> None:
        """Its pool lives on for as long as it has work in hand: nobody takes it along."""
        self.process.kill()
        self.process.wait()


class Fleet:
    def __init__(self, folder: Path) -> None:
        self.log = folder / "fleet.log"
        self._groups: list[int] = []
        self.workers = [self._worker(queues) for queues in POOLS]
        self.beats = [self._beat(folder, number) for number in (1, 2)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for member in (*self.beats, *self.workers):
            member.kill_all()
        for group in self._groups:  # pools that outlived their worker
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)

    def wait_until_up(self, seconds: float = 180) -> None:
        deadline = time.monotonic() + seconds
        while not self.is_up():
            if time.monotonic() > deadline:
                raise TimeoutError(f"no worker came up:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.1)

    def is_up(self) -> bool:
        return len(self.pool()) >= sum(POOLS.values())

    def pool(self) -> list[int]:
        return [pid for worker in self.workers for pid in worker.pool()]

    def restart_dead(self) -> None:
        """As a supervisor does, but without taking along what a dead worker's pool is still doing."""
        for member in (*self.workers, *self.beats):
            if not member.is_running():
                self._groups.append(member.pid)
                member.start()

    def _worker(self, queues: str) -> Member:
        command = (
            "worker", "--queues", queues, "--pool", "prefork", "--concurrency", str(POOLS[queues]),
            "--hostname", f"{queues.partition(',')[0]}@fire", "--loglevel", "ERROR",
            "--without-gossip", "--without-mingle",
        )  # fmt: skip
        return Member(queues, command, self.log)

    def _beat(self, folder: Path, number: int) -> Member:
        # Of their own files: two on one file are refused by it, and a second machine has none of it.
        schedule = str(folder / f"beat-{number}")
        return Member(f"beat {number}", ("beat", "--schedule", schedule, "--pidfile=", "--loglevel", "ERROR"), self.log)
