"""What the system knows about processes that a pid file names."""

import os
import time
from pathlib import Path


def is_running(pid: int) -> bool:
    """False for a zombie too: `kill(pid, 0)` succeeds on it for ever in a container that reaps no orphans."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return not Path("/proc/self").exists()


def mentions(pid: int, argument: str) -> bool:
    """Whether the process was started with this argument: a pid file outlives its process, and pids are used again."""
    try:
        return os.fsencode(argument) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return not Path("/proc/self").exists()


def pids_working_in(folder: Path, program: str) -> list[int]:
    """Processes of `program` whose current folder is `folder`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == folder and (process / "exe").readlink().name.startswith(program):
                found.append(int(process.name))
        except OSError:
            continue
    return found


def wait_until_gone(pid: int, *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while is_running(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def last_lines(path: Path, count: int = 15) -> str:
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError:
        return f"(no log at {path})"
    return "\n".join(lines[-count:])
