"""A private Valkey server: messages between web and workers, and the cache. Neither is worth keeping over a restart."""

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from core.embedded.binaries import valkey_program
from core.embedded.errors import ServiceError
from core.embedded.folders import own_account, private_folder
from core.embedded.processes import is_running, last_lines, wait_until_gone
from core.embedded.urls import redis_socket, socket_folder

START_SECONDS = 20


class Valkey:
    """The server of one folder. Its methods are called under that folder's start lock."""

    def __init__(self, root: Path) -> None:
        self.sockets = socket_folder(root, "valkey")
        self.socket = redis_socket(root)
        self.log = root / "valkey.log"
        self.pid_file = root / "valkey.pid"

    def ensure(self) -> None:
        private_folder(self.sockets, own_account())
        if not self.is_alive():
            self._end_process()
            self._start()

    def is_alive(self) -> bool:
        return self._ask(b"PING").startswith(b"+PONG")

    def stop(self) -> None:
        self._ask(b"SHUTDOWN NOSAVE")  # also a server whose pid file was deleted with the folder
        self._end_process()
        shutil.rmtree(self.sockets, ignore_errors=True)

    def _start(self) -> None:
        self.log.unlink(missing_ok=True)
        subprocess.run(
            [
                valkey_program(), "--daemonize", "yes", "--port", "0", "--dir", "/",
                "--unixsocket", str(self.socket), "--unixsocketperm", "700",
                "--logfile", str(self.log), "--pidfile", str(self.pid_file),
                "--save", "", "--appendonly", "no",
                # The cache's keys expire and may be evicted; the queues' never do and never are.
                "--maxmemory", "256mb", "--maxmemory-policy", "volatile-lru",
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", check=False,
        )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while not self.is_alive():
            if time.monotonic() > deadline:
                raise ServiceError(f"Valkey does not start. Its log ends with:\n{last_lines(self.log)}")
            time.sleep(0.02)

    def _ask(self, command: bytes) -> bytes:
        """The server's answer; empty where there is none, or once it has ended."""
        try:
            with socket.socket(socket.AF_UNIX) as link:
                link.settimeout(5)
                link.connect(str(self.socket))
                link.sendall(command + b"\r\n")
                return link.recv(64)
        except OSError:
            return b""

    def _end_process(self) -> None:
        """End the server, also one that hangs; the pid file may be stale."""
        try:
            pid = int(self.pid_file.read_text())
        except (OSError, ValueError):
            return
        for number, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 5)):
            if is_running(pid) and serves(pid, self.socket):
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
                wait_until_gone(pid, seconds=seconds)
        self.pid_file.unlink(missing_ok=True)


def serves(pid: int, path: Path) -> bool:
    """Whether the process is the server of this socket, which it shows in its title: "…/valkey-server unixsocket:…"."""
    try:
        return os.fsencode(path) in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return not Path("/proc/self").exists()
