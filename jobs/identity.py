"""What is written on a job about the process that runs it."""

import os
import socket
import subprocess
from functools import cache

from django.conf import settings


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


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
