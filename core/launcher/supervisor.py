"""Keeps a fixed set of programs running: starts them, starts them again when they die, stops them.

Every program, and whatever it starts in its turn, carries a mark in its environment. By that mark the next supervisor
finds what a killed one left behind; process ids kept in a file could have been given to somebody else meanwhile.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from core.embedded.processes import is_running, wait_until_gone

MARK = "MERIDIAN_SUPERVISED"
PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)
LARGEST_LOG = 10 * 1024**2
FIRST_DELAY, LONGEST_DELAY, STEADY_SECONDS = 0.5, 30.0, 60.0
POLL_SECONDS = 0.2
LAST_PATIENCE = 5.0


@dataclass(frozen=True)
class Program:
    """What to run, and the signals (each with seconds of patience) that ask it to end before it is killed."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_with: Sequence[tuple[signal.Signals, float]] = ((signal.SIGTERM, 10.0),)


class Child:
    """A program in this supervisor's care."""

    def __init__(self, program: Program, supervisor: "Supervisor") -> None:
        self.program = program
        self.supervisor = supervisor
        self.delay = FIRST_DELAY
        self.restart_at: float | None = None
        self.start()

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.restart_at = None
        environment = {**os.environ, **self.program.environment, MARK: str(self.supervisor.folder)}
        with self.supervisor.log(self.program).open("ab") as log:
            self.process = subprocess.Popen(
                self.program.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
                cwd=self.supervisor.folder,
                start_new_session=True,  # Ctrl-C at the terminal reaches the supervisor alone
                preexec_fn=end_with_parent(os.getpid()),
            )  # fmt: skip

    def tend(self, now: float) -> None:
        """Start the program again if it has ended: later and later if it ends soon again."""
        status = self.process.poll()
        if status is None:
            if now - self.started_at > STEADY_SECONDS:
                self.delay = FIRST_DELAY
        elif self.restart_at is None:
            self.kill_group()  # a worker that outlives its killed master holds on to the port
            self.supervisor.say(f"{self.program.name} {in_words(status)}; starting it again in {self.delay:g} s.")
            self.restart_at = now + self.delay
            self.delay = min(self.delay * 2, LONGEST_DELAY)
        elif now >= self.restart_at:
            self.start()

    def begin_to_end(self) -> None:
        self.signals = iter(self.program.stop_with)
        self.send_next_signal()

    def has_ended(self) -> bool:
        """Asked again and again after `begin_to_end`: sends the next signal when patience is over."""
        if self.process.poll() is not None:
            self.kill_group()
            return True
        if time.monotonic() > self.patience_ends or self.supervisor.stop_requests > 1:
            self.send_next_signal()
        return False

    def send_next_signal(self) -> None:
        number, patience = next(self.signals, (signal.SIGKILL, LAST_PATIENCE))
        self.patience_ends = time.monotonic() + patience
        if number is signal.SIGKILL:
            self.kill_group()
        else:
            self.process.send_signal(number)

    def kill_group(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


class Supervisor:
    """Runs `programs` in `folder`, their output in `logs`."""

    def __init__(
        self, programs: Sequence[Program], *, folder: Path, logs: Path, say: Callable[[str], None] = print
    ) -> None:
        self.programs = programs
        self.folder = folder
        self.logs = logs
        self.say = say
        self.children: list[Child] = []
        self.stop_requests = 0

    def start(self) -> None:
        self.logs.mkdir(parents=True, exist_ok=True)
        for program in self.programs:
            set_aside_if_large(self.log(program))
            self.children.append(Child(program, self))

    def watch(self, *, also: Callable[[], None], every: float = 2.0) -> None:
        """Until a stop is asked for: start again what died, and call `also` from time to time."""
        next_call = time.monotonic()
        while not self.stop_requests:
            now = time.monotonic()
            for child in self.children:
                child.tend(now)
            if now >= next_call:
                also()
                next_call = time.monotonic() + every
            time.sleep(POLL_SECONDS)

    def ended(self) -> list[Program]:
        return [child.program for child in self.children if child.process.poll() is not None]

    def stop(self) -> None:
        """End all programs, each in its own time; asked to stop a second time, at once."""
        for child in self.children:
            child.begin_to_end()
        remaining = self.children
        while remaining := [child for child in remaining if not child.has_ended()]:
            time.sleep(POLL_SECONDS)

    def stop_on_signals(self) -> None:
        """Ctrl-C, SIGTERM and a closed terminal ask for a stop; asked twice, nothing is waited for."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
                signal.signal(number, lambda *_: self.request_stop())

    def request_stop(self) -> None:
        self.stop_requests += 1

    def log(self, program: Program) -> Path:
        return self.logs / f"{program.name}.log"


def in_words(status: int) -> str:
    return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"


def set_aside_if_large(log: Path) -> None:
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".log.1"))


def end_with_parent(parent: int) -> Callable[[], None] | None:
    """What makes a new child end when its supervisor is killed, which cannot tell it any more. Linux only."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl

    def prepare() -> None:
        prctl(PARENT_DEATH_SIGNAL, int(signal.SIGTERM))
        if os.getppid() != parent:  # it was killed just before
            os._exit(1)

    return prepare


def end_strays(folder: Path) -> int:
    """End what a killed supervisor of `folder` left running; returns how many processes that were."""
    pids = strays(folder)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    for pid in pids:
        if not wait_until_gone(pid, seconds=LAST_PATIENCE):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            wait_until_gone(pid, seconds=LAST_PATIENCE)
    return len(pids)


def strays(folder: Path) -> list[int]:
    mark = os.fsencode(f"{MARK}={folder}")
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0") and is_running(int(process.name)):
                found.append(int(process.name))
        except OSError:
            continue
    return found
