"""Runs a function in a process of its own, so that the memory measured is that of the work alone."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Measured:
    """cpu_seconds: of the process and of all of PostgreSQL together, where that runs on this machine."""

    seconds: float
    cpu_seconds: float
    peak_mb: int
    result: Any


def in_fresh_process(function: str, *arguments: Any, environment: Mapping[str, str] | None = None) -> Measured:
    """Call `module:function` with plain arguments; what it returns must be plain too."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.fresh", function, json.dumps(arguments)],
        env={**os.environ, **(environment or {})},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def main(function: str, arguments: str) -> None:
    import django

    django.setup()
    from benchmarks.measure import server_cost
    from jobs import memory

    module, name = function.split(":")
    work = getattr(importlib.import_module(module), name)
    memory.start_measuring()
    with server_cost() as spent:
        result = work(*json.loads(arguments))
    measured = Measured(spent.wall_seconds, spent.cpu_seconds, memory.peak_mb(), result)
    print(json.dumps(vars(measured)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
