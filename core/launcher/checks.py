"""`run.py check`: what can be known without running the product, all of it, even if the first check fails."""

import os
import secrets
import subprocess
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field

from core.launcher.packages import PYTHON
from core.launcher.progress import ROOT, say

# Nothing here opens a connection; a real server must not be needed, nor touched.
NO_SERVERS = {"DATABASE_URL": "postgresql://nobody@/none?host=/nonexistent", "REDIS_URL": "unix:///nonexistent"}
MANAGE = ("-W", "ignore::RuntimeWarning", "manage.py")  # makemigrations warns that it reached no database


def production_settings() -> dict[str, str]:
    return {
        "CRM_HTTPS": "1",
        "CRM_SECRET_KEY": secrets.token_urlsafe(64),
        "CRM_ALLOWED_HOSTS": "crm.example.org",
        "CRM_SITE_ADDRESS": "https://crm.example.org",
    }


@dataclass(frozen=True)
class Check:
    name: str
    arguments: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *, behind: tuple[str, ...] = ()) -> "Finished":
        began = time.monotonic()
        done = subprocess.run(
            [*behind, PYTHON, *self.arguments],
            cwd=ROOT, env={**os.environ, **NO_SERVERS, **self.environment}, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        return Finished(self.name, time.monotonic() - began, bool(done.returncode), done.stdout.rstrip())


@dataclass(frozen=True)
class Finished:
    name: str
    seconds: float
    has_failed: bool
    output: str


# The longest first: they share the processors.
CHECKS = (
    Check("mypy", ("-m", "mypy", ".")),
    Check("layers", ("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()")),
    Check("migrations", (*MANAGE, "makemigrations", "--check", "--dry-run")),
    Check(
        "deployment",
        (*MANAGE, "check", "--deploy", "--fail-level", "WARNING"),
        production_settings(),
    ),
    Check("bandit", ("-m", "bandit", "--quiet", "--recursive", ".", "--configfile", "pyproject.toml")),
    Check("ruff check", ("-m", "ruff", "check", "--output-format", "concise")),
    Check("ruff format", ("-m", "ruff", "format", "--check", "--output-format", "concise")),
)


def check() -> int:
    """Run every check, show the output of those that fail; 1 if any does."""
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        running = [pool.submit(check.run) for check in CHECKS]
        return tell_each(finished.result() for finished in as_completed(running))


class ChecksBeside:
    """Every check, one after the other beside the tests, with the processor time that these leave while they wait."""

    def __init__(self) -> None:
        pool = ThreadPoolExecutor(max_workers=1)
        self._running = [pool.submit(check.run, behind=("nice",)) for check in CHECKS]
        pool.shutdown(wait=False)

    def tell(self) -> int:
        """As `check`, once all are done."""
        return tell_each(running.result() for running in self._running)


def tell_each(checks: Iterable[Finished]) -> int:
    say("Static checks")
    failed = []
    for check in checks:
        say(f"  {check.name:<12} {'FAILED' if check.has_failed else 'ok':<6} {check.seconds:5.1f} s")
        if check.has_failed:
            failed.append(check.name)
            say(check.output)
    say(f"Static checks failed: {', '.join(sorted(failed))}" if failed else "All static checks passed.")
    return 1 if failed else 0
