"""The product as a command finds it: servers, environment of its programs, database up to date."""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from core.embedded import Services, ensure_services
from core.launcher.packages import PYTHON
from core.launcher.progress import LOCAL, ROOT, Failure, step

LAST_OUTPUT = 3000
MIGRATION_LOCK = 7_209_150_316  # any number that nobody else takes


@dataclass
class Product:
    """Leased servers and the environment that leads programs to them."""

    services: Services
    environment: dict[str, str]

    @property
    def database_url(self) -> str:
        return self.environment["DATABASE_URL"]

    def manage(self, *arguments: str) -> str:
        """The output of a management command; a failure shows its end."""
        done = subprocess.run(
            [PYTHON, ROOT / "manage.py", *arguments],
            env=self.environment, cwd=ROOT, text=True, stdin=subprocess.DEVNULL, capture_output=True, check=False,
        )  # fmt: skip
        if done.returncode:
            output = f"{done.stdout}\n{done.stderr}".strip()[-LAST_OUTPUT:]
            raise Failure(f"`run.py manage {' '.join(arguments)}` failed and says:\n{output}")
        return done.stdout

    def migrate(self) -> None:
        """Apply what is missing; a second process that finds the same waits, and then finds nothing to do."""
        if not has_unapplied_migrations(self.database_url):
            return
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
            if has_unapplied_migrations(self.database_url):
                with step("Bringing the database up to date"):
                    self.manage("migrate", "--verbosity", "0")


@contextmanager
def product() -> Iterator[Product]:
    """The servers that DATABASE_URL and REDIS_URL name, or private ones that run as long as somebody uses them."""
    wanted = {"postgres": not os.environ.get("DATABASE_URL"), "valkey": not os.environ.get("REDIS_URL")}
    with ensure_services(LOCAL, **wanted) as services:
        addresses = {"DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url}
        found = {name: address for name, address in addresses.items() if address}
        yield Product(services, {**os.environ, **found})


def has_unapplied_migrations(database_url: str) -> bool:
    """Asked of the table itself: starting Django to ask takes two seconds."""
    present = {(path.parent.parent.name, path.stem) for path in ROOT.glob("*/migrations/[0-9]*.py")}
    try:
        with psycopg.connect(database_url) as connection:
            return not present <= set(connection.execute("SELECT app, name FROM django_migrations"))
    except psycopg.errors.UndefinedTable:
        return True
    except psycopg.OperationalError as error:
        raise Failure(
            f"The database of DATABASE_URL can't be reached: {error}\n"
            f"Start that server or mend the address; or unset it, and a private server is used."
        ) from error


def has_customers(database_url: str) -> bool:
    with psycopg.connect(database_url) as connection:
        return connection.execute("SELECT 1 FROM customers_customer LIMIT 1").fetchone() is not None


def run_in_foreground(
    command: Sequence[str | Path], *, environment: dict[str, str] | None = None, cwd: Path | None = None
) -> int:
    """Run a program at this terminal and return its exit status. Ctrl-C is for it alone: it knows how to end."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.call(command, env=environment, cwd=cwd)
    finally:
        signal.signal(signal.SIGINT, before)
