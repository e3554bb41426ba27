"""How much memory a job took: the high-water mark of its process while it ran.

Linux lets a process lower its mark to what it holds now, so a worker that did something bigger before does not spoil
the figure. It holds the interpreter and libraries (some 100 MB) and no subprocesses. Where /proc is missing, the mark
is that of the process's whole life.
"""

import resource
import sys
from contextlib import suppress
from pathlib import Path

PEAK_OF_LIFE_UNIT = 1 if sys.platform == "darwin" else 1024
RESET_HIGH_WATER_MARK = "5"


def start_measuring() -> None:
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text(RESET_HIGH_WATER_MARK)


def peak_mb() -> int:
    with suppress(OSError, StopIteration, ValueError):
        status = Path("/proc/self/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return round(int(line.split()[1]) / 1024)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * PEAK_OF_LIFE_UNIT / 2**20)
