"""The product's web server as a real process, and a browser's requests to it."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client

from accounts.models import User
from core.launcher.supervisor import end_with_parent
from tests.jobs.processes import ROOT, environment, until

TOKEN = "t" * 32


class OverSocket(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


@dataclass(frozen=True)
class Browser:
    """Somebody who is logged in."""

    socket: Path
    cookies: str

    @classmethod
    def of(cls, user: User, path: Path) -> Browser:
        client = Client()
        client.force_login(user)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        return cls(path, f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={TOKEN}")

    def post(self, path: str, form: Mapping[str, str], **headers: str) -> http.client.HTTPResponse:
        link = OverSocket(self.socket)
        content = urlencode({"csrfmiddlewaretoken": TOKEN, **form})
        common = {"Cookie": self.cookies, "Content-Type": "application/x-www-form-urlencoded"}
        link.request("POST", path, content, {**common, **headers})
        answer = link.getresponse()
        answer.read()
        link.close()
        return answer


@contextmanager
def web_server(path: Path, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """As production runs it, at a socket instead of a port."""
    command = [
        sys.executable, "-m", "gunicorn", "crm.wsgi:application", "--bind", f"unix:{path}", "--workers", "2",
        "--threads", "4", "--no-control-socket", "--log-level", "error",
    ]  # fmt: skip
    path.unlink(missing_ok=True)
    server = subprocess.Popen(
        command, cwd=ROOT, env={**environment(), "CRM_DB_POOL": "1", **variables},
        start_new_session=True, preexec_fn=end_with_parent(os.getpid()),
    )  # fmt: skip
    try:
        until(lambda: answers(path), seconds=180)
        yield server
    finally:
        kill(server)


def kill(server: subprocess.Popen[bytes]) -> None:
    """All of it, in the middle of whatever it does."""
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def answers(path: Path) -> bool:
    link = OverSocket(path)
    try:
        link.request("GET", "/healthz")
        return link.getresponse().status == 200
    except OSError:
        return False
    finally:
        link.close()
