"""What the person at the terminal sees. Standard library only: it is needed before any package is installed."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"

# The moment of the first line; a program that continues as another one hands it on.
BEGAN_VARIABLE = "MERIDIAN_BEGAN"
began_at = float(os.environ.pop(BEGAN_VARIABLE, time.time()))


class Failure(Exception):
    """The command can't go on; the message says what happened and what to do."""


def say(text: str = "") -> None:
    """An answer: to standard output."""
    print(text, flush=True)  # noqa: T201


def tell(text: str) -> None:
    """How it goes: to standard error, so that `run.py manage … > file` holds the command's output alone."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def elapsed() -> float:
    return time.time() - began_at


@contextmanager
def step(label: str) -> Iterator[None]:
    """One line of progress: the label at once, the seconds when it is done."""
    began = time.monotonic()
    print(f"  {label} … ", end="", file=sys.stderr, flush=True)  # noqa: T201
    try:
        yield
    except BaseException:
        tell("failed")
        raise
    tell(f"{time.monotonic() - began:.1f} s")
