"""A private PostgreSQL server in the project's folder, reachable by a socket that only its owner may open."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psycopg
from psycopg import sql

from core.embedded.binaries import PostgresPrograms, postgres_programs
from core.embedded.errors import ServiceError
from core.embedded.folders import data_folders, data_home, database_account, hidden_home, private_folder
from core.embedded.processes import is_running, last_lines, mentions, pids_working_in, wait_until_gone
from core.embedded.urls import DATABASE, USER, embedded_database_url, socket_folder

START_SECONDS = 60
# For a laptop or a small server of two cores: other tuning belongs to a server of one's own (DATABASE_URL).
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "effective_cache_size": "2GB",
    "random_page_cost": "1.1",
    "max_parallel_workers_per_gather": "2",
    "jit": "off",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "log_checkpoints": "off",
    "timezone": "UTC",
}
# For tests: what a crash would lose was going to be thrown away.
NOT_DURABLE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "128MB",
}
SMALL_SHARED_MEMORY = 256 * 1024**2


class Postgres:
    """The server of one folder. Its methods are called under that folder's start lock."""

    def __init__(self, root: Path, *, durable: bool = True) -> None:
        self.root = root
        self.durable = durable
        self.account = database_account(root)
        self.sockets = socket_folder(root, "postgres")

    def ensure(self) -> None:
        """Start the server unless it answers, and create the database unless it is there."""
        private_folder(self.sockets, self.account)
        deadline = time.monotonic() + START_SECONDS
        # Not the answer alone: after `rm -r` of the folder a server without data still answers for a while.
        while not (self.is_alive() and self._answers()):
            if time.monotonic() > deadline:
                raise ServiceError(f"PostgreSQL does not start in {self.root}. Its log ends with:\n{self._log_end()}")
            if not self.is_alive():
                self._start()
            time.sleep(0.1)

    def is_alive(self) -> bool:
        return any(map(postmaster_pid, self._data_folders()))

    def stop(self, *, at_once: bool = False) -> None:
        """Stop the server. `at_once` skips the last checkpoint: for data that is thrown away."""
        for data in self._data_folders():
            for number, seconds in ((signal.SIGQUIT, 5),) if at_once else ((signal.SIGINT, 30), (signal.SIGQUIT, 10)):
                if pid := postmaster_pid(data):
                    os.kill(pid, number)
                    wait_until_gone(pid, seconds=seconds)
            kill_orphans(data)
        with suppress(OSError):
            self.sockets.rmdir()

    def remove(self) -> None:
        self.stop(at_once=True)
        for data in self._data_folders():
            shutil.rmtree(data)
        shutil.rmtree(self.sockets, ignore_errors=True)
        shutil.rmtree(hidden_home(self.root), ignore_errors=True)

    def _answers(self) -> bool:
        try:
            url = embedded_database_url(self.root, "postgres")
            with psycopg.connect(url, autocommit=True, connect_timeout=5) as link:
                # Also after a start that was killed before it came this far.
                found = link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
                if not found.fetchone():
                    link.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        except psycopg.OperationalError:
            return False
        return True

    def _start(self) -> None:
        programs = postgres_programs(self.account)
        data = self._initialised(programs)
        self._clear_remains(data)
        settings = {**SETTINGS, **({} if self.durable else NOT_DURABLE), "unix_socket_directories": str(self.sockets)}
        if shared_memory_is_small():
            settings["dynamic_shared_memory_type"] = "mmap"
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        log = data / "server.log"
        self._run(programs["pg_ctl"], "start", "-w", "-t", "30", "-D", str(data), "-l", str(log), "-o", options)

    def _initialised(self, programs: PostgresPrograms) -> Path:
        """The data folder, made if it is missing: complete under its name, or not there at all."""
        home = data_home(self.root, self.account)
        data = home / f"pg{programs.major}"
        if data.exists():
            return data
        if others := data_folders(home):
            raise ServiceError(
                f"{others[-1]} holds data of another PostgreSQL version, and the installed one is {programs.major}. "
                f"Set CRM_PG_BIN to the programs of that version to use or dump the data, or move the folder away."
            )
        for abandoned in home.glob("initdb-*"):
            shutil.rmtree(abandoned)
        fresh = Path(tempfile.mkdtemp(dir=home, prefix="initdb-"))
        if self.account.is_dropped:
            os.chown(fresh, self.account.uid, self.account.gid)
        durability = [] if self.durable else ["--no-sync"]
        made = self._run(
            programs["initdb"], "-D", str(fresh), "-U", USER, "-A", "trust", "-E", "UTF8",
            *locale_arguments(programs.major), "--data-checksums", *durability,
        )  # fmt: skip
        if made.returncode:
            raise ServiceError(f"PostgreSQL's data folder can't be made in {home}:\n{made.stdout.strip()}")
        fresh.rename(data)
        return data

    def _clear_remains(self, data: Path) -> None:
        """Remove what a killed server left behind; PostgreSQL itself trusts any living process of that number."""
        kill_orphans(data)
        (data / "postmaster.pid").unlink(missing_ok=True)
        for remains in self.sockets.iterdir():
            remains.unlink()

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
        with tempfile.TemporaryFile("w+") as output:  # not a pipe: the server inherits it and never closes it
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, text=True, check=False,
                cwd="/", env={**environment, "LC_ALL": "C"}, timeout=START_SECONDS * 2, **self.account.drop,
            )  # fmt: skip
            output.seek(0)
            return subprocess.CompletedProcess(command, done.returncode, output.read())

    def _data_folders(self) -> list[Path]:
        return [*data_folders(self.root), *data_folders(hidden_home(self.root))]

    def _log_end(self) -> str:
        return "\n".join(last_lines(data / "server.log") for data in self._data_folders())


def postmaster_pid(data: Path) -> int | None:
    """The running server's process id; None where the pid file is missing, stale, or names somebody else's process."""
    try:
        pid = int((data / "postmaster.pid").read_text().partition("\n")[0])
    except (OSError, ValueError):
        return None
    return pid if is_running(pid) and mentions(pid, str(data)) else None


def kill_orphans(data: Path) -> None:
    """End the backends that outlive a killed server: while one is busy, no new server may use the data."""
    for pid in pids_working_in(data, "postgres"):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        wait_until_gone(pid, seconds=5)


def locale_arguments(major: int) -> list[str]:
    """C.UTF-8 everywhere: the same order on each machine, and letters known as letters in every script.

    Without `--lc-ctype` the trigrams of Chinese and Cyrillic names come out empty.
    """
    if major < 17:
        return ["--locale=C.UTF-8"]
    return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--lc-ctype=C.UTF-8"]


def shared_memory_is_small() -> bool:
    """A container's /dev/shm has 64 MB unless told otherwise, too little for parallel queries."""
    try:
        return shutil.disk_usage("/dev/shm").total < SMALL_SHARED_MEMORY  # noqa: S108 - the system's own
    except OSError:
        return False
