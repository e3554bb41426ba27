"""The private PostgreSQL and Valkey servers of a project folder, shared by all its processes.

Whoever needs them takes a lease (`ensure_services`); the last one to give it back stops them. Knows no Django, so that
`run.py`, `manage.py` and the tests start the servers before any setting is read.
"""

import atexit
import shutil
import signal
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from core.embedded.errors import ServiceError
from core.embedded.folders import make_root
from core.embedded.locks import Lease, exclusive, is_leased
from core.embedded.postgres import Postgres
from core.embedded.urls import celery_broker_url, embedded_database_url, embedded_redis_url
from core.embedded.valkey import Valkey

__all__ = [
    "ServiceError",
    "Services",
    "are_in_use",
    "celery_broker_url",
    "embedded_database_url",
    "embedded_redis_url",
    "ensure_services",
    "remove_services",
    "stop_services",
]


@dataclass
class Services:
    """A lease on the servers of `root`; `release` gives it back."""

    root: Path
    servers: tuple[Postgres | Valkey, ...]
    lease: Lease

    @property
    def database_url(self) -> str | None:
        return embedded_database_url(self.root) if self._has(Postgres) else None

    @property
    def redis_url(self) -> str | None:
        return embedded_redis_url(self.root) if self._has(Valkey) else None

    def revive(self) -> list[str]:
        """Start again what has died, and name it."""
        with exclusive(start_lock(self.root)):
            dead = [server for server in self.servers if not server.is_alive()]
            for server in dead:
                server.ensure()
        return [type(server).__name__ for server in dead]

    def release(self) -> None:
        """Give the lease back, and stop the servers if nobody else uses them. A second call does nothing."""
        if not self.lease.held:
            return
        if self.root.exists():
            with exclusive(start_lock(self.root)):
                self.lease.give_back()
                if not is_leased(self.lease.path):
                    stop_all(self.root)
        else:  # deleted under the servers: PostgreSQL notices within a minute and ends by itself
            self.lease.give_back()
            Valkey(self.root).stop()
        atexit.unregister(self.release)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _has(self, kind: type) -> bool:
        return any(isinstance(server, kind) for server in self.servers)


def ensure_services(root: Path, *, durable: bool = True, postgres: bool = True, valkey: bool = True) -> Services:
    """Start the wanted servers of `root` unless they run, and lease them until `release` or the end of the process."""
    root = root.resolve()
    make_root(root)
    with exclusive(start_lock(root)):
        lease = Lease(root / "services.lease")
        try:
            wanted: list[Postgres | Valkey] = [Postgres(root, durable=durable)] if postgres else []
            wanted += [Valkey(root)] if valkey else []
            for server in wanted:
                server.ensure()
        except BaseException:
            lease.give_back()
            raise
    services = Services(root, tuple(wanted), lease)
    atexit.register(services.release)
    exit_on_sigterm()
    return services


def stop_services(root: Path) -> None:
    """Stop the servers of `root`, whoever uses them."""
    root = root.resolve()
    if root.exists():
        with exclusive(start_lock(root)):
            stop_all(root)


def remove_services(root: Path) -> None:
    """Stop the servers of `root` and delete the folder with all data."""
    root = root.resolve()
    with exclusive(start_lock(root)):
        Valkey(root).stop()
        Postgres(root).remove()
        shutil.rmtree(root)


def are_in_use(root: Path) -> bool:
    with exclusive(start_lock(root)):
        return is_leased(root / "services.lease")


def start_lock(root: Path) -> Path:
    return root / "services.lock"


def stop_all(root: Path) -> None:
    Valkey(root).stop()
    Postgres(root).stop()


def exit_on_sigterm() -> None:
    """Let SIGTERM end the process through its `finally` and `atexit`: by default it ends without either."""
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
