"""What is written on a job about the process that runs it."""

import hashlib
import os
import socket
import subprocess
from functools import cache
from pathlib import Path

from django.conf import settings


def worker_name() -> str:
    return f"{_here()}:{os.getpid()}"


def is_gone(worker: str) -> bool:
    """Whether the process of that name is known to have ended; of one that runs elsewhere nothing is known."""
    place, _colon, pid = worker.rpartition(":")
    return place == _here() and _SPACE != "" and pid.isdecimal() and _has_ended(int(pid))


def _here() -> str:
    return f"{socket.gethostname()}.{_SPACE}" if _SPACE else socket.gethostname()


def _space_of_process_ids() -> str:
    """Where a number means the same process: a running kernel and a name space in it, which containers of one host name
    do not share. Empty where the system does not say."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()
        return hashlib.sha256(f"{boot}{Path('/proc/self/ns/pid').readlink()}".encode()).hexdigest()[:8]
    except OSError:
        return ""


_SPACE = _space_of_process_ids()


def _has_ended(pid: int) -> bool:
    """A process that nobody has waited for yet is still listed."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in {"Z", "X"}
    except FileNotFoundError:
        return True
    except (OSError, IndexError):
        return False


@cache
def code_version() -> str:
    """The commit of the working tree; an image, which has no tree, says it in CRM_CODE_VERSION."""
    if settings.CODE_VERSION:
        return str(settings.CODE_VERSION)
    command = ["git", "-C", str(settings.BASE_DIR), "rev-parse", "--short=12", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=5, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""
